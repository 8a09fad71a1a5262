"""Reading in tests: takes bytes and options, gives rows as plain Python."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from plunk_import.mapping import SourceOptions
from plunk_import.read import CODE, MARK, MESSAGE, ORDINAL, RAW, Batch, open_source


@dataclasses.dataclass(frozen=True)
class Reading:
    """Everything a source gave: good rows by their number, bad ones as (row, code, raw)."""

    columns: tuple[str, ...]
    rows: dict[int, tuple[Any, ...]]
    bad: list[tuple[int, str, str]]
    messages: list[str]
    remarks: tuple[tuple[str, str], ...]

    @property
    def cells(self) -> list[tuple[Any, ...]]:
        return list(self.rows.values())


def read_files(
    paths: Sequence[str | Path], *, block_bytes: int = 4 << 20, **declared: object
) -> Reading:
    source = open_source(paths, SourceOptions.model_validate(declared), block_bytes=block_bytes)
    rows: dict[int, tuple[Any, ...]] = {}
    bad: list[tuple[int, str, str]] = []
    messages: list[str] = []
    for batch in source.batches():
        rows |= {row[0]: row[2:] for row in batch_cells(batch).rows()}
        bad += batch.bad.select(ORDINAL, CODE, RAW).rows()
        messages += batch.bad[MESSAGE].to_list()
    return Reading(source.columns, rows, bad, messages, source.remarks)


def batch_cells(batch: Batch) -> pl.DataFrame:
    """Reduce a batch to its ordinals, rows and cells, without the JSON of any."""
    json = [name for name in batch.frame.columns if name.startswith(f"{MARK}json ")]
    return batch.frame.drop(json)


def read_bytes(
    folder: Path,
    content: bytes,
    *,
    name: str = "rows.csv",
    block_bytes: int = 4 << 20,
    **declared: object,
) -> Reading:
    file = folder / name
    file.write_bytes(content)
    return read_files([file], block_bytes=block_bytes, **declared)
