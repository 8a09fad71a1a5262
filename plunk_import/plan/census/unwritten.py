"""Rows whose bodies are yet to be written: of many batches at once, since each writing costs."""

import dataclasses

import polars as pl

from plunk_import.read import ORDINAL, Batch, Locations, copied
from plunk_import.validate import JudgedBatch

_MOST_BYTES = 4 << 20


class UnwrittenRows:
    """Some rows of each batch, with what their bodies are written from; the batches are let go."""

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._size_bytes = 0
        self._batches: list[JudgedBatch] = []

    @property
    def are_many(self) -> bool:
        """Whether they take so much room that their bodies had better be written."""
        return self._size_bytes >= self._most_bytes

    def add(self, batch: JudgedBatch, ordinals: pl.Series) -> None:
        """Add some events of a batch."""
        if ordinals.is_empty():
            return
        is_wanted = pl.col(ORDINAL).is_in(ordinals.implode())
        frame = copied(batch.read.frame.filter(is_wanted))
        read = Batch(frame, batch.read.bad.clear(), Locations(batch.locations.files))
        events = copied(batch.events.filter(is_wanted))
        nothing = batch.rejects.clear()
        self._batches.append(
            dataclasses.replace(batch, read=read, events=events, rejects=nothing, notices=nothing)
        )
        self._size_bytes += int(frame.estimated_size())

    def taken(self) -> JudgedBatch | None:
        """Hand them out as one batch; None where there are none."""
        batches, self._batches, self._size_bytes = self._batches, [], 0
        if len(batches) < 2:
            return next(iter(batches), None)
        read = Batch(
            pl.concat([batch.read.frame for batch in batches], rechunk=True),
            batches[0].read.bad,
            Locations.joined([batch.locations for batch in batches]),
        )
        events = pl.concat([batch.events for batch in batches], rechunk=True)
        return dataclasses.replace(batches[0], read=read, events=events)
