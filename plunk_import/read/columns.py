"""Columns by their names, whatever names a file may have.

polars reads `*`, and whatever stands between `^` and `$`, as a pattern of names. Only its written
form keeps such a name apart from a pattern.
"""

import io
import json
from typing import Any

import polars as pl


def column(name: str) -> pl.Expr:
    """Refer to the one column of this name."""
    if not is_pattern(name):
        return pl.col(name)
    return pl.Expr.deserialize(io.StringIO(json.dumps({"Column": name})), format="json")


def field(struct: pl.Expr, position: int, fields: int) -> pl.Expr:
    """Refer to one of the `fields` of a struct by its position, from 0; its name may be any."""
    numbers = [str(number) for number in range(fields)]
    return struct.struct.rename_fields(numbers).struct.field(numbers[position])


def is_pattern(name: str) -> bool:
    """Tell whether polars takes the name for a pattern."""
    return name == "*" or (name.startswith("^") and name.endswith("$"))


def as_named(node: Any) -> Any:  # noqa: ANN401 - any part of a JSON tree
    """Turn what SQL took for a pattern, in an expression's written form, into the name it was."""
    match node:
        case {"Selector": "Wildcard" | {"Matches": str()} as pattern}:
            return {"Column": _name(pattern)}
        case {
            "StructExpr": {"SelectFields": {"Union": [{"Union": ["Empty", pattern]}, _]}},
        } if pattern == "Wildcard" or "Matches" in pattern:
            return {"StructExpr": {"FieldByName": _name(pattern)}}
    return node


def _name(pattern: str | dict[str, str]) -> str:
    return "*" if isinstance(pattern, str) else pattern["Matches"]


def copied(rows: pl.DataFrame) -> pl.DataFrame:
    """Copy rows: filtered ones still hold on to the texts of all that they were filtered from."""
    return pl.DataFrame.deserialize(rows.serialize())
