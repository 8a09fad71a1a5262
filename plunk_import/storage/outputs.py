"""The files of a run that people read: results, rejects, and rows in doubt."""

import contextlib
import dataclasses
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

import polars as pl

from plunk_import.read import ORIGIN, OWN_COLUMNS, Locations, as_cells, column
from plunk_import.runtime import printable
from plunk_import.storage.directory import RunDirectory
from plunk_import.storage.durable import replacing, writing

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

FORMULA_STARTS = "^[=+@\t\r-]"
REJECT_COLUMNS = ("_code", "_field", "_message", "_stage")
DOUBT_COLUMNS = ("_reason", "_request_id")
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

    All frames know rows by `_ordinal`. `source`: `_ordinal`, `_row`, the source's columns.
    `rejects` and `doubts`: `_ordinal` and our columns about the row. `results`: `_ordinal` and
    the columns of the results file but `row`. The latter two are there where rows were sent.
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
        streams: Mapping[Path, IO[bytes]],
        directory: RunDirectory,
        *,
        name_files: bool,
        fingerprint: str,
        typed_rejects: "TypedRejects | None",
    ) -> None:
        self._streams = streams
        self._directory = directory
        self._name_files = name_files
        self._fingerprint = fingerprint
        self._typed_rejects = typed_rejects
        self._begun: set[Path] = set()

    def write(self, batch: BatchOutcome) -> None:
        """Append one batch to every file."""
        rejects = self._beside_source(batch, batch.rejects, (*REJECT_COLUMNS, "_raw"))
        self._append(self._directory.rejects, as_cells(rejects))
        if self._typed_rejects is not None:
            self._typed_rejects.add(rejects)
        if batch.doubts is not None:
            doubts = self._beside_source(batch, batch.doubts, DOUBT_COLUMNS)
            self._append(self._directory.in_doubt, as_cells(doubts))
        if batch.results is not None:
            self._append(self._directory.results, self._result_lines(batch, batch.results))

    def complete(self, schema: pl.Schema) -> None:
        """Write the headers of files that no batch was written to."""
        if not self._begun:
            numbers = {"_ordinal": pl.UInt64, "_row": pl.UInt64}
            self.write(
                BatchOutcome(
                    locations=Locations(()),
                    source=pl.DataFrame(schema={**numbers, **schema}),
                    rejects=_no_lines(REJECT_COLUMNS),
                    doubts=_no_lines(DOUBT_COLUMNS) if self._is_of_run else None,
                    results=_no_lines(RESULT_COLUMNS) if self._is_of_run else None,
                )
            )

    @property
    def _is_of_run(self) -> bool:
        return self._directory.results in self._streams

    def _beside_source(
        self, batch: BatchOutcome, notes: pl.DataFrame, columns: tuple[str, ...]
    ) -> pl.DataFrame:
        lines = batch.source.join(notes.drop("_row", strict=False), on="_ordinal", how="inner")
        lines = lines.sort("_ordinal")
        file = self._files(batch, lines, "_file")
        places = [pl.col("_row"), batch.locations.line_of(lines["_ordinal"]).alias("_line")]
        own = (_own(name, lines) for name in columns)
        cells = [column(name) for name in batch.source.columns if name not in OWN_COLUMNS]
        return lines.select(*cells, *file, *places, *own, self._origins(lines))

    def _files(self, batch: BatchOutcome, lines: pl.DataFrame, name: str) -> list[pl.Series]:
        """Name the files of these rows, where there are several."""
        if not self._name_files:
            return []
        files = batch.locations.file_of(lines["_ordinal"])
        names = files.unique()
        shown = files.replace_strict(names, [*map(_shown_file, names)], return_dtype=pl.String)
        return [shown.alias(name)]

    def _origins(self, lines: pl.DataFrame) -> pl.Expr:
        """Name what rows without an `id` are known by, wherever they come back from."""
        here = pl.concat_str(pl.lit(f"{self._fingerprint}:"), "_ordinal")
        return (pl.coalesce(ORIGIN, here) if ORIGIN in lines.columns else here).alias(ORIGIN)

    def _result_lines(self, batch: BatchOutcome, results: pl.DataFrame) -> pl.DataFrame:
        lines = results.join(
            batch.source.select("_ordinal", pl.col("_row").alias("row")), on="_ordinal"
        ).sort("_ordinal")
        file = self._files(batch, lines, "file")
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


def _own(name: str, lines: pl.DataFrame) -> pl.Expr:
    if name != "_raw":
        return defused(name)
    # A raw text is the source's own, as its cells are.
    return pl.col(name) if name in lines.columns else pl.lit(None, pl.String).alias(name)


def _shown_file(name: str) -> str:
    shown = printable(name)
    # Standard input: alone it is no formula.
    return f"'{shown}" if name != "-" and re.match(FORMULA_STARTS, shown) else shown


def _no_lines(columns: tuple[str, ...]) -> pl.DataFrame:
    texts = {name: pl.String for name in columns if name not in {"row", "_row"}}
    return pl.DataFrame(schema={"_ordinal": pl.UInt64, **texts})


class TypedRejects:
    """Gathers the rejects of a source with typed columns for a Parquet file.

    Mended there, they can be imported again with the same mapping: CSV would make text of them.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[Path] = []

    def add(self, rejects: pl.DataFrame) -> None:
        """Put some aside, in order; the first of them gives the columns."""
        if len(rejects) or not self._parts:
            lacking = [n for n, dtype in rejects.schema.items() if _holds_empty_objects(dtype)]
            rejects = rejects.with_columns(as_cells(rejects.select(map(column, lacking))))
            part = self._folder / f"{len(self._parts):06}.arrow"
            with writing(part):
                rejects.write_ipc(part)
            self._parts.append(part)

    def write(self, stream: IO[bytes]) -> None:
        """Write what was put aside, in bounded memory."""
        if self._parts:
            pl.scan_ipc(self._parts).sink_parquet(stream)


def _holds_empty_objects(dtype: "PolarsDataType") -> bool:
    """Find out whether Parquet lacks a type because it has no fields, as `{}` has none."""
    match dtype:
        case pl.Struct(fields=fields):
            return not fields or any(_holds_empty_objects(field.dtype) for field in fields)
        case pl.List(inner=inner) | pl.Array(inner=inner):
            return _holds_empty_objects(inner)
    return False


@contextlib.contextmanager
def run_files(
    directory: RunDirectory,
    schema: pl.Schema,
    *,
    fingerprint: str,
    name_files: bool,
    typed: bool,
    sent: bool,
) -> Iterator[RunFiles]:
    """Open the files of a run to be written anew, all whole or left as they were.

    Args:
        directory: Where they stand.
        schema: The source's own columns.
        fingerprint: The source's.
        name_files: Put the name of its file on every line, for a source of several files.
        typed: The source's columns have types: write the rejects as Parquet too.
        sent: False for `validate`, which leaves rejects only.

    """
    paths = [directory.rejects, *([directory.results, directory.in_doubt] if sent else [])]
    with contextlib.ExitStack() as stack:
        streams = {path: stack.enter_context(replacing(path)) for path in paths}
        typed_rejects = None
        if typed:
            part = stack.enter_context(replacing(directory.typed_rejects))
            folder = tempfile.TemporaryDirectory(prefix=".rejects-", dir=directory.path)
            typed_rejects = TypedRejects(Path(stack.enter_context(folder)))
        files = RunFiles(
            streams,
            directory,
            name_files=name_files,
            fingerprint=fingerprint,
            typed_rejects=typed_rejects,
        )
        yield files
        files.complete(schema)
        if typed_rejects is not None:
            typed_rejects.write(part)
