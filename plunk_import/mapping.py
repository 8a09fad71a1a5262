"""The mapping file as a model: takes a path or a dict, gives a checked mapping that knows its lines."""

from collections import abc
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pydantic

from plunk_import.errors import Problem

VariableType = Literal["string", "number", "integer", "boolean", "date", "datetime", "json"]
SourceFormat = Literal["csv", "parquet", "ndjson", "json", "xlsx", "arrow"]
Empty = Literal["omit", "delete", "reject"]


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


def _long_form(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class Field(_Part):
    """Where one value of each event comes from: exactly one of a column, an expression, a constant."""

    column: str | None = None
    sql: str | None = None
    const: pydantic.JsonValue = None


class Variable(Field):
    """One field of `data`, persistent or one-shot."""

    type: VariableType | None = None
    format: str | None = None
    timezone: str | None = None
    true_values: tuple[str, ...] = pydantic.Field(default=(), alias="true")
    false_values: tuple[str, ...] = pydantic.Field(default=(), alias="false")
    persistent: bool = True
    empty: Empty = "omit"


class SourceOptions(_Part):
    """How the input is to be read, where its name and content do not tell."""

    format: SourceFormat | None = None
    delimiter: str | None = None
    quote: str | None = '"'
    encoding: str = "utf-8"
    null_values: tuple[str, ...] = ()
    decimal_comma: bool = False
    header_line: int = 1
    columns: tuple[str, ...] | None = None
    sheet: str | None = None


class Mapping(_Part):
    """Which columns become which fields of an event."""

    version: Literal[1]
    email: Annotated[Field, pydantic.BeforeValidator(_long_form)]
    event: Annotated[Field, pydantic.BeforeValidator(_long_form)]
    subscribed: Annotated[Variable, pydantic.BeforeValidator(_long_form)] | None = None
    where: str | None = None
    data: dict[str, Annotated[Variable, pydantic.BeforeValidator(_long_form)]] = {}
    id: tuple[str, ...] = ()
    marker: str | None = "import_ref"
    source: SourceOptions = SourceOptions()


@dataclass(frozen=True, slots=True)
class LoadedMapping:
    """A checked mapping, and the line of each of its keys (none where it came from Python)."""

    mapping: Mapping
    path: str
    sha256: str
    lines: abc.Mapping[tuple[str, ...], int] = field(default_factory=dict)

    def problem(self, where: tuple[str, ...], message: str) -> Problem:
        """Give a problem in the place that `where` names, such as `("data", "orders", "type")`."""
        line = next(
            (self.lines[where[:n]] for n in range(len(where), -1, -1) if where[:n] in self.lines),
            None,
        )
        return Problem(self.path, line, ".".join(where), message)


def mapping_from(given: abc.Mapping[str, Any] | Mapping) -> LoadedMapping:
    """Check a mapping written in Python."""
    mapping = given if isinstance(given, Mapping) else Mapping.model_validate(given)
    return LoadedMapping(mapping, "mapping", "")
