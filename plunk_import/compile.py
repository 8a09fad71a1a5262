"""MAP: takes a mapping and a source's schema, gives what turns its batches into events.

Everything in the mapping is checked against the schema here, before a row is read.
"""

import polars as pl

from plunk_import.compiled import Compiled, Part, Prepared, json_of
from plunk_import.errors import MappingError, Problem
from plunk_import.expressions import Expression, no_column, parse_sql
from plunk_import.mapping import Field, LoadedMapping, Variable
from plunk_import.readings import Slot, Unfit
from plunk_import.values import Value, as_text, family_of, value_of

__all__ = ["Compiled", "Prepared", "compile_mapping"]


def compile_mapping(loaded: LoadedMapping, schema: pl.Schema) -> Compiled:
    """Check a mapping against a source's columns; raises `MappingError` with every problem."""
    return _Compiler(loaded, schema).compiled()


class _Compiler:
    """Collects the problems of a mapping while its parts are compiled."""

    def __init__(self, loaded: LoadedMapping, schema: pl.Schema) -> None:
        self._loaded = loaded
        self._schema = schema
        self._problems: list[Problem] = []

    def compiled(self) -> Compiled:
        mapping = self._loaded.mapping
        where = self._where(mapping.where)
        email = self._name(("email",), mapping.email, is_trimmed=True)
        event = self._name(("event",), mapping.event, is_trimmed=False)
        subscribed = self._subscribed(mapping.subscribed)
        data, constants = self._data(mapping.data)
        id_text = self._id_text(mapping.id)
        if self._problems:
            raise MappingError(tuple(self._problems))
        return Compiled(self._loaded, where, email, event, subscribed, data, constants, id_text)

    def _refuse(self, where: tuple[str, ...], message: str) -> None:
        self._problems.append(self._loaded.problem(where, message))

    def _where(self, sql: str | None) -> pl.Expr | None:
        if sql is None:
            return None
        try:
            condition = parse_sql(sql, self._schema)
        except Unfit as unfit:
            self._refuse(("where",), str(unfit))
            return None
        if condition.dtype != pl.Boolean:
            self._refuse(("where",), f"is {condition.dtype}, not true or false: write a condition")
        return condition.expr

    def _column(self, where: tuple[str, ...], field: Field) -> Expression | None:
        """Give the column or expression that a field names; None where it cannot be."""
        try:
            if field.sql is not None:
                return parse_sql(field.sql, self._schema)
            name = str(field.column)
            if name in self._schema:
                return Expression(pl.col(name), self._schema[name])
            self._refuse((*where, "column"), no_column(name, self._schema.names()))
        except Unfit as unfit:
            self._refuse((*where, "sql"), str(unfit))
        return None

    def _name(self, where: tuple[str, ...], field: Field, *, is_trimmed: bool) -> pl.Expr:
        """Compile the address or the event name: text, null where it is absent."""
        if field.const is not None:
            return pl.lit(str(field.const))
        column = self._column(where, field)
        if column is None:
            return pl.lit(None, pl.String)
        family = "other"
        try:
            family = family_of(column.dtype)
        except Unfit as unfit:
            self._refuse(where, str(unfit))
        if family not in {"text", "whole", "null"}:
            self._refuse(where, f"must be text, not {column.dtype}: name another column")
        text = as_text(column.expr, column.dtype)
        kept = text.str.strip_chars() if is_trimmed else text
        return pl.when(kept != "").then(kept)

    def _subscribed(self, variable: Variable | None) -> Part | None:
        if variable is None:
            return None
        slot = Slot("subscribed", "subscribed")
        where = ("subscribed",)
        if variable.const is not None:
            value = self._read(
                where, slot, Expression(pl.lit(json_of(variable.const)), pl.String()), variable
            )
        else:
            value = self._value(where, slot, variable)
        return None if value is None else Part(value, pl.lit(',"subscribed":') + value.text)

    def _data(self, variables: dict[str, Variable]) -> tuple[tuple[Part, ...], tuple[str, ...]]:
        parts: list[Part] = []
        constants: list[str] = []
        for n, (name, variable) in enumerate(variables.items()):
            if variable.const is not None:
                constants.append(_member_text(name, variable, json_of(variable.const)))
                continue
            value = self._value(("data", name), Slot(f"data{n}", f"data.{name}"), variable)
            if value is not None:
                parts.append(Part(value, _member(name, variable, value.text)))
        return tuple(parts), tuple(constants)

    def _value(self, where: tuple[str, ...], slot: Slot, variable: Variable) -> Value | None:
        column = self._column(where, variable)
        return None if column is None else self._read(where, slot, column, variable)

    def _read(
        self, where: tuple[str, ...], slot: Slot, column: Expression, variable: Variable
    ) -> Value | None:
        options = self._loaded.mapping.source
        try:
            return value_of(
                slot, column.expr, column.dtype, variable, decimal_comma=options.decimal_comma
            )
        except Unfit as unfit:
            self._refuse(where, str(unfit))
        return None

    def _id_text(self, columns: tuple[str, ...]) -> pl.Expr | None:
        """Join the cells of the id, each with its length, so that no two rows' texts are alike."""
        parts: list[pl.Expr] = []
        for n, name in enumerate(columns):
            where = ("id", str(n))
            if name not in self._schema:
                self._refuse(where, no_column(name, self._schema.names()))
                continue
            try:
                family = family_of(self._schema[name])
            except Unfit as unfit:
                self._refuse(where, str(unfit))
                continue
            if family == "nested":
                self._refuse(where, f"{self._schema[name]} identifies no row: name another column")
                continue
            text = as_text(pl.col(name), self._schema[name]).fill_null("")
            parts += [text.str.len_bytes(), pl.lit(":"), text]
        return pl.concat_str(parts) if parts else None


def _member(name: str, variable: Variable, text: pl.Expr) -> pl.Expr:
    head, tail = _around(name, variable)
    member = pl.concat_str(pl.lit(head), text, pl.lit(tail)) if tail else pl.lit(head) + text
    return member.fill_null(f"{json_of(name)}:null") if variable.empty == "delete" else member


def _member_text(name: str, variable: Variable, text: str) -> str:
    head, tail = _around(name, variable)
    return head + text + tail


def _around(name: str, variable: Variable) -> tuple[str, str]:
    if variable.persistent:
        return f"{json_of(name)}:", ""
    return f'{json_of(name)}:{{"value":', ',"persistent":false}'
