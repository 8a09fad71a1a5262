"""One field of an event in a mapping: where its value comes from, and how it is read."""

from typing import Any, ClassVar, Literal, TypeAlias

import pydantic
from pydantic import ValidationInfo

from plunk_import.mapping.parts import Constant, Part, Switch, Text, Texts, given_once
from plunk_import.mapping.rules import check_constant_type, check_event_name, check_timezone, shown
from plunk_import.mapping.wording import NoOriginError

VariableType: TypeAlias = Literal[
    "string", "number", "integer", "boolean", "date", "datetime", "json"
]


Empty: TypeAlias = Literal["omit", "delete", "reject"]


def long_form(value: object) -> object:
    """Return the keys of a field, of which the short form is the name of its column."""
    if isinstance(value, Field):
        return value.model_dump(by_alias=True, exclude_unset=True)
    return {"column": value} if isinstance(value, str) else value


def _tidy_field(schema: dict[str, Any], model: type["Field"]) -> None:
    for key in model.closed_keys:
        schema["properties"].pop(key, None)
    origins = [key for key in ("column", "sql", "const") if key not in model.closed_keys]
    schema["oneOf"] = [{"required": [key]} for key in origins]
    del schema["description"]  # for engineers; to authors each place describes itself


class Field(Part):
    """Where one value of each event comes from: exactly one of column, sql and const."""

    model_config = pydantic.ConfigDict(json_schema_extra=_tidy_field)
    closed_keys: ClassVar[frozenset[str]] = frozenset()

    column: Text | None = pydantic.Field(
        default=None,
        description="The name of a column, exactly as the header has it.",
        examples=["Email Address"],
    )
    sql: Text | None = pydantic.Field(
        default=None,
        description="A polars SQL expression over the row's columns.",
        examples=["'order.' || status", 'COALESCE("First Name", Name)'],
    )
    const: Constant = pydantic.Field(
        default=None,
        validate_default=True,
        description="One value for every row, sent exactly as it is written.",
        examples=["shopify", 1, True],
    )

    @pydantic.field_validator("const")
    @classmethod
    def _one_origin(cls, const: pydantic.JsonValue, info: ValidationInfo) -> pydantic.JsonValue:
        values = {**info.data, "const": const}
        given = [key for key in ("column", "sql", "const") if values.get(key) is not None]
        if len(given) > 1:
            raise NoOriginError(f"has {' and '.join(given)}: keep one of them")
        if not given and {"column", "sql"} <= info.data.keys():
            raise NoOriginError(
                "says nowhere where the value comes from: give one of `column`, `sql` and `const`"
            )
        if const == "":
            raise ValueError("Plunk ignores empty text: leave the field out, or write something")
        return const


class Address(Field):
    """Where the address comes from: never one for all rows."""

    closed_keys = frozenset({"const"})

    @pydantic.field_validator("const", mode="before")
    @classmethod
    def _differs(cls, const: object) -> object:
        if const is not None:
            raise ValueError(
                "would put every row on one contact: name the column of the addresses, "
                "such as `email: Email`"
            )
        return const


class EventName(Field):
    """Where the event's name comes from."""

    @pydantic.field_validator("const")
    @classmethod
    def _allowed(cls, const: pydantic.JsonValue) -> pydantic.JsonValue:
        return const if const is None else check_event_name(const)


