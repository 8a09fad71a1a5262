"""The files of a run that people read: results, rejects, and rows in doubt."""

import contextlib
import dataclasses
import tempfile
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import IO

import polars as pl

from plunk_import.read import (
    MARK,
    ORDINAL,
    ORIGIN,
    RAW,
    ROW,
    Form,
    Locations,
    as_cells,
    column,
    own_columns_beside,
)
from plunk_import.runtime import printable
from plunk_import.storage.directory import RunDirectory
from plunk_import.storage.durable import replacing, writing
from plunk_import.storage.kept_rows import (
    ENDINGS,
    JsonRows,
    KeptRows,
    ParquetRows,
    WrittenSource,
    file_to_mend,
)

FORMULA_STARTS = "^[=+@\t\r-]"
REJECT_COLUMNS = ("_code", "_field", "_message", "_stage")
DOUBT_COLUMNS = ("_reason", "_request_id")
_OURS = frozenset((ORDINAL, ROW, RAW, ORIGIN))
RESULT_COLUMNS = ("row", "email", "event", "event_id", "contact_id", "timestamp", "attempts")


def defused(name: str, text: pl.Expr | None = None) -> pl.Expr:
    """Put an apostrophe before what a spreadsheet would run as a formula."""
    text = column(name) if text is None else text
    return (
        pl.when(text.str.contains(FORMULA_STARTS))
        .then(pl.concat_str(pl.lit("'"), text))
        .otherwise(text)
        .alias(name)
    )


@dataclasses.dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What became of the rows of one batch, beside the source's own cells.

    All frames know rows by `ORDINAL`. `source`: `ORDINAL`, `ROW`, the source's columns, the JSON
    of some, and `RAW`, the text of rows that could not be read. `rejects` and `doubts`: `ORDINAL`
    and our columns about the row. `results`: `ORDINAL` and the columns of the results file but
    `row`. The latter two are there where rows were sent.
    """

    locations: Locations
    source: pl.DataFrame
    rejects: pl.DataFrame
    doubts: pl.DataFrame | None = None
    results: pl.DataFrame | None = None


class RunFiles:
    """Writes rejects, and for a run also results and rows in doubt, a batch at a time.

    Rows come out in the order of the source. Nothing is held but the batch at hand.
    """

    def __init__(
        self,
        directory: RunDirectory,
        source: WrittenSource,
        *,
        streams: Mapping[Path, IO[bytes]],
        kept: Mapping[Path, KeptRows],
    ) -> None:
        self._directory = directory
        self._schema = source.schema
        self._name_files = len(source.files) > 1
        self._fingerprint = source.fingerprint()
        self._own = own_columns_beside(source.schema)
        self._streams = streams
        self._kept = kept
        self._begun: set[Path] = set()

    def write(self, batch: BatchOutcome) -> None:
        """Append one batch to every file."""
        self._write_rows(self._directory.rejects, batch, batch.rejects, (*REJECT_COLUMNS, "_raw"))
        if batch.doubts is not None:
            self._write_rows(self._directory.in_doubt, batch, batch.doubts, DOUBT_COLUMNS)
        if batch.results is not None:
            self._append(self._directory.results, self._result_lines(batch, batch.results))

    def complete(self) -> None:
        """Write the headers of files that no batch was written to."""
        if not self._begun:
            numbers = {ORDINAL: pl.UInt64, ROW: pl.UInt64}
            self.write(
                BatchOutcome(
                    locations=Locations(()),
                    source=pl.DataFrame(schema={**numbers, **self._schema}),
                    rejects=_no_lines(REJECT_COLUMNS),
                    doubts=_no_lines(DOUBT_COLUMNS) if self._is_of_run else None,
                    results=_no_lines(RESULT_COLUMNS) if self._is_of_run else None,
                )
            )

    @property
    def _is_of_run(self) -> bool:
        return self._directory.results in self._streams

    def _write_rows(
        self, path: Path, batch: BatchOutcome, notes: pl.DataFrame, columns: tuple[str, ...]
    ) -> None:
        rows = self._beside_source(batch, notes, columns)
        if path in self._kept:
            self._kept[path].add(rows)
        # A raw text is the source's own, as its cells are.
        told = [self._own.name(name[1:]) for name in columns if name != "_raw"]
        cells = rows.select(column(name) for name in rows.columns if not name.startswith(MARK))
        file = [_defused_file(cells[self._own.name("file")])] if self._name_files else []
        self._append(path, as_cells(cells.with_columns(*map(defused, told), *file)))

    def _beside_source(
        self, batch: BatchOutcome, notes: pl.DataFrame, columns: tuple[str, ...]
    ) -> pl.DataFrame:
        """Put our columns beside the source's, under names that the source does not have."""
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
            *(cells.alias(self._own.name(name)) for name, cells in ours.items()),
        )

    def _files(self, batch: BatchOutcome, rows: pl.DataFrame) -> dict[str, pl.Series]:
        """Name the files of these rows, where there are several, as `file`."""
        if not self._name_files:
            return {}
        files = batch.locations.file_of(rows[ORDINAL])
        names = files.unique()
        shown = files.replace_strict(names, [*map(printable, names)], return_dtype=pl.String)
        return {"file": shown.alias("file")}

    def _origins(self, found: Container[str]) -> pl.Expr:
        """Name what rows without an `id` are known by, wherever they come back from."""
        here = pl.concat_str(pl.lit(f"{self._fingerprint}:"), ORDINAL)
        return pl.coalesce(ORIGIN, here) if ORIGIN in found else here

    def _result_lines(self, batch: BatchOutcome, results: pl.DataFrame) -> pl.DataFrame:
        lines = results.join(
            batch.source.select(ORDINAL, pl.col(ROW).alias("row")), on=ORDINAL
        ).sort(ORDINAL)
        file = map(_defused_file, self._files(batch, lines).values())
        numbers = {"row", "attempts"}
        return lines.select(
            *file, *(pl.col(name) if name in numbers else defused(name) for name in RESULT_COLUMNS)
        )

    def _append(self, path: Path, lines: pl.DataFrame) -> None:
        is_first = path not in self._begun
        if is_first or len(lines):
            self._begun.add(path)
            with writing(path):
                lines.write_csv(self._streams[path], include_header=is_first)


