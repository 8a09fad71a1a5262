"""The mapping's models: frozen fields, and what may stand in them."""

from collections.abc import Mapping as AnyMapping
from typing import Annotated, Literal, TypeAlias

import pydantic
from pydantic import AfterValidator, BeforeValidator

from plunk_import.mapping.fields import Address, EventName, Field, Subscribed, Variable, long_form
from plunk_import.mapping.identity import Identity, ShortOrLongIdentity
from plunk_import.mapping.parts import OFF_WORDS, Part, SourceOptions, Text
from plunk_import.mapping.rules import RESERVED_NAMES, check_marker_name, check_variable_name, shown

DEFAULT_MARKER = "import_ref"
_ON_WORDS = ("on", "yes", "true")


def marker_name(value: object) -> object:
    """Return the marker's name, None for `off`, the usual name for `on`."""
    word = str(value).lower() if isinstance(value, str | bool) else value
    if word in OFF_WORDS:
        return None
    return DEFAULT_MARKER if word in _ON_WORDS else value


VariableName: TypeAlias = Annotated[str, AfterValidator(check_variable_name)]


def _short_or_long(model: type[Field]) -> BeforeValidator:
    return BeforeValidator(long_form, json_schema_input_type=Text | model)


class Mapping(Part):
    """Which columns become which fields of an event."""

    version: Literal[1] = pydantic.Field(description="The version of this format: 1.")
    email: Annotated[Address, _short_or_long(Address)] = pydantic.Field(
        description="The contact's address: a column, or an expression."
    )
    event: Annotated[EventName, _short_or_long(EventName)] = pydantic.Field(
        description="The event's name: a column, an expression, or one name for all rows."
    )
    subscribed: Annotated[Subscribed, _short_or_long(Subscribed)] | None = pydantic.Field(
        default=None,
        description="The subscription state. Left out: new contacts become subscribed, others "
        "keep theirs.",
    )
    where: Text | None = pydantic.Field(
        default=None,
        description="A polars SQL condition; rows for which it is not true are filtered.",
        examples=["amount > 0"],
    )
    data: dict[VariableName, Annotated[Variable, _short_or_long(Variable)]] = pydantic.Field(
        default={},
        description="The variables: `name: Column`, or `name: {column: …, type: …}`.",
        json_schema_extra={"propertyNames": {"not": {"enum": list(RESERVED_NAMES)}}},
    )
    id: ShortOrLongIdentity | None = pydantic.Field(
        default=None,
        description="The columns that together identify a row, so that a later import knows it.",
        examples=[["order_id"]],
    )
    marker: Annotated[str | None, BeforeValidator(marker_name)] = pydantic.Field(
        default=DEFAULT_MARKER,
        description="The one-shot variable that holds the row's key, so that its event can be "
        "found again; `off` for none.",
        json_schema_extra={"anyOf": [{"type": "string"}, {"const": False}]},
    )
    source: SourceOptions = pydantic.Field(
        default=SourceOptions(), description="How the file is to be read."
    )

    @pydantic.field_validator("version", mode="before")
    @classmethod
    def _is_known(cls, version: object) -> object:
        if version not in (1, "1"):
            raise ValueError(f"version {shown(version)} is not known here: write `version: 1`")
        return 1

    @pydantic.field_validator("marker")
    @classmethod
    def _may_be_sent(cls, marker: str | None) -> str | None:
        return marker if marker is None else check_marker_name(marker)


_PARTS: AnyMapping[str, type[Part]] = {
    "email": Address,
    "event": EventName,
    "subscribed": Subscribed,
    "id": Identity,
    "source": SourceOptions,
}


def known_keys(path: tuple[str, ...]) -> tuple[str, ...]:
    """List the keys that a mapping may have at a path."""
    match path:
        case ():
            model: type[Part] = Mapping
        case ("data", _):
            model = Variable
        case (part,) if part in _PARTS:
            model = _PARTS[part]
        case _:
            return ()
    closed = model.closed_keys if issubclass(model, Field) else frozenset()
    names = (info.alias or name for name, info in model.model_fields.items())
    return tuple(name for name in names if name not in closed)