class Variable(Field):
    """One field of `data`, persistent or one-shot.

    `type` None leaves the column's own type (CSV: string). With `true` and `false` both empty the
    usual words count. A constant goes out exactly as it is written, whatever its type.
    """

    type: VariableType | None = pydantic.Field(
        default=None,
        validate_default=True,
        description="The type to send. Left out: text for CSV, the column's own type for Parquet.",
    )
    format: Text | None = pydantic.Field(
        default=None,
        description="How a date or datetime is written in the file, as strftime codes; "
        "`epoch` and `epoch_ms` for seconds and milliseconds since 1970. Left out: ISO 8601.",
        examples=["%d/%m/%Y %H:%M", "%m/%d/%y", "epoch"],
    )
    timezone: Text | None = pydantic.Field(
        default=None,
        description="The IANA time zone of values that carry no offset. Left out: UTC.",
        examples=["Europe/Brussels", "America/New_York"],
    )
    true_values: Texts = pydantic.Field(
        default=(),
        alias="true",
        description="The words that mean true, for `type: boolean`.",
        examples=[["yes", "y"]],
    )
    false_values: Texts = pydantic.Field(
        default=(),
        alias="false",
        description="The words that mean false, for `type: boolean`.",
        examples=[["no", "n"]],
    )
    persistent: Switch = pydantic.Field(
        default=True,
        description="true: stored on the contact. false: one-shot, only for this event.",
    )
    empty: Empty = pydantic.Field(
        default="omit",
        description="What an empty cell does: `omit` leaves the contact's field as it is, `delete` "
        "deletes it, `reject` refuses the row.",
    )

    @pydantic.field_validator("type")
    @classmethod
    def _fits_constant(cls, declared: str | None, info: ValidationInfo) -> str | None:
        constant = info.data.get("const")
        if declared is not None and constant is not None:
            check_constant_type(constant, declared)
        return declared

    @pydantic.field_validator("format", "timezone", "true_values", "false_values")
    @classmethod
    def _has_use(cls, value: Any, info: ValidationInfo) -> Any:  # noqa: ANN401  text or texts
        if not value:
            return value
        key = info.field_name or ""
        types = ("boolean",) if key.endswith("_values") else ("date", "datetime")
        if info.data.get("const") is not None:
            raise ValueError("a constant is sent as it is written, so this has no use: remove it")
        if "type" in info.data and info.data["type"] not in types:
            needed = " or ".join(f"`type: {name}`" for name in types)
            raise ValueError(f"works only with {needed}: declare it, or remove this")
        return value

    @pydantic.field_validator("format")
    @classmethod
    def _epoch_is_a_time(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value in ("epoch", "epoch_ms") and info.data.get("type") == "date":
            raise ValueError(f"`{value}` counts time, not days: declare `type: datetime`")
        return value

    @pydantic.field_validator("timezone")
    @classmethod
    def _names_a_zone(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and str(info.data.get("format")).startswith("epoch"):
            raise ValueError("seconds since 1970 are UTC everywhere: remove the time zone")
        return value if value is None else check_timezone(value)

    @pydantic.field_validator("true_values", "false_values")
    @classmethod
    def _words(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if any(not word.strip() for word in words):
            raise ValueError(
                "an empty cell is absent, neither true nor false: remove the empty word"
            )
        return given_once(words)

    @pydantic.field_validator("false_values")
    @classmethod
    def _apart(cls, words: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        meant_true = {word.casefold() for word in info.data.get("true_values", ())}
        both = [word for word in words if word.casefold() in meant_true]
        if both:
            raise ValueError(f"{', '.join(map(shown, both))} stands under `true` too: remove one")
        return words

    @pydantic.field_validator("empty")
    @classmethod
    def _can_delete(cls, empty: Empty, info: ValidationInfo) -> Empty:
        if empty == "delete" and info.data.get("persistent") is False:
            raise ValueError(
                "a one-shot variable is not on the contact, so there is nothing to delete: "
                "leave `empty` out, or make it persistent"
            )
        return empty


class Subscribed(Variable):
    """Where the subscription state comes from: always true or false."""

    closed_keys = frozenset({"persistent", "format", "timezone"})

    type: Literal["boolean"] = pydantic.Field(
        default="boolean", validate_default=True, description="Always boolean; may be left out."
    )
    empty: Literal["omit", "reject"] = pydantic.Field(
        default="omit",
        description="What an empty cell does: `omit` lets Plunk keep the contact's state (a new "
        "contact becomes subscribed), `reject` refuses the row.",
    )

    @pydantic.field_validator("type", mode="before")
    @classmethod
    def _is_boolean(cls, declared: object) -> object:
        if declared != "boolean":
            raise ValueError("is always true or false: leave `type` out")
        return declared

    @pydantic.field_validator("persistent", mode="before")
    @classmethod
    def _belongs_to_contact(cls, _: object) -> object:
        raise ValueError("the subscription state always stays on the contact: remove this")

    @pydantic.field_validator("empty", mode="before")
    @classmethod
    def _is_never_null(cls, empty: object) -> object:
        if empty == "delete":
            raise ValueError("Plunk refuses null for it: use omit or reject")
        return empty
