"""Rows for files that people mend: the source's own cells, and beside them what we say of a row."""

import dataclasses
from collections.abc import Container

import polars as pl

from plunk_import.read import (
    MARK,
    ORDINAL,
    ORIGIN,
    RAW,
    ROW,
    FileStart,
    Locations,
    column,
    own_columns_beside,
)
from plunk_import.runtime import printable
from plunk_import.storage.kept_rows import WrittenSource

_OURS = frozenset((ORDINAL, ROW, RAW, ORIGIN))


@dataclasses.dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What became of the rows of one batch, beside the source's own cells.

    All frames know rows by `ORDINAL`. `source`: `ORDINAL`, `ROW`, the source's columns, the JSON
    of some, and `RAW`, the text of rows that could not be read. `rejects` and `doubts`: `ORDINAL`
    and our columns about the row; the latter are there where rows were sent. `span`: the ordinals
    of the batch's first and last row, also where only a part of them is in `source`. `events`: how
    many of its rows are to be sent.
    """

    locations: Locations
    source: pl.DataFrame
    rejects: pl.DataFrame
    doubts: pl.DataFrame | None = None
    span: tuple[int, int] = (0, 0)
    events: int = 0


class SourceLines:
    """Puts our columns beside those of a source, under names that it does not have."""

    def __init__(self, source: WrittenSource) -> None:
        self._schema = source.schema
        self._fingerprint = source.fingerprint()
        self.name_files = len(source.files) > 1
        """Whether every line has the name of its file."""
        self.own = own_columns_beside(source.schema)

    def beside(
        self, batch: BatchOutcome, notes: pl.DataFrame, columns: tuple[str, ...]
    ) -> pl.DataFrame:
        """Return the rows that `notes` has, in order, with these columns of it."""
        notes = notes.drop(ROW, strict=False).rename(_note)
        rows = batch.source.join(notes, on=ORDINAL, how="inner").sort(ORDINAL)
        found = set(rows.columns)
        raw = pl.col(RAW) if RAW in found else pl.lit(None, pl.String)
        ours = {
            **{name: pl.lit(files) for name, files in self._files(batch, rows).items()},
            "row": pl.col(ROW),
            "line": pl.lit(batch.locations.line_of(rows[ORDINAL])),
            **{name[1:]: raw if name == "_raw" else pl.col(_note(name)) for name in columns},
            "origin": self._origins(found),
        }
        return rows.select(
            *(column(name) for name in batch.source.columns if name not in _OURS),
            *(cells.alias(self.own.name(name)) for name, cells in ours.items()),
        )

    def nothing(self, columns: tuple[str, ...]) -> pl.DataFrame:
        """Return no rows, with the columns that rows of this source have."""
        numbers = {ORDINAL: pl.UInt64, ROW: pl.UInt64}
        source = pl.DataFrame(schema={**numbers, **self._schema})
        notes = pl.DataFrame(schema={ORDINAL: pl.UInt64, **dict.fromkeys(columns, pl.String)})
        nowhere = Locations((FileStart(""),))
        return self.beside(BatchOutcome(nowhere, source, notes), notes, columns)

    def _files(self, batch: BatchOutcome, rows: pl.DataFrame) -> dict[str, pl.Series]:
        """Name the files of these rows, where there are several, as `file`."""
        if not self.name_files:
            return {}
        files = batch.locations.file_of(rows[ORDINAL])
        names = files.unique()
        shown = files.replace_strict(names, [*map(printable, names)], return_dtype=pl.String)
        return {"file": shown.alias("file")}

    def _origins(self, found: Container[str]) -> pl.Expr:
        """Name what rows without an `id` are known by, wherever they come back from."""
        here = pl.concat_str(pl.lit(f"{self._fingerprint}:"), ORDINAL)
        return pl.coalesce(ORIGIN, here) if ORIGIN in found else here


def _note(name: str) -> str:
    """Name one of our columns so that it can stand beside those of a source."""
    return name if name == ORDINAL else f"{MARK}note {name}"
