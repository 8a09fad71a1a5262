"""Takes rows, batch by batch; gives some, spread over all by a key: each while they are few.

Which rows are chosen hangs on the key alone, never on how the file is cut into batches.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import polars as pl
import pydantic_core

SAMPLE_ROWS = 10_000
SAMPLE_BYTES = 16_000_000
_FEWEST_ROWS = 100
_LAST_STRIDE = 1 << 62


@dataclasses.dataclass(frozen=True, slots=True)
class SampledRow:
    """One valid row and the members of its body.

    `cells` are the source's own texts of the columns that were asked for.
    """

    file: str
    number: int
    email: str
    data: dict[str, Any]
    subscribed: bool | None
    cells: tuple[str | None, ...] = ()


class Sample:
    """Every row whose key divides by `stride`, which doubles whenever the rows become too many.

    `most_bytes` is of bodies, in UTF-8; a body that takes up a hundredth of it is left out.
    """

    def __init__(self, *, most_rows: int = SAMPLE_ROWS, most_bytes: int = SAMPLE_BYTES) -> None:
        self.stride = 1
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._parts: list[pl.DataFrame] = []
        self._rows = self._bytes = 0

    def choose(self, keys: pl.Series) -> pl.Series:
        """Give the positions of the rows that the sample takes now."""
        return (keys % self.stride == 0).arg_true()

    def add(self, file: str, rows: pl.DataFrame) -> None:
        """Take chosen rows: `key`, `_row`, `email`, `body`, then any cells."""
        if rows.is_empty():
            return
        is_short = pl.col("body").str.len_bytes() <= self._most_bytes // _FEWEST_ROWS
        named = rows.lazy().filter(is_short).select(pl.lit(file).alias("_file"), pl.all())
        self._parts.append(named.with_columns(_copies(named.collect_schema())).collect())
        self._count(self._parts[-1])
        while self._is_too_large() and self.stride < _LAST_STRIDE:
            self.stride *= 2
            everything = pl.concat(self._parts)
            self._parts = [copied(everything[self.choose(everything["key"])])]
            self._rows = self._bytes = 0
            self._count(self._parts[0])

    def _count(self, rows: pl.DataFrame) -> None:
        self._rows += rows.height
        self._bytes += int(rows["body"].str.len_bytes().sum())

    def _is_too_large(self) -> bool:
        return self._rows > self._most_rows or self._bytes > self._most_bytes

    def rows(self) -> Iterator[SampledRow]:
        """Give the rows in the order in which they came."""
        for part in self._parts:
            for file, _, number, email, text, *cells in part.iter_rows():
                body = pydantic_core.from_json(text)
                data, subscribed = body.get("data", {}), body.get("subscribed")
                yield SampledRow(file, number, email, data, subscribed, tuple(cells))


def copied(rows: pl.DataFrame) -> pl.DataFrame:
    """Copy the texts: filtered ones still hold on to all that they were filtered from."""
    return rows.with_columns(_copies(rows.schema))


def _copies(schema: pl.Schema) -> list[pl.Expr]:
    texts = [name for name, dtype in schema.items() if dtype == pl.String]
    return [pl.concat_str(pl.col(name), pl.lit("")) for name in texts]
