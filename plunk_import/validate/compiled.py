"""Batches through the mapping: the source's rows become events and rejects, in whole columns.

A batch goes through in stages: the cells that the mapping names, their JSON texts, the body. The
rows whose texts leave a doubt are held against the exact checks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from plunk_import.errors import MappingError
from plunk_import.mapping import LoadedMapping
from plunk_import.read import CODE, MESSAGE, ORDINAL, ORIGIN, ROW, Batch
from plunk_import.validate.batch import REJECT_SCHEMA, JudgedBatch, ValidatedBatch
from plunk_import.validate.bodies import Member, body, marked
from plunk_import.validate.checks import Check, Slot, check, no_problems, problems
from plunk_import.validate.glance import Glance
from plunk_import.validate.identity import RowIdentity
from plunk_import.validate.rejects import DUPLICATE_ID
from plunk_import.validate.server_rules import long_name_notice, size_check
from plunk_import.validate.types import Value

EMAIL, EVENT, KEY = "email", "event", "key"
"""The columns of every batch's cells and texts, besides those of the mapping's variables."""

_UNWORKABLE = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What polars raises where it cannot work an expression out: a panic for a date of no calendar."""

_NUMBERS = (ORDINAL, ROW)
_BODY, _DUPLICATE = "body", "duplicate"
_JUDGED_COLUMNS = (*_NUMBERS, EMAIL, EVENT)
_EVENT_COLUMNS = (*_JUDGED_COLUMNS, _BODY, KEY)
NO_FINGERPRINT = "0" * 64
"""Stands for a source's fingerprint where bodies are measured or looked at, and not sent."""
_LONG_EVENT_NOTICE = long_name_notice(Slot(EVENT, EVENT))
_DUPLICATE_CHECK = check(DUPLICATE_ID, "id", pl.col(_DUPLICATE))


