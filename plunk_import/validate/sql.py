"""SQL of the mapping: expressions over the columns of one row, checked before a row is read."""

import difflib
import itertools
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from plunk_import.mapping import DELIMITERS
from plunk_import.validate.arithmetic import with_numbers
from plunk_import.validate.checks import UnfitError
from plunk_import.validate.sql_text import alternatives
from plunk_import.validate.types import require_read


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression over the columns of one row, and the type of its result."""

    expr: pl.Expr
    dtype: pl.DataType


_MOST_SHOWN = 200
_NOT_OF_ONE_ROW = (
    "it looks at more than one row: use only what the row itself holds "
    "(and give a date its format: DATE(column, '%Y-%m-%d'))"
)


def parse_sql(sql: str, schema: pl.Schema, *, decimal_comma: bool = False) -> Expression:
    """Check a polars SQL expression against the source's columns; raises `UnfitError`."""
    try:
        expr = _joined(
            [
                with_numbers(pl.sql_expr(part), schema, decimal_comma=decimal_comma)
                for part in alternatives(sql)
            ]
        )
        missing = [name for name in expr.meta.root_names() if name not in schema]
        if missing:
            raise UnfitError("; ".join(no_column(name, schema.names()) for name in missing))
        for name in expr.meta.root_names():
            _require_read(name, schema[name])
        _require_one_row(expr)
        return Expression(expr, _tried(expr, schema))
    except pl.exceptions.PolarsError as error:
        raise UnfitError(f"`{_start(sql)}` cannot be worked out: {_said(error)}") from error


def columns_in(sql: str) -> tuple[str, ...]:
    """List the columns that an expression reads, in the order of their first mention."""
    named = [name for part in alternatives(sql) for name in pl.sql_expr(part).meta.root_names()]
    return tuple(dict.fromkeys(named))


def _require_read(name: str, dtype: pl.DataType) -> None:
    try:
        require_read(dtype)
    except UnfitError as unfit:
        raise unfit.of(name) from unfit


def _joined(conditions: list[pl.Expr]) -> pl.Expr:
    """Join conditions by OR, as a tree that is as flat as can be."""
    while len(conditions) > 1:
        pairs = itertools.zip_longest(conditions[::2], conditions[1::2])
        conditions = [one if other is None else one | other for one, other in pairs]
    return conditions[0]


def no_column(name: str, columns: Iterable[str]) -> str:
    """Say that the source has no such column, and which one is near."""
    known = list(columns)
    by_lower = {column.lower(): column for column in known}
    missing = f'the source has no column "{name}"'
    if len(known) == 1 and any(mark in known[0] for mark in DELIMITERS.values()):
        return f'{missing}, only "{known[0]}": is `source: {{delimiter: …}}` right?'
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    if near:
        return f'{missing}; did you mean "{by_lower[near[0]]}"?{_unseen(by_lower[near[0]], name)}'
    return f"{missing}; it has {_listed(known)}"


def _unseen(column: str, name: str) -> str:
    """Name what a column's name has and a person may not see: such names look alike."""
    unseen = [one for one in dict.fromkeys(column) if one not in name and not _is_seen(one)]
    if not unseen:
        return ""
    named = ", ".join(
        f"U+{ord(one):04X} ({unicodedata.name(one, 'no name').lower()})" for one in unseen
    )
    return (
        f" It contains {named}: copy it from the file, or give the columns names of your own: "
        "`source: {header_line: 1, columns: […]}`."
    )


def _is_seen(character: str) -> bool:
    is_mark = unicodedata.category(character) in ("Mn", "Me")
    return character.isprintable() and not character.isspace() and not is_mark


def _tried(expr: pl.Expr, schema: pl.Schema) -> pl.DataType:
    """Find the type of the result, trying the expression on rows that tell what polars refuses.

    What polars cannot do with a text at all, it refuses only where there is one; a text that does
    not happen to be a number is no fault of the expression.
    """
    empty = pl.DataFrame({name: [None] for name in schema}, schema=schema)
    some = empty.with_columns(pl.col(pl.String).fill_null("1"))
    try:
        some.select(expr.alias(""))
    except pl.exceptions.PolarsError as error:
        if "not supported" in str(error):
            raise
    return empty.select(expr.alias("")).dtypes[0]


def _require_one_row(expr: pl.Expr) -> None:
    """Refuse sums, windows and subqueries: their result would hang on how the file is cut."""
    pending = [expr]
    while pending:
        part = pending.pop()
        if _looks_around(part):
            raise UnfitError(_NOT_OF_ONE_ROW)
        pending.extend(part.meta.pop())


def _looks_around(part: pl.Expr) -> bool:
    if part.meta.is_literal():
        return False
    if not part.meta.pop():
        return not part.meta.root_names()
    try:
        gathers = bool(part.meta.root_names()) and part.meta.is_scalar()
        return gathers or not part.meta.is_row_separable()
    except pl.exceptions.ColumnNotFoundError:
        # Functions of SQL itself, such as IN, cannot be asked what they are.
        return '{"Agg":' in part.meta.serialize(format="json")


def _said(error: pl.exceptions.PolarsError) -> str:
    first = _start(str(error).split("\n", 1)[0])
    if "casting from string to" in first:
        return f"{first} Write DATE(column, '%Y-%m-%d')"
    if "str" in first:
        return f"{first}; where a column of text holds numbers, write TRY_CAST(column AS DOUBLE)"
    return first


def _start(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"


def _listed(columns: list[str]) -> str:
    shown = ", ".join(f'"{column}"' for column in columns[:10])
    return shown if len(columns) <= 10 else f"{shown} and {len(columns) - 10} more"
