"""Lines for files that people mend: the source's own cells, and beside them what we say of a row."""

import dataclasses

import polars as pl

from plunk_import.read import ORIGIN, OWN_COLUMNS, FileStart, Locations, column
from plunk_import.storage.spreadsheets import defused, shown_file


@dataclasses.dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What became of the rows of one batch, beside the source's own cells.

    All frames know rows by `_ordinal`. `source`: `_ordinal`, `_row`, the source's columns.
    `rejects` and `doubts`: `_ordinal` and our columns about the row; the latter are there where
    rows were sent. `span`: the ordinals of the batch's first and last row, whether or not they are
    in `source`. `events`: how many of its rows are to be sent.
    """

    locations: Locations
    source: pl.DataFrame
    rejects: pl.DataFrame
    doubts: pl.DataFrame | None = None
    span: tuple[int, int] = (0, 0)
    events: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class SourceLines:
    """Writes what is said of rows beside their cells.

    Attributes:
        fingerprint: The source's, for what rows without an `id` are known by.
        name_files: Put the name of its file on every line, for a source of several files.

    """

    fingerprint: str
    name_files: bool

    def beside(
        self, batch: BatchOutcome, notes: pl.DataFrame, columns: tuple[str, ...]
    ) -> pl.DataFrame:
        """Return the lines of the rows that `notes` has, with these columns of it, in order."""
        lines = batch.source.join(notes.drop("_row", strict=False), on="_ordinal", how="inner")
        lines = lines.sort("_ordinal")
        places = [pl.col("_row"), batch.locations.line_of(lines["_ordinal"]).alias("_line")]
        own = (_own(name, lines) for name in columns)
        cells = [column(name) for name in batch.source.columns if name not in OWN_COLUMNS]
        file = self._files(batch.locations, lines)
        return lines.select(*cells, *file, *places, *own, self._origins(lines))

    def nothing(self, schema: pl.Schema, columns: tuple[str, ...]) -> pl.DataFrame:
        """Return no lines, with the columns that lines of a source with this schema have."""
        numbers = {"_ordinal": pl.UInt64, "_row": pl.UInt64}
        source = pl.DataFrame(schema={**numbers, **schema})
        notes = pl.DataFrame(schema={"_ordinal": pl.UInt64, **dict.fromkeys(columns, pl.String)})
        return self.beside(BatchOutcome(Locations((FileStart(""),)), source, notes), notes, columns)

    def _files(self, locations: Locations, lines: pl.DataFrame) -> list[pl.Series]:
        """Name the files of these rows, where there are several."""
        if not self.name_files:
            return []
        files = locations.file_of(lines["_ordinal"])
        names = files.unique()
        shown = files.replace_strict(names, [*map(shown_file, names)], return_dtype=pl.String)
        return [shown.alias("_file")]

    def _origins(self, lines: pl.DataFrame) -> pl.Expr:
        """Name what rows without an `id` are known by, wherever they come back from."""
        here = pl.concat_str(pl.lit(f"{self.fingerprint}:"), "_ordinal")
        return (pl.coalesce(ORIGIN, here) if ORIGIN in lines.columns else here).alias(ORIGIN)


def _own(name: str, lines: pl.DataFrame) -> pl.Expr:
    if name != "_raw":
        return defused(name)
    # A raw text is the source's own, as its cells are.
    return pl.col(name) if name in lines.columns else pl.lit(None, pl.String).alias(name)