def _note(name: str) -> str:
    """Name one of our columns so that it can stand beside those of a source."""
    return name if name == ORDINAL else f"{MARK}note {name}"


def _defused_file(files: pl.Series) -> pl.Series:
    # Standard input: alone it is no formula.
    is_formula = files.str.contains(FORMULA_STARTS) & (files != "-")
    shown = pl.when(is_formula).then("'" + files).otherwise(files)
    return pl.select(shown.alias(files.name)).to_series()


def _no_lines(columns: tuple[str, ...]) -> pl.DataFrame:
    texts = {name: pl.String for name in columns if name != "row"}
    return pl.DataFrame(schema={ORDINAL: pl.UInt64, **texts})


@contextlib.contextmanager
def run_files(directory: RunDirectory, source: WrittenSource, *, sent: bool) -> Iterator[RunFiles]:
    """Open the files of a run to be written anew, all whole or left as they were.

    Args:
        directory: Where they stand.
        source: Where the rows are from.
        sent: False for `validate`, which leaves rejects only.

    """
    own_rows = [directory.rejects, *([directory.in_doubt] if sent else [])]
    paths = [*own_rows, *([directory.results] if sent else [])]
    with contextlib.ExitStack() as stack:
        streams = {path: stack.enter_context(replacing(path)) for path in paths}
        kept = {}
        if source.form in ENDINGS:
            kept = {path: stack.enter_context(_keeping(path, source)) for path in own_rows}
        files = RunFiles(directory, source, streams=streams, kept=kept)
        yield files
        files.complete()
        for rows in kept.values():
            rows.finish()


@contextlib.contextmanager
def _keeping(path: Path, source: WrittenSource) -> Iterator[KeptRows]:
    """Open the file beside one of CSV that keeps the types of its rows."""
    with replacing(file_to_mend(path, source.form)) as stream:
        if source.form is Form.JSON:
            yield JsonRows(stream, source)
            return
        with tempfile.TemporaryDirectory(prefix=".rows-", dir=path.parent) as folder:
            yield ParquetRows(stream, Path(folder))
