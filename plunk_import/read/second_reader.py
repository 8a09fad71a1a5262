"""Files with columns of types that polars lacks, read by pyarrow where it is installed.

Only files that polars calls whole get here: what is damaged is refused, and by nobody read.
"""

import dataclasses
import functools
import importlib.util
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import polars as pl
from polars.io.plugins import register_io_source

from plunk_import.errors import SourceError
from plunk_import.read.columnar import ColumnarReader
from plunk_import.read.dtypes import unread
from plunk_import.read.failures import any_failure, library_failures

_LACKS = re.compile(
    r"not (yet )?(implemented|supported)|not support primitive|Arrow datatype|precision must be",
    re.IGNORECASE,
)
"""What polars says where it lacks a type."""
_BATCH_ROWS = 1 << 16

Opener = Callable[[Path], Iterator[Any]]
"""Yields the schema of a file as pyarrow has it, then its batches."""


def opened(
    by_polars: Callable[[], ColumnarReader],
    opener: Opener,
    path: Path,
    *,
    name: str,
    kind: str,
    promised: int | None = None,
) -> ColumnarReader:
    """Open a file by polars, and by pyarrow where polars lacks the type of a column.

    Args:
        by_polars: Opens it by polars.
        opener: Opens it by pyarrow.
        path: The file.
        name: The file as the user named it.
        kind: What the format is called in messages.
        promised: How many rows the file says it has; None where it does not say.

    Raises:
        SourceError: Neither can read it.

    """
    try:
        return by_polars()
    except SourceError as error:
        if not _LACKS.search(str(error)):
            raise
        if importlib.util.find_spec("pyarrow") is None:
            raise _without_pyarrow(error) from error
    with library_failures(name, kind=kind):
        table = _Table(opener, path)
    scan = register_io_source(lambda *_: table.frames(), schema=table.schema)
    return ColumnarReader(scan, name=name, kind=kind, promised=promised)


def _without_pyarrow(error: SourceError) -> SourceError:
    told = str(error).removesuffix("Copy or export it again.")
    return SourceError(
        f"{told}Where the file is whole, it has a column of a type that polars lacks: leave that "
        "column out, or `pip install 'plunk-import[pyarrow]'`, which reads more types."
    )


class _Table:
    """The rows of a file, as pyarrow reads them and polars takes them."""

    def __init__(self, opener: Opener, path: Path) -> None:
        self._opener = opener
        self._path = path
        schema = next(opener(path))
        self._columns = {field.name: _Column.of(field.type) for field in schema}
        self.schema = pl.Schema({name: one.dtype for name, one in self._columns.items()})

    def frames(self) -> Iterator[pl.DataFrame]:
        """Read the rows, a batch at a time."""
        found = self._opener(self._path)
        next(found)
        for batch in found:
            yield pl.DataFrame(
                {name: one.series(batch.column(name)) for name, one in self._columns.items()}
            )


def parquet_batches(path: Path) -> Iterator[Any]:
    """Open a Parquet file."""
    parquet = importlib.import_module("pyarrow.parquet")
    with parquet.ParquetFile(path) as file:
        yield file.schema_arrow
        yield from file.iter_batches(batch_size=_BATCH_ROWS)


def arrow_batches(path: Path) -> Iterator[Any]:
    """Open an Arrow file."""
    pyarrow = importlib.import_module("pyarrow")
    with pyarrow.memory_map(str(path)) as source, pyarrow.ipc.open_file(source) as file:
        yield file.schema
        yield from map(file.get_batch, range(file.num_record_batches))


def stream_batches(path: Path) -> Iterator[Any]:
    """Open an Arrow stream."""
    pyarrow = importlib.import_module("pyarrow")
    with pyarrow.memory_map(str(path)) as source, pyarrow.ipc.open_stream(source) as stream:
        yield stream.schema
        yield from stream


@dataclasses.dataclass(frozen=True)
class _Column:
    """How one column becomes one of polars: by `convert`, or as nulls where nothing does it."""

    dtype: pl.DataType
    convert: Callable[[Any], pl.Series] | None

    @classmethod
    def of(cls, kind: Any) -> Self:  # noqa: ANN401 - pyarrow has no types
        for convert in (_as_it_is, _decoded, _as_list):
            made: list[pl.Series] = []
            if any_failure(functools.partial(_try, convert, kind, made)) is None:
                return cls(made[0].dtype, convert)
        return cls(unread(str(kind)), None)

    def series(self, values: Any) -> pl.Series:  # noqa: ANN401 - pyarrow has no types
        if self.convert is None:
            return pl.Series([None] * len(values), dtype=self.dtype)
        return self.convert(values)


def _try(convert: Callable[[Any], pl.Series], kind: Any, made: list[pl.Series]) -> None:  # noqa: ANN401 - pyarrow has no types
    made.append(convert(importlib.import_module("pyarrow").nulls(0, kind)))


def _as_it_is(values: Any) -> pl.Series:  # noqa: ANN401 - pyarrow has no types
    return pl.Series(values)


def _decoded(values: Any) -> pl.Series:  # noqa: ANN401 - pyarrow has no types
    return pl.Series(importlib.import_module("pyarrow.compute").run_end_decode(values))


def _as_list(values: Any) -> pl.Series:  # noqa: ANN401 - pyarrow has no types
    lists = importlib.import_module("pyarrow").large_list(values.type.value_type)
    return pl.Series(values.cast(lists))