@dataclass(frozen=True, slots=True)
class Compiled:
    """A mapping, ready for batches of the schema that it was compiled for."""

    loaded: LoadedMapping
    where: pl.Expr | None
    values: tuple[Value, ...]
    required: frozenset[str]
    subscribed: Member | None
    data: tuple[Member, ...]
    marker: str | None
    identity: RowIdentity
    _glance: Glance = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Made once: with very many columns, to make it for each batch is half of a glance.
        glance = Glance(
            self.values,
            required=self.required,
            members=(*self.data, *([self.subscribed] if self.subscribed else [])),
            of_row=(*self.identity.checks(), *self._notices()),
        )
        object.__setattr__(self, "_glance", glance)

    def validate(
        self, batch: Batch, *, fingerprint: str, duplicates: pl.Series | None = None
    ) -> ValidatedBatch:
        """Turn a batch of the source into events and rejects.

        Args:
            batch: Rows of the schema that the mapping was compiled for.
            fingerprint: The source's, of which the keys of rows without an `id` are made.
            duplicates: Ordinals of the rows whose `id` an earlier row has.

        Raises:
            MappingError: An expression of the mapping cannot be evaluated for these rows.

        """
        kept = self._kept(batch.frame)
        cells = self._cells(kept)
        # `pl.format` panics where columns are cut into blocks at different rows.
        texts = self._texts(cells).rechunk()
        checked = self._written(cells, texts, fingerprint)
        checked = checked.with_columns(_is_duplicate(duplicates, kept)).rechunk()
        rejects = self._rejects(checked, texts)
        sent = checked.with_columns(texts[EMAIL])
        if len(rejects):
            sent = sent.filter(~pl.col(ORDINAL).is_in(rejects[ORDINAL].implode()))
        return ValidatedBatch(
            batch,
            sent.select(*_EVENT_COLUMNS, self.identity.whole_keys(sent)),
            pl.concat([rejects, _unreadable(batch)]).sort(ORDINAL),
            problems(sent, self._notices()),
            filtered=len(batch.frame) - len(kept),
            span=batch.span,
        )

    def judge(
        self,
        batch: Batch,
        *,
        duplicates: pl.Series | None = None,
        seeds: tuple[int, int] | None = None,
    ) -> JudgedBatch:
        """Say of a batch what `validate` says, without the bodies and keys of its events.

        Rows that are surely good are told at a glance; the others are validated.

        Args:
            batch: Rows of the schema that the mapping was compiled for.
            duplicates: Ordinals of the rows whose `id` an earlier row has.
            seeds: Have the batch's `identities` made with them, to find its duplicates later.

        Raises:
            MappingError: An expression of the mapping cannot be evaluated for these rows.

        """
        kept = self._kept(batch.frame)
        cells = self._selected(kept, self._glance.cells)
        judged = self._judged(batch, kept, cells, duplicates)
        if seeds is None:
            return judged
        return replace(judged, identities=self.identity.identities(cells, seeds))

    def refuse(self, judged: JudgedBatch, duplicates: pl.Series) -> JudgedBatch:
        """Reject rows of a batch that was judged before anybody knew that they repeat an `id`."""
        if duplicates.is_empty():
            return judged
        is_repeated = pl.col(ORDINAL).is_in(duplicates.implode())
        read, others = judged.read, ~is_repeated
        rows = replace(read, frame=read.frame.filter(is_repeated), bad=read.bad.clear())
        found = self.validate(rows, fingerprint=NO_FINGERPRINT, duplicates=duplicates)
        rejects = pl.concat([judged.rejects.filter(others), found.rejects]).sort(ORDINAL)
        events, notices = judged.events.filter(others), judged.notices.filter(others)
        return replace(judged, events=events, rejects=rejects, notices=notices)

    def identities(self, frame: pl.DataFrame, seeds: tuple[int, int]) -> pl.DataFrame:
        """Reduce rows to what tells repeated ones; see `RowIdentity.identities`."""
        return self.identity.identities(self._cells(self._kept(frame)), seeds)

    def _judged(
        self, batch: Batch, kept: pl.DataFrame, cells: pl.DataFrame, duplicates: pl.Series | None
    ) -> JudgedBatch:
        is_sure = self._surely_good(kept, cells, _of_batch(duplicates, cells))
        sure = cells.filter(is_sure).select(*_NUMBERS, pl.col(EMAIL).str.to_lowercase(), EVENT)
        filtered = batch.frame.height - kept.height
        if sure.height == kept.height:
            nothing = no_problems()
            found = JudgedBatch(batch, sure, _unreadable(batch), nothing, filtered, sure.height)
            return replace(found, span=batch.span)
        doubtful = replace(batch, frame=kept.filter(~is_sure))
        rest = self.validate(doubtful, fingerprint=NO_FINGERPRINT, duplicates=duplicates)
        events = pl.concat([sure, rest.events.select(_JUDGED_COLUMNS)]).sort(ORDINAL)
        found = JudgedBatch(batch, events, rest.rejects, rest.notices, filtered, sure.height)
        return replace(found, span=batch.span)

    def _surely_good(
        self, rows: pl.DataFrame, cells: pl.DataFrame, duplicates: pl.Series
    ) -> pl.Series:
        try:
            return self._glance.find_sure(rows, cells, duplicates=duplicates)
        except _UNWORKABLE as error:
            raise self._unworkable(error, self._place_of_failure(rows)) from error

    def _notices(self) -> tuple[Check, ...]:
        return (*self.identity.notices(), _LONG_EVENT_NOTICE)

    def _kept(self, frame: pl.DataFrame) -> pl.DataFrame:
        if self.where is None:
            return frame
        try:
            return frame.filter(self.where)
        except _UNWORKABLE as error:
            raise self._unworkable(error, ("where",)) from error

    def _cells(self, frame: pl.DataFrame) -> pl.DataFrame:
        cells = [value.cell.alias(value.slot.name) for value in self.values]
        origin = [name for name in (ORIGIN,) if name in frame.columns]
        return self._selected(frame, [*origin, *cells])

    def _selected(self, frame: pl.DataFrame, cells: Sequence[pl.Expr | str]) -> pl.DataFrame:
        try:
            return frame.select(*_NUMBERS, *self.identity.cells(), *cells)
        except _UNWORKABLE as error:
            raise self._unworkable(error, self._place_of_failure(frame)) from error

    def _written(self, cells: pl.DataFrame, texts: pl.DataFrame, fingerprint: str) -> pl.DataFrame:
        """Write the body and the key of each row beside its cells."""
        bare = texts.select(body(texts, subscribed=self.subscribed, data=self.data).alias(_BODY))
        rows = cells.with_columns(bare.to_series())
        rows = rows.with_columns(self.identity.keys(rows, fingerprint=fingerprint))
        if self.marker is None:
            return rows
        return rows.with_columns(marked(pl.col(_BODY), self.marker, pl.col(KEY)).alias(_BODY))

    def _texts(self, cells: pl.DataFrame) -> pl.DataFrame:
        texts = cells.select(
            *(value.reading.attempts[0].alias(value.slot.name) for value in self.values)
        )
        named = ((value, value.slot.name) for value in self.values)
        return texts.with_columns(
            _completed(value, cells[name], texts[name])
            for value, name in named
            if texts[name].null_count() > cells[name].null_count()
        )

    def _rejects(self, checked: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
        """Hold the rows that lack a text they should have against the checks of its value."""
        lacking = [
            (value, self._lacks(value, checked, texts))
            for value in self.values
            if texts[value.slot.name].null_count()
        ]
        of_row = (*self.identity.checks(), _DUPLICATE_CHECK, size_check(pl.col(_BODY)))
        conditions = [one.bad for one in of_row] + [pl.lit(lacks) for _, lacks in lacking]
        suspects = checked.filter(pl.any_horizontal(conditions))
        if suspects.is_empty():
            return no_problems()
        checks = [one for value, lacks in lacking if lacks.any() for one in value.reading.checks]
        return problems(suspects, [*checks, *of_row])

    def _lacks(self, value: Value, checked: pl.DataFrame, texts: pl.DataFrame) -> pl.Series:
        name = value.slot.name
        if name in self.required:
            return texts[name].is_null()
        return texts[name].is_null() & checked[name].is_not_null()

    def _place_of_failure(self, frame: pl.DataFrame) -> tuple[str, ...]:
        for value in self.values:
            try:
                frame.select(value.cell)
            except _UNWORKABLE:
                return (*value.slot.field.split(".", 1), "sql")
        return ()

    def _unworkable(self, error: BaseException, where: tuple[str, ...]) -> MappingError:
        first = str(error).split("\n", 1)[0]
        message = f"an expression cannot be worked out: {first}; for a cast, write TRY_CAST"
        return MappingError((self.loaded.problem(where, message),))


def _completed(value: Value, cell: pl.Series, text: pl.Series) -> pl.Series:
    """Make the later attempts at the cells that the first one left out."""
    for attempt in value.reading.attempts[1:]:
        if text.null_count() == cell.null_count():
            break
        is_left = text.is_null() & cell.is_not_null()
        read = cell.filter(is_left).to_frame().select(attempt.alias(text.name)).to_series()
        text = text.scatter(is_left.arg_true(), read)
    return text


def _is_duplicate(duplicates: pl.Series | None, frame: pl.DataFrame) -> pl.Expr:
    """Say which rows of a batch are among the duplicates of the whole source."""
    of_batch = _of_batch(duplicates, frame)
    if of_batch.is_empty():
        return pl.lit(value=False).alias(_DUPLICATE)
    return pl.col(ORDINAL).is_in(of_batch.implode()).alias(_DUPLICATE)


def _of_batch(duplicates: pl.Series | None, frame: pl.DataFrame) -> pl.Series:
    """Keep the duplicates of the whole source that can be among a batch's rows."""
    if duplicates is None or frame.is_empty():
        return pl.Series(ORDINAL, [], pl.UInt64)
    ordinals = frame[ORDINAL]
    of_batch = duplicates.is_between(ordinals.min(), ordinals.max())
    return duplicates.filter(of_batch).cast(pl.UInt64)


def _unreadable(batch: Batch) -> pl.DataFrame:
    """List the rows that could not be read, as rejects."""
    return batch.bad.select(
        ORDINAL,
        ROW,
        _code=pl.concat_list(CODE),
        _field=pl.concat_list(pl.lit("")),
        _message=pl.concat_list(MESSAGE),
    ).cast(REJECT_SCHEMA)
