"""The rows of a run that are in doubt, as its report quotes them."""

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.read import ORDINAL, ROW, Source
from plunk_import.report import Doubt

if TYPE_CHECKING:
    from plunk_import.storage import Entry, RowReader

MOST_QUOTED = 100


def quoted_doubts(journal: "RowReader", source: Source) -> tuple[Doubt, ...]:
    """Quote the first rows in doubt by the file and row that a person can look up.

    The journal knows rows by their ordinal alone, so the source is read up to the last of them.
    """
    entries = {entry.ordinal: entry for entry in itertools.islice(journal.in_doubt(), MOST_QUOTED)}
    return tuple(_doubts(entries, source)) if entries else ()


def _doubts(entries: Mapping[int, "Entry"], source: Source) -> Iterator[Doubt]:
    wanted, last = list(entries), max(entries)
    with contextlib.closing(source.batches(after_ordinal=min(entries) - 1)) as batches:
        for batch in batches:
            found = batch.frame.filter(pl.col(ORDINAL).is_in(wanted))
            ordinals, locations = found[ORDINAL], batch.locations
            files, lines = locations.file_of(ordinals), locations.line_of(ordinals)
            for ordinal, row, file, line in zip(ordinals, found[ROW], files, lines, strict=True):
                yield _doubt(entries[ordinal], file=file, row=row, line=line)
            if len(batch.frame) and batch.frame[ORDINAL].item(-1) >= last:
                return


def _doubt(entry: "Entry", *, file: str, row: int, line: int | None) -> Doubt:
    reason, request_id = entry.reason or "", entry.request_id
    return Doubt(file=file, row=row, line=line, reason=reason, request_id=request_id)
