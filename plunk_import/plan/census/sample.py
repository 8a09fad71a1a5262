"""A sample of the valid rows, spread over the whole source by a key.

Which rows are chosen depends on the key alone, never on how the file is cut into batches.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any, NamedTuple

import polars as pl
import pydantic_core

from plunk_import.read import ORDINAL, ROW, Locations

SAMPLE_ROWS = 10_000
SAMPLE_VALUES = 300_000
SAMPLE_BYTES = 16_000_000
_FEWEST_ROWS = 100
_LAST_STRIDE = 1 << 62


def rows_to_sample(variables: int) -> int:
    """Say how many rows of so many variables are looked at: fewer where a row has very many.

    Each value is looked at in Python, so a wide file would else spend most of its time on its
    sample.
    """
    return max(_FEWEST_ROWS, min(SAMPLE_ROWS, SAMPLE_VALUES // max(1, variables)))


_KEY, _FILE, _LINE = "key", "file", "line"
_MEMBERS = (ORDINAL, ROW, "email")


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
    line: int | None = None


class Sample:
    """Every row whose key divides by `stride`, which doubles whenever the rows become too many.

    `most_bytes` is of bodies, in characters; one that takes up a hundredth of it is left out.
    """

    def __init__(self, *, most_rows: int = SAMPLE_ROWS, most_bytes: int = SAMPLE_BYTES) -> None:
        self.stride = 1
        self._most_rows = most_rows
        self._most_bytes = most_bytes
        self._longest_body = most_bytes // _FEWEST_ROWS
        self._waiting: list[pl.DataFrame] = []
        self._rows: list[_Taken] = []
        self._too_long: list[int] = []
        self._bytes = 0

    def choose(self, rows: pl.DataFrame, keys: pl.Series, locations: Locations) -> pl.Series:
        """Choose rows of a batch by their keys; they wait until they are taken.

        Args:
            rows: `ORDINAL`, `ROW` and `email` of each.
            keys: What each is chosen by, UInt64.
            locations: Those of the batch.

        Returns:
            The ordinals of those that were chosen.

        """
        chosen = keys.filter(self._are_chosen(keys))
        while self._chosen + len(chosen) > self._most_rows and self.stride < _LAST_STRIDE:
            self._thin()
            chosen = chosen.filter(self._are_chosen(chosen))
        is_chosen = self._are_chosen(keys)
        ordinals, numbers, addresses = (rows[name].filter(is_chosen) for name in _MEMBERS)
        # As Python's own, they hold on to nothing of the batch.
        copies = pl.Series(addresses.name, addresses.to_list(), dtype=pl.String)
        files = locations.file_of(ordinals).alias(_FILE)
        lines = locations.line_of(ordinals).alias(_LINE)
        placed = [chosen.alias(_KEY), ordinals, numbers, copies, files, lines]
        self._waiting.append(pl.DataFrame(placed))
        return ordinals

    def waiting(self) -> pl.DataFrame:
        """Return the rows that were chosen and wait to be taken, with their `ORDINAL`."""
        rows = pl.concat(self._waiting)
        self._waiting = [rows]
        return rows

    def take(self, rows: pl.DataFrame) -> None:
        """Take the rows that were `waiting`, with their `body` and other cells after it."""
        self._waiting = []
        for number, _, row, email, file, line, body, *cells in rows.iter_rows():
            if len(body) <= self._longest_body:
                self._rows.append(_Taken(number, file, row, email, body, tuple(cells), line))
                self._bytes += len(body)
            else:
                self._too_long.append(number)
        while self._bytes > self._most_bytes:
            self._thin()

    def absorb(self, later: "Sample") -> None:
        """Take what another sample, of the same bounds, has of later rows; none may wait."""
        self.stride = max(self.stride, later.stride)
        self._rows += later._rows
        self._too_long += later._too_long
        self._keep_chosen()
        while self._bytes > self._most_bytes or (
            self._chosen > self._most_rows and self.stride < _LAST_STRIDE
        ):
            self._thin()

    @property
    def _chosen(self) -> int:
        """How many rows were chosen, those left out for their length too.

        So the stride depends on the rows alone, never on how they come in batches.
        """
        waiting = sum(rows.height for rows in self._waiting)
        return waiting + len(self._rows) + len(self._too_long)

    def _are_chosen(self, keys: pl.Series) -> pl.Series:
        return keys % self.stride == 0

    def _thin(self) -> None:
        self.stride *= 2
        self._keep_chosen()

    def _keep_chosen(self) -> None:
        if self._waiting:
            rows = pl.concat(self._waiting)
            self._waiting = [rows.filter(self._are_chosen(rows[_KEY]))]
        self._rows = [row for row in self._rows if row.key % self.stride == 0]
        self._too_long = [key for key in self._too_long if key % self.stride == 0]
        self._bytes = sum(len(row.body) for row in self._rows)

    def rows(self) -> Iterator[SampledRow]:
        """Iterate over the sampled rows in file order."""
        for row in self._rows:
            body = pydantic_core.from_json(row.body)
            data, subscribed = body.get("data", {}), body.get("subscribed")
            yield SampledRow(row.file, row.number, row.email, data, subscribed, row.cells, row.line)


class _Taken(NamedTuple):
    """A row as it is kept: its body unread. As Python's own, it holds on to no batch."""

    key: int
    file: str
    number: int
    email: str
    body: str
    cells: tuple[str | None, ...]
    line: int | None
