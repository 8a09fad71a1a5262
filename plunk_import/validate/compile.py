"""Compiles a mapping and a source's schema into what turns batches into events.

Everything in the mapping is checked against the schema here, before a row is read.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType

import polars as pl

from plunk_import.errors import MappingError, Problem
from plunk_import.mapping import Field, Identity, LoadedMapping, Variable
from plunk_import.read import column, text_of
from plunk_import.validate.bodies import Member, as_json, constant_member, member
from plunk_import.validate.checks import Check, Reading, Slot, UnfitError, check
from plunk_import.validate.compiled import EMAIL, EVENT, Compiled
from plunk_import.validate.identity import IdColumn, RowIdentity, id_column
from plunk_import.validate.rejects import EMPTY_VALUE
from plunk_import.validate.server_rules import address, event_name
from plunk_import.validate.sql import Expression, no_column, parse_sql
from plunk_import.validate.types import Family, Value, family_of, filled_text, value_of

__all__ = ["Compiled", "compile_mapping"]

_SUBSCRIBED = "subscribed"


def compile_mapping(
    loaded: LoadedMapping, schema: pl.Schema, *, json: Mapping[str, str] = MappingProxyType({})
) -> Compiled:
    """Check a mapping against a source's columns.

    Args:
        loaded: The mapping.
        schema: The source's columns.
        json: Columns whose values are kept as JSON, too, and the columns of frames that hold it.

    Raises:
        MappingError: With every problem at once.

    """
    written = loaded.mapping.model_dump_json(by_alias=True, exclude_unset=True)
    names = (written, loaded.path, tuple(loaded.lines.items()))
    return _compiled(
        _Case((*names, tuple(schema.items()), tuple(json.items())), loaded, schema, json)
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Case:
    """A mapping and the columns it is for; `key` tells it from every other."""

    key: tuple[object, ...]
    loaded: LoadedMapping = dataclasses.field(compare=False)
    schema: pl.Schema = dataclasses.field(compare=False)
    json: Mapping[str, str] = dataclasses.field(compare=False)


@functools.lru_cache(maxsize=16)  # a program may import many small files by one mapping
def _compiled(case: _Case) -> Compiled:
    return _Compiler(case.loaded, case.schema, case.json).compiled()


def nothing_to_compile(loaded: LoadedMapping) -> Compiled:
    """Return what stands for a mapping where a source has no columns, and so no rows."""
    return Compiled(
        loaded=loaded,
        where=None,
        values=(),
        required=frozenset(),
        subscribed=None,
        data=(),
        marker=None,
        identity=RowIdentity(),
    )


class _Compiler:
    """Collects the problems of a mapping while its parts are compiled."""

    def __init__(self, loaded: LoadedMapping, schema: pl.Schema, json: Mapping[str, str]) -> None:
        self._loaded = loaded
        self._schema = schema
        self._json = json
        self._problems: list[Problem] = []
        self._values: list[Value] = []
        self._required = {EMAIL, EVENT}

    def compiled(self) -> Compiled:
        """Compile every part, then raise `MappingError` if any could not be."""
        mapping = self._loaded.mapping
        where = self._where(mapping.where)
        self._name(mapping.email, Slot(EMAIL, EMAIL), address)
        self._name(mapping.event, Slot(EVENT, EVENT), event_name)
        subscribed = self._subscribed(mapping.subscribed)
        data = [self._variable(n, *item) for n, item in enumerate(mapping.data.items())]
        identity = self._identity(mapping.id)
        if self._problems:
            raise MappingError(tuple(sorted(self._problems, key=lambda one: one.line or 0)))
        return Compiled(
            loaded=self._loaded,
            where=where,
            values=tuple(self._values),
            required=frozenset(self._required),
            subscribed=subscribed,
            data=tuple(data),
            marker=mapping.marker,
            identity=identity,
        )

    def _refuse(self, where: tuple[str, ...], message: str) -> None:
        self._problems.append(self._loaded.problem(where, message))

    def _where(self, sql: str | None) -> pl.Expr | None:
        if sql is None:
            return None
        try:
            condition = self._parsed(sql)
        except UnfitError as unfit:
            self._refuse(("where",), str(unfit))
            return None
        if condition.dtype != pl.Boolean:
            self._refuse(("where",), f"is {condition.dtype}, not true or false: write a condition")
        return condition.expr

    def _parsed(self, sql: str) -> Expression:
        comma = self._loaded.mapping.source.decimal_comma
        return parse_sql(sql, self._schema, decimal_comma=comma)

    def _column(self, where: tuple[str, ...], field: Field) -> Expression | None:
        """Find the column or expression that a field names; None where there is none such."""
        if field.sql is None:
            name = str(field.column)
            if name in self._schema:
                return Expression(column(name), self._schema[name])
            # The short form, `email: Email`, has no key of its own for the column.
            place = (*where, "column") if (*where, "column") in self._loaded.lines else where
            self._refuse(place, no_column(name, self._schema.names()))
            return None
        try:
            return self._parsed(field.sql)
        except UnfitError as unfit:
            self._refuse((*where, "sql"), str(unfit))
            return None

    def _name(self, field: Field, slot: Slot, read: Callable[[Slot], Reading]) -> None:
        """Compile the address or the event name: a text."""
        where = (slot.field,)
        if field.const is not None:
            constant = pl.lit(str(field.const))
            self._values.append(Value(slot, constant, read(slot), constant))
            return
        column = self._column(where, field)
        if column is None:
            return
        try:
            if family_of(column.dtype) not in {Family.TEXT, Family.WHOLE, Family.NULL}:
                self._refuse(where, f"must be text, not {column.dtype}: name another column")
        except UnfitError as unfit:
            self._refuse(where, str(unfit.of(field.column)))
        else:
            text = text_of(column.expr, column.dtype)
            self._values.append(Value(slot, filled_text(text), read(slot), text))

    def _subscribed(self, variable: Variable | None) -> Member | None:
        if variable is None:
            return None
        head = ',"subscribed":'
        if variable.const is not None:
            return Member(None, head + as_json(variable.const))
        self._value((_SUBSCRIBED,), Slot(_SUBSCRIBED, _SUBSCRIBED), variable)
        return Member(_SUBSCRIBED, head)

    def _variable(self, number: int, name: str, variable: Variable) -> Member:
        if variable.const is not None:
            return constant_member(name, variable.const, is_persistent=variable.persistent)
        slot = Slot(f"data {number}", f"data.{name}")
        value = self._value(("data", name), slot, variable)
        is_quoted = value is not None and value.reading.is_quoted
        if name == "locale" and value is not None and not is_quoted:
            self._refuse(("data", name), "Plunk takes `locale` only as text: use `type: string`")
        return member(
            name,
            slot.name,
            is_quoted=is_quoted,
            is_persistent=variable.persistent,
            is_deleted=variable.empty == "delete",
        )

    def _value(self, where: tuple[str, ...], slot: Slot, variable: Variable) -> Value | None:
        column = self._column(where, variable)
        if column is None:
            return None
        raw = self._json.get(variable.column or "")
        if raw is not None and variable.type in (None, "json"):
            # Each value goes out exactly as its JSON is written.
            column = Expression(pl.col(raw), pl.String())
            variable = variable.model_copy(update={"type": "json"})
        comma = self._loaded.mapping.source.decimal_comma
        try:
            value = value_of(slot, column.expr, column.dtype, variable, decimal_comma=comma)
        except UnfitError as unfit:
            self._refuse(where, str(unfit.of(variable.column)))
            return None
        if variable.empty == "reject":
            self._required.add(slot.name)
            checks = (*value.reading.checks, _empty_check(value))
            value = dataclasses.replace(
                value, reading=dataclasses.replace(value.reading, checks=checks)
            )
        self._values.append(value)
        return value

    def _identity(self, given: Identity | None) -> RowIdentity:
        if given is None:
            return RowIdentity()
        parts: list[IdColumn] = []
        for number, name in enumerate(given.columns):
            try:
                parts.append(self._id_column(name))
            except UnfitError as unfit:
                long_form = ("id", "columns", str(number))
                is_long = long_form in self._loaded.lines
                place = long_form if is_long else ("id", str(number))
                self._refuse(place, str(unfit.of(name)))
        in_order = sorted(parts, key=lambda part: part.name)
        return RowIdentity(tuple(in_order), sends_empty=given.empty == "send")

    def _id_column(self, name: str) -> IdColumn:
        if name not in self._schema:
            raise UnfitError(no_column(name, self._schema.names()))
        return id_column(name, self._schema[name])


def _empty_check(value: Value) -> Check:
    """Check for `empty: reject`: nothing to send, and nothing wrong with it."""
    reading = value.reading
    text = reading.attempts[-1]
    is_wrong = pl.any_horizontal([pl.lit(value=False), *(one.bad for one in reading.checks)])
    return check(EMPTY_VALUE, value.slot.field, text.is_null() & ~is_wrong)
