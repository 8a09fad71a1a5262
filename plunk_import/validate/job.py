"""Takes files and a mapping; gives the source's rows, judged by the mapping, a batch at a time."""

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.mapping import LoadedMapping, Mapping as MappingModel, load_mapping, mapping_from
from plunk_import.read import Batch, Source, open_source
from plunk_import.validate.compile import Compiled, compile_mapping

Sources = str | Path | Sequence[str | Path]
MappingLike = str | Path | Mapping[str, Any] | MappingModel | LoadedMapping

REJECT_SCHEMA = pl.Schema(
    {
        "_ordinal": pl.UInt64(),
        "_row": pl.UInt64(),
        "_code": pl.String(),
        "_field": pl.String(),
        "_message": pl.String(),
    }
)


@dataclasses.dataclass(frozen=True, slots=True)
class Judged:
    """One batch and what the mapping and the server's rules make of it.

    `events`: `_ordinal`, `_row`, `email`, `event`, `body` (JSON text), `key`. `rejects`: the
    columns of REJECT_SCHEMA, in row order. `filtered`: how many rows `where` dropped.
    """

    batch: Batch
    events: pl.DataFrame
    rejects: pl.DataFrame
    filtered: int

    @property
    def rows(self) -> int:
        """How many rows of the source this batch holds, readable or not."""
        return len(self.batch.frame) + len(self.batch.bad)

    @property
    def source(self) -> pl.DataFrame:
        """The source's own cells: `_ordinal`, `_row`, its columns; empty in unreadable rows."""
        if not len(self.batch.bad):
            return self.batch.frame
        numbers = self.batch.bad.select("_ordinal", "_row")
        return pl.concat([self.batch.frame, numbers], how="diagonal").sort("_ordinal")


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """A mapping, the source it is for, and the two compiled into one."""

    loaded: LoadedMapping
    source: Source
    compiled: Compiled

    def judged(
        self,
        *,
        duplicates: pl.Series | None = None,
        after_ordinal: int = 0,
        limit: int | None = None,
    ) -> Iterator[Judged]:
        """Judge the rows after `after_ordinal`, the first `limit` rows of the source at most.

        `duplicates`: the ordinals of rows whose `id` an earlier row has (see `duplicates`).
        Raises SourceError where the source cannot be read on.
        """
        fingerprint = self.source.fingerprint()
        for batch in self._batches(after_ordinal, limit):
            prepared = self.compiled.prepare(
                batch.frame, fingerprint=fingerprint, duplicates=duplicates
            )
            rejects = pl.concat([prepared.rejects.cast(REJECT_SCHEMA), _unreadable(batch)])
            yield Judged(batch, prepared.events, rejects.sort("_ordinal"), prepared.filtered)

    def duplicates(self, *, limit: int | None = None) -> pl.Series | None:
        """Ordinals of the rows whose `id` stands in an earlier row; None without an `id`."""
        if not self.loaded.mapping.id:
            return None
        seen = [
            self.compiled.identity(batch.frame).select("_ordinal", "identity")
            for batch in self._batches(0, limit)
        ]
        rows = pl.concat(seen)
        return rows.filter(~pl.col("identity").is_first_distinct())["_ordinal"].sort()

    def _batches(self, after_ordinal: int, limit: int | None) -> Iterator[Batch]:
        for batch in self.source.batches(after_ordinal=after_ordinal):
            if limit is None:
                yield batch
                continue
            within = pl.col("_ordinal") <= limit
            part = dataclasses.replace(
                batch, frame=batch.frame.filter(within), bad=batch.bad.filter(within)
            )
            if len(part.frame) + len(part.bad) == 0:
                return
            yield part


def open_job(sources: Sources, mapping: MappingLike, *, spool: Path | None = None) -> Job:
    """Open the source and compile the mapping for it; nothing is read beyond what that needs.

    `spool` is where sources that cannot be read twice are copied to. Raises MappingError with
    every problem of the mapping, and SourceError.
    """
    loaded = _loaded(mapping)
    source = open_source(_paths(sources), loaded.mapping.source, spool=spool)
    return Job(loaded, source, compile_mapping(loaded, source.schema))


def name_of(sources: Sources) -> str:
    """Give a short name for what is imported: that of its first file, without endings.

    What a shell reads otherwise, as the stars of a pattern, is left out: directories get this name.
    """
    first = str(_paths(sources)[0])
    stem = "stdin" if first == "-" else Path(first).name.split(".")[0]
    return re.sub(r"[^\w-]+", "-", stem).strip("-") or "rows"


def _paths(sources: Sources) -> list[str | Path]:
    paths = [sources] if isinstance(sources, str | Path) else list(sources)
    if not paths:
        raise SourceError("There is no file to read: the list of sources is empty.")
    return paths


def _loaded(mapping: MappingLike) -> LoadedMapping:
    if isinstance(mapping, LoadedMapping):
        return mapping
    if isinstance(mapping, str | Path):
        return load_mapping(mapping)
    return mapping_from(mapping)


def _unreadable(batch: Batch) -> pl.DataFrame:
    """Give the rows that the reader could not take, as rejects that quote their raw text."""
    return batch.bad.select(
        "_ordinal",
        "_row",
        "_code",
        pl.lit("").alias("_field"),
        pl.format("{}: {}", "_message", "_raw").alias("_message"),
    ).cast(REJECT_SCHEMA)
