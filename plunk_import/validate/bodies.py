"""Joins the JSON texts of a batch, which stand in columns, to the body of each row."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import polars as pl


@dataclass(frozen=True, slots=True)
class Member:
    """One member of `data`: the column of its text, and what stands around that.

    `column` is None for a constant, which is all `head`. Where the text is null, `null` stands in
    for the member, or nothing.
    """

    column: str | None
    head: str
    tail: str = ""
    null: str | None = None


def member(
    name: str,
    column: str,
    *,
    is_quoted: bool,
    is_persistent: bool = True,
    is_deleted: bool = False,
) -> Member:
    """Write one variable; a one-shot is wrapped as `{"value": …, "persistent": false}`."""
    quote = '"' if is_quoted else ""
    null = f"{as_json(name)}:null" if is_deleted else None
    if is_persistent:
        return Member(column, f"{as_json(name)}:{quote}", quote, null)
    return Member(column, f'{as_json(name)}:{{"value":{quote}', f'{quote},"persistent":false}}')


def constant_member(name: str, value: object, *, is_persistent: bool) -> Member:
    """Write one variable that is the same in every row."""
    written = value if is_persistent else {"value": value, "persistent": False}
    return Member(None, f"{as_json(name)}:{as_json(written)}")


def as_json(value: object) -> str:
    """Write a name or a constant of the mapping as JSON, without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def body(texts: pl.DataFrame, *, subscribed: Member | None, data: Sequence[Member]) -> pl.Expr:
    """Write the bodies of a batch: an expression over the columns of `texts`.

    One template holds whatever no row leaves out, and every comma follows its member: the less
    there is to join, the faster it goes.
    """
    template = _Template(texts)
    template.literal('{"email":"').column("email")
    template.literal('","event":"').column("event").literal('"')
    if subscribed is not None:
        template.member(subscribed)
    if data and template.is_always_there(data[-1]):
        template.literal(',"data":{').members(data).literal("}")
    elif data:
        template.part(_open_ended(texts, data))
    return template.literal("}").filled()


def marked(body: pl.Expr, name: str, key: pl.Expr) -> pl.Expr:
    """Add the marker, the one-shot variable that holds the row's key, as the last of `data`."""
    value = pl.concat_str(
        pl.lit(f'{as_json(name)}:{{"value":"'), key, pl.lit('","persistent":false}}}')
    )
    has_data = body.str.ends_with("}}")
    with_data = pl.concat_str(body.str.strip_suffix("}}"), pl.lit(","), value)
    with_nothing = pl.concat_str(body.str.strip_suffix("}"), pl.lit(',"data":{'), value)
    return pl.when(has_data).then(with_data).otherwise(with_nothing)


def _open_ended(texts: pl.DataFrame, data: Sequence[Member]) -> pl.Expr:
    """Write `data` where its last member, or all of them, may be left out."""
    members = _Template(texts).members(data).filled().str.strip_suffix(",")
    written = pl.concat_str(pl.lit(',"data":{'), members, pl.lit("}"))
    return pl.when(members == "").then(pl.lit("")).otherwise(written)


class _Template:
    """A text with places that are filled row by row."""

    def __init__(self, texts: pl.DataFrame) -> None:
        self._texts = texts
        self._text = ""
        self._parts: list[pl.Expr] = []

    def is_always_there(self, member: Member) -> bool:
        if member.column is None or member.null is not None:
            return True
        return self._texts[member.column].null_count() == 0

    def literal(self, text: str) -> Self:
        self._text += text.replace("{", "{{").replace("}", "}}")
        return self

    def part(self, part: pl.Expr) -> Self:
        self._text += "{}"
        self._parts.append(part)
        return self

    def column(self, name: str) -> Self:
        return self.part(pl.col(name))

    def members(self, members: Sequence[Member]) -> Self:
        """Write members, each with a comma after it, but for the last where it is always there."""
        last = members[-1]
        for member in members:
            self.member(member, after="" if member is last and self.is_always_there(last) else ",")
        return self

    def member(self, member: Member, after: str = "") -> Self:
        name, tail = member.column, member.tail + after
        if name is None:
            return self.literal(member.head + tail)
        if self._texts[name].null_count() == 0:
            return self.literal(member.head).column(name).literal(tail)
        alone = pl.concat_str(pl.lit(member.head), name, pl.lit(tail))
        return self.part(alone.fill_null("" if member.null is None else member.null + after))

    def filled(self) -> pl.Expr:
        return pl.format(self._text, *self._parts)
