"""Numbers in SQL over text: columns of text are read as numbers where an expression means those.

The columns of a CSV file are text, and `amount > 0` means the number. polars refuses to compare
text with 0, and compares it with 0.5 letter by letter; here such a column is read as a number
first, null where it is none.
"""

import io
import json
from typing import Any, TypeAlias

import polars as pl

from plunk_import.read import as_named, column
from plunk_import.validate.checks import UnfitError
from plunk_import.validate.sql_text import too_deep

_Node: TypeAlias = dict[str, Any]

_COMPARISONS = frozenset({"Eq", "NotEq", "Lt", "LtEq", "Gt", "GtEq"})
_SUMS = frozenset({"Plus", "Add"})
_PRODUCTS = frozenset(
    {"Minus", "Multiply", "Divide", "TrueDivide", "FloorDivide", "Modulus"}
    | {"Sub", "Mul", "Div", "IntDiv", "Rem"}
)


def with_numbers(expr: pl.Expr, schema: pl.Schema, *, decimal_comma: bool) -> pl.Expr:
    """Read text columns as numbers wherever a number is compared with them or reckoned with.

    Raises `UnfitError` where a text is compared with true or false.
    """
    rewriter = _Rewriter(schema, decimal_comma=decimal_comma)
    try:
        given = json.loads(expr.meta.serialize(format="json"))
        rewritten = rewriter.rewritten(given)
        if rewritten == given:
            return expr
        return pl.Expr.deserialize(io.StringIO(json.dumps(rewritten)), format="json")
    except (RecursionError, pl.exceptions.ComputeError) as error:
        raise too_deep() from error


def as_number(text: pl.Expr, *, decimal_comma: bool) -> pl.Expr:
    """Read a text as a double, null where it is none."""
    trimmed = text.str.strip_chars()
    if decimal_comma:
        trimmed = trimmed.str.replace_all(".", "", literal=True)
        trimmed = trimmed.str.replace(",", ".", literal=True)
    return trimmed.cast(pl.Float64, strict=False)


class _Rewriter:
    """Rewrites the tree of an expression from its leaves up."""

    def __init__(self, schema: pl.Schema, *, decimal_comma: bool) -> None:
        self._schema = schema
        self._decimal_comma = decimal_comma

    def rewritten(self, node: Any) -> Any:  # noqa: ANN401 - any part of a JSON tree
        if isinstance(node, list):
            return [self.rewritten(part) for part in node]
        if not isinstance(node, dict):
            return node
        whole = as_named({key: self.rewritten(part) for key, part in node.items()})
        match whole:
            case {"BinaryExpr": {"left": left, "op": str(op), "right": right} as binary}:
                binary["left"], binary["right"] = self._operands(op, left, right)
            case {"Function": {"input": [left, right], "function": {"Sql": {"Binary": str(op)}}}}:
                # How polars writes a sum or comparison with a decimal literal.
                left, right = self._operands(op, _as_double(left), _as_double(right))
                if op in _COMPARISONS:
                    return {"BinaryExpr": {"left": left, "op": op, "right": right}}
                whole["Function"]["input"] = [left, right]
        return whole

    def _operands(self, op: str, left: _Node, right: _Node) -> tuple[_Node, _Node]:
        if op in _COMPARISONS:
            self._refuse_truth_of_text(left, right)
        has_number = self._is_number(left) or self._is_number(right)
        if op in _PRODUCTS or (has_number and op in _COMPARISONS | _SUMS):
            return self._number(left), self._number(right)
        return left, right

    def _refuse_truth_of_text(self, left: _Node, right: _Node) -> None:
        for text, literal in ((left, right), (right, left)):
            match text, literal:
                case {"Column": str(name)}, {"Literal": {"Scalar": {"Boolean": bool()}}}:
                    if self._schema.get(name) == pl.String:
                        raise UnfitError(
                            f'"{name}" is text: compare it with the word that the file has for '
                            f"true, such as \"{name}\" = 'yes'"
                        )

    def _number(self, node: _Node) -> _Node:
        match node:
            case {"Column": str(name)} if self._schema.get(name) == pl.String:
                number = as_number(column(name), decimal_comma=self._decimal_comma)
                tree: _Node = json.loads(number.meta.serialize(format="json"))
                return tree
        return node

    def _is_number(self, node: _Node) -> bool:
        match node:
            case {"Column": str(name)}:
                dtype = self._schema.get(name)
                return dtype is not None and dtype.is_numeric()
            case {"Literal": {"Dyn": dict()}}:
                return True
            case {"Literal": {"Scalar": dict() as scalar}}:
                return not scalar.keys() & {"String", "Null", "Boolean"}
            case {"BinaryExpr": {"op": str(op)}}:
                return op in _PRODUCTS | _SUMS
            case {"Function": {"function": {"Sql": {"Binary": str(op)}}}}:
                return op in _PRODUCTS | _SUMS
            case {"Cast": {"dtype": {"Literal": str(name)}}}:
                return name.startswith(("Int", "UInt", "Float", "Decimal"))
        return False


def _as_double(node: _Node) -> _Node:
    match node:
        case {"Literal": {"Scalar": {"Decimal": [int(digits), _, int(scale)]}}}:
            return {"Literal": {"Dyn": {"Float": digits / 10**scale}}}
    return node
