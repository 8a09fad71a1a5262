"""The rows of a run that are in doubt, as its report quotes them."""

import contextlib
import itertools
from collections.abc import Iterator, Mapping

import polars as pl

from plunk_import.read import Source
from plunk_import.report import Doubt
from plunk_import.storage import Entry, RowReader

MOST_QUOTED = 100


def quoted_doubts(journal: RowReader, source: Source) -> tuple[Doubt, ...]:
    """Quote the first rows in doubt by the file and row that a person can look up.

    The journal knows rows by their ordinal alone, so the source is read up to the last of them.
    """
    entries = {entry.ordinal: entry for entry in itertools.islice(journal.in_doubt(), MOST_QUOTED)}
    return tuple(_doubts(entries, source)) if entries else ()


def _doubts(entries: Mapping[int, Entry], source: Source) -> Iterator[Doubt]:
    wanted, last = list(entries), max(entries)
    with contextlib.closing(source.batches(after_ordinal=min(entries) - 1)) as batches:
        for batch in batches:
            found = batch.frame.filter(pl.col("_ordinal").is_in(wanted))
            for ordinal, row in found.select("_ordinal", "_row").iter_rows():
                yield _doubt(entries[ordinal], file=batch.file, row=row)
            if len(batch.frame) and batch.frame["_ordinal"].item(-1) >= last:
                return


def _doubt(entry: Entry, *, file: str, row: int) -> Doubt:
    return Doubt(file=file, row=row, reason=entry.reason or "", request_id=entry.request_id)
