"""The small parts of a mapping: texts, lists and the options of the source."""

from typing import Annotated, TypeAlias

import pydantic
from pydantic import AfterValidator, BeforeValidator, ValidationInfo, WithJsonSchema

from plunk_import.mapping.formats import SourceFormat
from plunk_import.mapping.rules import (
    DELIMITERS,
    check_constant,
    check_delimiter,
    check_encoding,
    check_text,
    shown,
)

# What YAML's readers make of an unquoted `off`.
OFF_WORDS = ("off", "no", "false", "none")

# Editors resolve plain words by YAML's own rules before they look at the schema, so the schema
# accepts for a text what they make of it.
_TEXT_SCHEMA = {"type": ["string", "number", "boolean"]}
_SWITCH_SCHEMA = {"anyOf": [{"type": "boolean"}, {"enum": ["yes", "no", "on", "off"]}]}
_ITEM_SCHEMA = {"type": ["string", "number", "boolean", "null"]}
_TEXTS_SCHEMA = {"anyOf": [_TEXT_SCHEMA, {"type": "array", "items": _ITEM_SCHEMA}]}
_CONSTANT_SCHEMA = {"type": ["string", "number", "boolean", "array", "object"]}


def _as_list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _full(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty: write something, or remove it")
    return check_text(text)


def given_once(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse a list that has one text twice."""
    twice = sorted({text for text in texts if texts.count(text) > 1})
    if twice:
        raise ValueError(f"{', '.join(map(shown, twice))} stands twice: keep one")
    return texts


Text: TypeAlias = Annotated[str, AfterValidator(_full), WithJsonSchema(_TEXT_SCHEMA)]
Texts: TypeAlias = Annotated[
    tuple[str, ...], BeforeValidator(_as_list), WithJsonSchema(_TEXTS_SCHEMA)
]
Columns: TypeAlias = Annotated[
    tuple[Text, ...],
    BeforeValidator(_as_list),
    AfterValidator(given_once),
    WithJsonSchema(_TEXTS_SCHEMA),
]
Switch: TypeAlias = Annotated[bool, WithJsonSchema(_SWITCH_SCHEMA)]

# Checked first, so that a value deep enough to exhaust pydantic never reaches it.
Constant: TypeAlias = Annotated[
    pydantic.JsonValue,
    BeforeValidator(check_constant),
    WithJsonSchema(_CONSTANT_SCHEMA),
]


class Part(pydantic.BaseModel):
    """A frozen piece of a mapping that takes no keys but its own."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class SourceOptions(Part):
    """How the input is to be read, where its name and content do not tell."""

    format: SourceFormat | None = pydantic.Field(
        default=None, description="The kind of file. Left out: told by its name."
    )
    delimiter: Annotated[str, AfterValidator(check_delimiter)] | None = pydantic.Field(
        default=None,
        description=f"One character, or {', '.join(DELIMITERS)}. Left out: found out.",
        examples=["semicolon", ";"],
    )
    quote: str | None = pydantic.Field(
        default='"', description="The quote of cells, one character; `none` where there is none."
    )
    multiline: Switch = pydantic.Field(
        default=False,
        description="Whether cells may hold many lines that look like rows of the file. Left out: "
        "rejected as `runaway_quote`.",
    )
    encoding: Annotated[str, AfterValidator(check_encoding)] = pydantic.Field(
        default="utf-8",
        description="The encoding of text files, by Python's names.",
        examples=["cp1252", "utf-16"],
    )
    null_values: Texts = pydantic.Field(
        default=(), description="Words that mean an empty cell.", examples=[["NULL", "N/A"]]
    )
    decimal_comma: Switch = pydantic.Field(
        default=False, description="Whether numbers are written 1.234,50."
    )
    header_line: Annotated[int, pydantic.Field(ge=1)] | None = pydantic.Field(
        default=None,
        description="The line of the file, from 1, on which the header stands. Left out: the "
        "first; none where there are `columns`.",
    )
    columns: Columns | None = pydantic.Field(
        default=None,
        description="The names of the columns, for a file without a header. Beside `header_line`: "
        "in place of those in the header.",
    )
    sheet: Text | None = pydantic.Field(
        default=None,
        description="The sheet of an Excel file, by name. Left out: the first visible one.",
    )

    @pydantic.field_validator("delimiter", "quote", "sheet")
    @classmethod
    def _suits_format(cls, value: str | None, info: ValidationInfo) -> str | None:
        needed = "xlsx" if info.field_name == "sheet" else "csv"
        if info.data.get("format") not in (None, needed):
            raise ValueError(f"works only with `format: {needed}`: remove one of the two")
        return value

    @pydantic.field_validator("quote")
    @classmethod
    def _one_character(cls, quote: str | None, info: ValidationInfo) -> str | None:
        if quote is None or quote.lower() in ("", *OFF_WORDS):
            return None
        if len(quote) != 1 or quote in "\r\n\0":
            raise ValueError(f"{shown(quote)} is not a quote: write one character, or none")
        if quote == info.data.get("delimiter"):
            raise ValueError("is the delimiter too: the two must differ")
        return quote

    @pydantic.field_validator("columns")
    @classmethod
    def _named(cls, columns: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if columns == ():
            raise ValueError("is an empty list: name the columns, or remove it")
        return columns

    @property
    def header(self) -> int | None:
        """The line on which the header stands, from 1; None for a file without one."""
        return self.header_line if self.header_line or self.columns else 1
