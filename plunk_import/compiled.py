"""Batches through the mapping: takes the source's rows, gives events and rejects, in whole columns.

A batch goes through in stages: the cells that the mapping names, what they are read as, the body.
The rows that a check's hint points at are looked at once more, exactly.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from plunk_import.checks import Check, check, problems, suspicion
from plunk_import.errors import MappingError
from plunk_import.mapping import LoadedMapping
from plunk_import.rules import address_checks, body_check, event_checks
from plunk_import.texts import encoded
from plunk_import.values import Value

_OWN = ("_ordinal", "_row")
_EMAIL, _EVENT, _BODY, _KEY = "email", "event", "body", "key"
_DATA, _SUSPECT, _DUPLICATE = "data", "suspect", "duplicate"
_ADDRESS_CELL, _EVENT_CELL = "email.cell", "event.cell"


@dataclass(frozen=True, slots=True)
class Prepared:
    """One batch, mapped and judged.

    `events` has `_ordinal, _row, email, event, body` (JSON text) and `key`; `rejects` has
    `_ordinal, _row, _code, _field, _message`; `filtered` counts the rows that `where` left out.
    """

    events: pl.DataFrame
    rejects: pl.DataFrame
    filtered: int


@dataclass(frozen=True, slots=True)
class Part:
    """One member of the body's `data`, or `subscribed`: its value, and how it is written."""

    value: Value
    member: pl.Expr


