"""Rejects and rows in doubt of sources that have types, kept in a form that has them too.

Mended there, they can be imported again with the same mapping: CSV would make text of every value.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

import polars as pl

from plunk_import.read import (
    MARK,
    Form,
    OwnColumns,
    as_cells,
    as_json,
    column,
    own_columns_beside,
    types_of,
)
from plunk_import.storage.durable import copy_bytes, writing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from polars._typing import PolarsDataType

ENDINGS = {Form.JSON: "ndjson", Form.COLUMNS: "parquet"}
"""The endings of such files' names, by how much the source says of its types."""


def file_to_mend(path: Path, form: Form) -> Path:
    """Name the file that mended rows can be imported from again: it keeps the types that there are.

    Args:
        path: The rows as CSV.
        form: How much their source says of its types.

    """
    return path.with_suffix(f".{ENDINGS[form]}") if form in ENDINGS else path


class WrittenSource(Protocol):
    """What has to be known of a source whose rows are written."""

    @property
    def schema(self) -> pl.Schema:
        """Its own columns."""

    @property
    def files(self) -> tuple[str, ...]:
        """The files as the user named them."""

    @property
    def form(self) -> Form:
        """How much they say of the types of their cells."""

    @property
    def json(self) -> "Mapping[str, str]":
        """Columns whose values are kept as JSON, and the columns of frames that hold it."""

    def fingerprint(self) -> str:
        """Return what the source is known by."""


class KeptRows(Protocol):
    """Rows on their way into a file.

    `at` is how far it is, in what its form is measured by: bytes of text, or lines of Parquet.
    """

    stream: IO[bytes]
    at: int

    def add(self, rows: pl.DataFrame) -> None:
        """Put some more rows into it, in order; the first ones give the columns."""

    def take_over(self, start: int, stop: int) -> None:
        """Put in what stands between two such places in the file that is to be replaced."""

    def finish(self) -> None:
        """Complete the file."""


class JsonRows:
    """Writes rows as one JSON object a line, each value as it stood in the source."""

    def __init__(self, stream: IO[bytes], path: Path, source: WrittenSource) -> None:
        self.stream = stream
        self.at = 0
        self._path = path
        self._json = source.json
        types = json.dumps(types_of(source.schema, source.json), ensure_ascii=False)
        self._end = f",{_key(own_columns_beside(source.schema), 'types')}:{types}}}"

    def add(self, rows: pl.DataFrame) -> None:
        """Write some more rows."""
        if len(rows):
            names = [name for name in rows.columns if not name.startswith(MARK)]
            lines = rows.select(pl.concat_str(*self._parts(names))).to_series()
            self.at += sum(self.stream.write(f"{line}\n".encode()) for line in lines)

    def take_over(self, start: int, stop: int) -> None:
        """Take lines over as they are."""
        with writing(self._path):
            copy_bytes(self._path, self.stream, start, stop)
        self.at += stop - start

    def finish(self) -> None:
        """Nothing is left to do."""

    def _parts(self, names: list[str]) -> Iterator[pl.Expr]:
        for number, name in enumerate(names):
            key = json.dumps(name, ensure_ascii=False)
            yield pl.lit(f"{',' if number else '{'}{key}:")
            yield self._value(name).fill_null("null")
        yield pl.lit(self._end)

    def _value(self, name: str) -> pl.Expr:
        if name not in self._json:
            return as_json(column(name))
        empty = pl.when(column(name) == "").then(pl.lit('""'))
        return pl.coalesce(pl.col(self._json[name]), empty)


class ParquetRows:
    """Gathers rows for a Parquet file, in bounded memory."""

    def __init__(self, stream: IO[bytes], path: Path, folder: Path) -> None:
        self.stream = stream
        self.at = 0
        self._path = path
        self._folder = folder
        self._parts: list[pl.LazyFrame] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Put some rows aside."""
        if len(rows) or not self._parts:
            rows = rows.select(column(name) for name in rows.columns if not name.startswith(MARK))
            lacking = [n for n, dtype in rows.schema.items() if _holds_empty_objects(dtype)]
            rows = rows.with_columns(as_cells(rows.select(map(column, lacking))))
            part = self._folder / f"{len(self._parts):06}.arrow"
            with writing(part):
                rows.write_ipc(part)
            self._parts.append(pl.scan_ipc(part))
            self.at += len(rows)

    def take_over(self, start: int, stop: int) -> None:
        """Take lines over, when all are written."""
        if stop > start or not self._parts:
            lines = pl.scan_parquet(self._path, glob=False).slice(start, stop - start)
            self._parts.append(lines)
            self.at += stop - start

    def finish(self) -> None:
        """Write what was put aside."""
        if self._parts:
            pl.concat(self._parts).sink_parquet(self.stream)


def _key(own: OwnColumns, name: str) -> str:
    return json.dumps(own.name(name))


def _holds_empty_objects(dtype: "PolarsDataType") -> bool:
    """Find out whether Parquet lacks a type because it has no fields, as `{}` has none."""
    match dtype:
        case pl.Struct(fields=fields):
            return not fields or any(_holds_empty_objects(field.dtype) for field in fields)
        case pl.List(inner=inner) | pl.Array(inner=inner):
            return _holds_empty_objects(inner)
    return False
