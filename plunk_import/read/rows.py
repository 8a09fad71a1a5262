"""Rows that a program holds in memory, copied to a file from which they are read like any other.

Frames become Arrow files, which keep every type; dicts become NDJSON. The file is named by its
content, so that the same rows are the same file, and a run of them can go on.
"""

import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias, TypeGuard, runtime_checkable

import polars as pl

from plunk_import.errors import PlunkImportError, SourceError
from plunk_import.read.json.writing import RecordWriter
from plunk_import.read.places import Place
from plunk_import.read.spool import SpoolFile
from plunk_import.runtime import in_thread

_ROWS_OF_A_BATCH = 1 << 16
_ROWS_OF_A_TURN = 1_000


@runtime_checkable
class ArrowStream(Protocol):
    """What hands out its rows by Arrow's C stream interface: pandas, pyarrow, DuckDB and others."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Hand out the rows as a capsule."""


Rows: TypeAlias = (
    pl.DataFrame
    | pl.LazyFrame
    | ArrowStream
    | Iterable[Mapping[str, Any]]
    | AsyncIterable[Mapping[str, Any]]
)


def are_rows(source: object) -> TypeGuard[Rows]:
    """Tell rows from the path of a file, or a list of paths.

    Raises:
        SourceError: It is neither.

    """
    if isinstance(source, str | Path):
        return False
    if isinstance(source, Sequence) and not isinstance(source, bytes | ArrowStream):
        is_files = bool(source) and all(isinstance(one, str | Path | Place) for one in source)
        return not is_files
    kinds = (pl.LazyFrame, ArrowStream, Iterable, AsyncIterable)
    if isinstance(source, kinds) and not isinstance(source, bytes | bytearray | Mapping):
        return True
    raise SourceError(
        f"A source of type {type(source).__name__} cannot be read. Give the path of a file or a "
        "list of paths, a frame of polars, pandas, pyarrow or DuckDB, or an iterable of dicts."
    )


def copy_rows(rows: Rows, *, name: str, spool: Path) -> Place:
    """Copy rows into the directory `spool`; `name` is what messages and files call them.

    Raises:
        SourceError: They cannot be had, or hold what no file does. Nothing is left then.
        OutputError: The copy cannot be written.

    """
    with _Copy(name, spool) as copy:
        if not _is_frame(rows):
            for record in _each(rows):
                copy.add(record)
        else:
            copy.fill(rows)
    return copy.place


async def acopy_rows(rows: Rows, *, name: str, spool: Path) -> Place:
    """Copy rows that may have to be waited for; otherwise as `copy_rows`.

    Dicts are taken in the thread of the caller, as many databases have to be asked in one thread.
    """
    if _is_frame(rows):
        return await in_thread(copy_rows, rows, name=name, spool=spool)
    with _Copy(name, spool) as copy:
        async for record in _each_awaited(rows):
            copy.add(record)
    return copy.place


def _is_frame(rows: object) -> bool:
    return isinstance(rows, pl.LazyFrame | ArrowStream)


def _each(rows: Any) -> Iterable[object]:  # noqa: ANN401 - told apart here
    if isinstance(rows, AsyncIterable):
        raise SourceError("An async iterable has to be awaited: use the async form, `a…_file`.")
    found: Iterable[object] = rows
    return found


async def _each_awaited(rows: Any) -> AsyncIterator[object]:  # noqa: ANN401 - told apart here
    import anyio.lowlevel

    if isinstance(rows, AsyncIterable):
        async for record in rows:
            yield record
        return
    for number, record in enumerate(rows):
        if number % _ROWS_OF_A_TURN == 0:
            await anyio.lowlevel.checkpoint()
        yield record


_MISSING_LIBRARY = (
    "pandas hands its rows over by pyarrow: install `plunk-import[pyarrow]`, or pass "
    '`frame.to_dict("records")`.'
)


class _Copy:
    """The file that rows are copied to; gone where an error ends it."""

    def __init__(self, name: str, spool: Path) -> None:
        self._name = name
        self._spool = spool
        self._format = "ndjson"

    def __enter__(self) -> Self:
        self._spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = SpoolFile(self._spool)
        self._records = RecordWriter(self._file, name=self._name)
        return self

    def add(self, record: object) -> None:
        """Write one dict."""
        self._records.add(record)

    def fill(self, rows: Any) -> None:  # noqa: ANN401 - a frame of some library
        """Write a frame, a lazy one as it is computed."""
        self._format = "arrow"
        frame = rows if isinstance(rows, pl.LazyFrame) else pl.DataFrame(rows).lazy()
        frame.sink_ipc(self._file.path, record_batch_size=_ROWS_OF_A_BATCH)

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        try:
            if error is None:
                self._file.flush_to_disk()
        finally:
            self._file.__exit__(None, None, None)
            if error is not None:
                self._remove()
        if isinstance(error, Exception) and not isinstance(error, PlunkImportError):
            raise self._failed(error) from error
        if error is None:
            self.place = self._named_by_content()

    def _remove(self) -> None:
        self._file.path.unlink(missing_ok=True)
        if not any(self._spool.iterdir()):
            self._spool.rmdir()

    def _failed(self, error: Exception) -> SourceError:
        after = f" after row {self._records.rows:,}" if self._records.rows else ""
        reason = (str(error).splitlines() or [""])[0][:200].rstrip(".")
        remedy = f" {_MISSING_LIBRARY}" if isinstance(error, ImportError) else ""
        return SourceError(
            f"{self._name}: the rows cannot be had{after}: {type(error).__name__}: {reason}. "
            f"Nothing was sent.{remedy}"
        )

    def _named_by_content(self) -> Place:
        with self._file.path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        stem = re.sub(r"[^\w-]+", "-", self._name).strip("-") or "rows"
        path = self._spool / f"{stem[:60]}-{digest[:16]}.{self._format}"
        self._file.path.replace(path)
        return Place(self._name, path, format=self._format)