@dataclass(frozen=True, slots=True)
class Compiled:
    """A mapping, ready for batches of the schema that it was compiled for."""

    loaded: LoadedMapping
    where: pl.Expr | None
    email: pl.Expr
    event: pl.Expr
    subscribed: Part | None
    data: tuple[Part, ...]
    constants: tuple[str, ...]
    id_text: pl.Expr | None

    def prepare(
        self, frame: pl.DataFrame, *, fingerprint: str, duplicates: pl.Series | None = None
    ) -> Prepared:
        """Turn a batch of the source into events and rejects.

        `fingerprint` is the source's; `duplicates` are the ordinals of rows whose `id` an earlier
        row has. Raises `MappingError` where an expression cannot be worked out for these rows.
        """
        kept = self._kept(frame)
        cells = self._cells(kept, fingerprint, _within(duplicates, kept))
        parsed = cells.with_columns(
            part.value.parsed.alias(part.value.slot.parsed) for part in self._parts()
        )
        drafts = self._drafts(parsed)
        suspects = drafts[_SUSPECT]
        events = drafts.drop(_SUSPECT)
        if not suspects.any():
            return Prepared(events, problems(parsed.clear(), ()), len(frame) - len(kept))
        looked_at = parsed.filter(suspects).with_columns(events[_BODY].filter(suspects))
        rejects = problems(looked_at, self._checks())
        rejected = pl.col("_ordinal").is_in(rejects["_ordinal"].implode())
        return Prepared(events.filter(~rejected), rejects, len(frame) - len(kept))

    def identity(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Give `_ordinal` and `identity`, a hash of the row's `id`, of the rows `where` keeps.

        The hash is the same within a process only, and without `id` there is none (empty frame).
        """
        if self.id_text is None:
            return pl.DataFrame(schema={"_ordinal": pl.UInt64, "identity": pl.UInt64})
        return self._kept(frame).select("_ordinal", identity=self.id_text.hash())

    def _kept(self, frame: pl.DataFrame) -> pl.DataFrame:
        if self.where is None:
            return frame
        try:
            return frame.filter(self.where)
        except pl.exceptions.PolarsError as error:
            raise self._unworkable(error, ("where",)) from error

    def _cells(
        self, frame: pl.DataFrame, fingerprint: str, duplicates: pl.Series | None
    ) -> pl.DataFrame:
        is_duplicate = (
            pl.lit(value=False)
            if duplicates is None
            else pl.col("_ordinal").is_in(duplicates.implode())
        )
        try:
            return frame.select(
                *_OWN,
                self._key(fingerprint).alias(_KEY),
                is_duplicate.alias(_DUPLICATE),
                self.email.alias(_ADDRESS_CELL),
                self.event.alias(_EVENT_CELL),
                *(part.value.cell.alias(part.value.slot.cell) for part in self._parts()),
            )
        except pl.exceptions.PolarsError as error:
            raise self._unworkable(error, ()) from error

    def _key(self, fingerprint: str) -> pl.Expr:
        if self.id_text is None:
            return pl.concat_str(pl.lit(f"{fingerprint[:24]}-"), pl.col("_ordinal"))
        return self.id_text.map_batches(_digests, return_dtype=pl.String, is_elementwise=True)

    def _drafts(self, parsed: pl.DataFrame) -> pl.DataFrame:
        """Write every row's body as if all were well, and mark the suspects."""
        members = parsed.select(
            *_OWN,
            pl.col(_ADDRESS_CELL).str.to_lowercase().alias(_EMAIL),
            pl.col(_EVENT_CELL).alias(_EVENT),
            _KEY,
            self._members().alias(_DATA),
            suspicion(self._row_checks()).alias(_SUSPECT),
            _subscribed=pl.lit(None, pl.String)
            if self.subscribed is None
            else self.subscribed.member,
        )
        bodies = members.select(*_OWN, _EMAIL, _EVENT, self._body(), _KEY, _SUSPECT)
        return bodies.with_columns(pl.col(_SUSPECT) | body_check(pl.col(_BODY)).hint)

    def _members(self) -> pl.Expr:
        parts = [pl.lit(text) for text in self.constants] + [part.member for part in self.data]
        marker = self.loaded.mapping.marker
        if marker is not None:
            head, tail = f'{json_of(marker)}:{{"value":"', '","persistent":false}'
            parts.append(pl.concat_str(pl.lit(head), pl.col(_KEY), pl.lit(tail)))
        return pl.concat_str(parts or [pl.lit("")], separator=",", ignore_nulls=True)

    def _body(self) -> pl.Expr:
        data = pl.col(_DATA)
        return pl.concat_str(
            pl.lit('{"email":"'),
            _EMAIL,
            pl.lit('","event":'),
            encoded(pl.col(_EVENT)),
            "_subscribed",
            pl.when(data != "").then(pl.lit(',"data":{')),
            data,
            pl.when(data != "").then(pl.lit("}")),
            pl.lit("}"),
            ignore_nulls=True,
        ).alias(_BODY)

    def _parts(self) -> Iterator[Part]:
        if self.subscribed is not None:
            yield self.subscribed
        yield from self.data

    def _row_checks(self) -> Sequence[Check]:
        return [
            *address_checks(pl.col(_ADDRESS_CELL)),
            *event_checks(pl.col(_EVENT_CELL)),
            *(one for part in self._parts() for one in part.value.checks),
            check(
                "duplicate_id",
                "id",
                pl.col(_DUPLICATE),
                pl.lit("an earlier row has the same id; the first one counts"),
            ),
        ]

    def _checks(self) -> Sequence[Check]:
        return [*self._row_checks(), body_check(pl.col(_BODY))]

    def _unworkable(self, error: Exception, where: tuple[str, ...]) -> MappingError:
        first = str(error).split("\n", 1)[0]
        message = f"an expression cannot be worked out: {first}; for a cast, write TRY_CAST"
        return MappingError((self.loaded.problem(where, message),))


def json_of(value: object) -> str:
    """Write a name or a constant of the mapping as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _within(duplicates: pl.Series | None, frame: pl.DataFrame) -> pl.Series | None:
    """Narrow the duplicates of a whole source to those of a batch."""
    if duplicates is None or frame.is_empty():
        return None
    ordinals = frame["_ordinal"]
    of_batch = duplicates.filter(duplicates.is_between(ordinals.min(), ordinals.max()))
    return None if of_batch.is_empty() else of_batch.cast(pl.UInt64)


def _digests(texts: pl.Series) -> pl.Series:
    keys = ["id-" + hashlib.blake2b(text.encode(), digest_size=16).hexdigest() for text in texts]
    return pl.Series(texts.name, keys, dtype=pl.String)
