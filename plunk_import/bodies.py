"""Bodies of requests: takes the JSON texts of a batch in columns, gives the body of each row."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

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

    Literals of members that no row leaves out are merged, and every comma follows its member:
    the less there is to join, the faster it goes.
    """
    writer = _Writer(texts)
    writer.literal('{"email":"')
    writer.column("email")
    writer.literal('","event":"')
    writer.column("event")
    writer.literal('"')
    if subscribed is not None:
        writer.optional(subscribed)
    if not data:
        writer.literal("}")
        return writer.joined()
    if writer.is_always_there(data[-1]):
        writer.literal(',"data":{')
        writer.members(data)
        writer.literal("}}")
        return writer.joined()
    return pl.concat_str(writer.joined(), _open_ended(texts, data), pl.lit("}"))


def _open_ended(texts: pl.DataFrame, data: Sequence[Member]) -> pl.Expr:
    """Write `data` where its last member, or all of them, may be left out."""
    writer = _Writer(texts)
    writer.members(data)
    members = writer.joined().str.strip_suffix(",")
    written = pl.concat_str(pl.lit(',"data":{'), members, pl.lit("}"))
    return pl.when(members == "").then(pl.lit("")).otherwise(written)


class _Writer:
    """Collects the parts of a text that are joined row by row."""

    def __init__(self, texts: pl.DataFrame) -> None:
        self._texts = texts
        self._parts: list[pl.Expr] = []
        self._pending = ""

    def is_always_there(self, member: Member) -> bool:
        if member.column is None or member.null is not None:
            return True
        return self._texts[member.column].null_count() == 0

    def literal(self, text: str) -> None:
        self._pending += text

    def column(self, name: str) -> None:
        self._flush()
        self._parts.append(pl.col(name))

    def members(self, members: Sequence[Member]) -> None:
        last = members[-1]
        for member in members:
            is_closed = member is last and self.is_always_there(last)
            self.optional(member, after="" if is_closed else ",")

    def optional(self, member: Member, after: str = "") -> None:
        name, tail = member.column, member.tail + after
        if name is None:
            self.literal(member.head + tail)
        elif self._texts[name].null_count() == 0:
            self.literal(member.head)
            self.column(name)
            self.literal(tail)
        else:
            self._flush()
            is_there = pl.col(name).is_not_null()
            self._parts.append(self._where(is_there, member.head, member.null))
            self._parts.append(pl.col(name))
            if tail:
                self._parts.append(self._where(is_there, tail, after if member.null else None))

    def joined(self) -> pl.Expr:
        self._flush()
        return pl.concat_str(self._parts, ignore_nulls=True)

    def _flush(self) -> None:
        if self._pending:
            self._parts.append(pl.lit(self._pending))
        self._pending = ""

    @staticmethod
    def _where(condition: pl.Expr, text: str, otherwise: str | None) -> pl.Expr:
        chosen = pl.when(condition).then(pl.lit(text))
        return chosen if otherwise is None else chosen.otherwise(pl.lit(otherwise))
