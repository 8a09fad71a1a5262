"""SQL of the mapping: takes an expression's text and a schema, gives it checked, with its type."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from plunk_import.readings import UnfitError


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression over the columns of one row, and the type of its result."""

    expr: pl.Expr
    dtype: pl.DataType


def parse_sql(sql: str, schema: pl.Schema) -> Expression:
    """Check a polars SQL expression against the source's columns; raises `UnfitError`."""
    try:
        expr = pl.sql_expr(sql)
        missing = [name for name in expr.meta.root_names() if name not in schema]
        if missing:
            raise UnfitError("; ".join(no_column(name, schema.names()) for name in missing))
        _require_one_row(expr)
        row = pl.DataFrame({name: [None] for name in schema}, schema=schema)
        return Expression(expr, row.select(expr.alias("")).dtypes[0])
    except pl.exceptions.PolarsError as error:
        raise UnfitError(f"`{sql}` is no expression over these columns: {_said(error)}") from error


def no_column(name: str, columns: Iterable[str]) -> str:
    """Say that the source has no such column, and which one is near."""
    known = list(columns)
    by_lower = {column.lower(): column for column in known}
    near = difflib.get_close_matches(name.lower(), by_lower, n=1)
    if near:
        return f'the source has no column "{name}"; did you mean "{by_lower[near[0]]}"?'
    return f'the source has no column "{name}"; it has {_listed(known)}'


def _require_one_row(expr: pl.Expr) -> None:
    """Refuse sums, windows and subqueries: their result would hang on how the file is cut."""
    pending = [expr]
    while pending:
        part = pending.pop()
        inputs = part.meta.pop()
        is_leaf = part.meta.is_literal() or part.meta.is_column()
        gathers = not is_leaf and (not inputs or (part.meta.root_names() and part.meta.is_scalar()))
        if gathers or not part.meta.is_row_separable():
            raise UnfitError(
                "it looks at more than one row: use only what stands in the row itself"
            )
        pending.extend(inputs)


def _said(error: pl.exceptions.PolarsError) -> str:
    first = str(error).split("\n", 1)[0]
    if "cannot compare string" in first or "arithmetic on dtypes str" in first:
        return f"{first}; the columns of this file are text: write TRY_CAST(column AS DOUBLE)"
    return first


def _listed(columns: list[str]) -> str:
    shown = ", ".join(f'"{column}"' for column in columns[:10])
    return shown if len(columns) <= 10 else f"{shown} and {len(columns) - 10} more"
