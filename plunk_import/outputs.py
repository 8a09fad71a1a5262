"""Takes batches of the source, their rejects and outcomes; gives the files that people read."""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from typing import IO

import polars as pl

from plunk_import.column import column
from plunk_import.rundir import RunDirectory, replacing

FORMULA_STARTS = "^[=+@\t\r-]"
REJECT_COLUMNS = ("_row", "_code", "_field", "_message", "_stage")
DOUBT_COLUMNS = ("_row", "_reason", "_request_id")
RESULT_COLUMNS = ("row", "email", "event", "event_id", "contact_id", "timestamp", "attempts")


def defused(name: str) -> pl.Expr:
    """Give the column's text; an apostrophe keeps a spreadsheet from running it as a formula."""
    text = column(name)
    return (
        pl.when(text.str.contains(FORMULA_STARTS))
        .then(pl.concat_str(pl.lit("'"), text))
        .otherwise(text)
        .alias(name)
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Chapter:
    """One batch, judged: the source's own cells, and what became of its rows.

    All frames know rows by `_ordinal`. `source`: `_ordinal`, `_row`, the source's columns.
    `rejects` and `doubts`: `_ordinal` and our columns about the row. `results`: `_ordinal` and
    the columns of the results file but `row`. The latter two are there where rows were sent.
    """

    file: str
    source: pl.DataFrame
    rejects: pl.DataFrame
    doubts: pl.DataFrame | None = None
    results: pl.DataFrame | None = None


class RunFiles:
    """Writes rejects, and for a run also results and rows in doubt, a chapter at a time.

    Rows come out in the order of the source. Nothing is held but the chapter at hand.
    """

    def __init__(self, streams: Mapping[str, IO[bytes]], *, name_files: bool) -> None:
        self._streams = streams
        self._name_files = name_files
        self._begun: set[str] = set()

    def write(self, chapter: Chapter) -> None:
        """Append one chapter to every file."""
        self._append("rejects", self._beside_source(chapter, chapter.rejects, REJECT_COLUMNS))
        if chapter.doubts is not None:
            self._append("in_doubt", self._beside_source(chapter, chapter.doubts, DOUBT_COLUMNS))
        if chapter.results is not None:
            self._append("results", self._result_lines(chapter, chapter.results))

    def _beside_source(
        self, chapter: Chapter, notes: pl.DataFrame, columns: tuple[str, ...]
    ) -> pl.DataFrame:
        lines = chapter.source.join(notes.drop("_row", strict=False), on="_ordinal", how="inner")
        file = [pl.lit(chapter.file).alias("_file")] if self._name_files else []
        own = [*file, *(pl.col(name) if name == "_row" else defused(name) for name in columns)]
        cells = [name for name in chapter.source.columns if name not in {"_ordinal", "_row"}]
        return lines.sort("_ordinal").select(
            *(_as_cell(name, lines.schema[name]) for name in cells), *own
        )

    def _result_lines(self, chapter: Chapter, results: pl.DataFrame) -> pl.DataFrame:
        lines = results.join(
            chapter.source.select("_ordinal", pl.col("_row").alias("row")), on="_ordinal"
        ).sort("_ordinal")
        file = [pl.lit(chapter.file).alias("file")] if self._name_files else []
        quoted = ("email", "event")
        return lines.select(
            *file, *(defused(name) if name in quoted else pl.col(name) for name in RESULT_COLUMNS)
        )

    def _append(self, name: str, lines: pl.DataFrame) -> None:
        if name not in self._begun:
            self._begun.add(name)
            lines.clear().write_csv(self._streams[name])
        if len(lines):
            lines.write_csv(self._streams[name], include_header=False)


def _as_cell(name: str, dtype: pl.DataType) -> pl.Expr:
    """Give a column as CSV can hold it: lists and structs as JSON, bytes as base64."""
    cell = column(name)
    if dtype == pl.Binary:
        return cell.bin.encode("base64")
    if not dtype.is_nested():
        return cell
    wrapped = pl.struct(cell.alias("_")).struct.json_encode()
    text = wrapped.str.strip_prefix('{"_":').str.strip_suffix("}")
    return pl.when(cell.is_not_null()).then(text).alias(name)


@contextlib.contextmanager
def run_files(directory: RunDirectory, *, name_files: bool, sent: bool) -> Iterator[RunFiles]:
    """Open the files of a run to be written anew, all whole or left as they were.

    `name_files` adds a column with the file's name, for runs over several files. `sent` is False
    for `validate`, which leaves rejects only.
    """
    places = {"rejects": directory.rejects}
    if sent:
        places |= {"results": directory.results, "in_doubt": directory.in_doubt}
    with contextlib.ExitStack() as stack:
        streams = {name: stack.enter_context(replacing(path)) for name, path in places.items()}
        yield RunFiles(streams, name_files=name_files)
