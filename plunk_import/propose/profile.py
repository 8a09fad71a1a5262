"""What each column of a source holds: counts, samples, and what its cells fit.

Nothing here decides: a profile only counts. Memory is bounded, whatever the file's length.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from plunk_import.plunk import LARGEST_INTEGER
from plunk_import.propose.shapes import ISO_DATE, ISO_MOMENT, NULL_WORDS, Dating, datings_of
from plunk_import.read import Batch, text_of
from plunk_import.validate import is_address

PROFILED_ROWS = 1_000_000
"""Rows that a profile looks at: enough to judge by, and a matter of seconds."""
COUNTED_VALUES = 100_000
"""Different values of a column that are counted; beyond it a count is a lower bound."""
LISTED_VALUES = 40
"""A column of no more different values keeps each of them with its count."""

_SAMPLES = 200
_LONGEST_WORD = 60
_DATINGS = 4
_FITS: Mapping[str, str] = MappingProxyType(
    {
        "integer": r"^[+-]?[0-9]+$",
        "point": r"^[+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$",
        "comma": r"^[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+),[0-9]+$",
        # Three digits after the only mark: thousands to one reader, decimals to another.
        "point_or_thousands": r"^[+-]?[0-9]{1,3}\.[0-9]{3}$",
        "comma_or_thousands": r"^[+-]?[0-9]{1,3},[0-9]{3}$",
        "thousands": r"^[+-]?[0-9]{1,3}(?:\.[0-9]{3})+$",
        "leading_zero": r"^[+-]?0[0-9]",
        "plus": r"^\+",
        "apostrophe": r"^'",
        "protected": r"^'[-+=@0-9]",
        "json": r"^(?:\[.*\]|\{.*\})$",
    }
)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """What one column holds, in the rows that were looked at.

    `empty` counts cells that are null or blank, `null_words` those that say so by a word. `fits`
    counts the filled cells of each shape, and of each way to write a date. `values` counts each
    value where they are few; `distinct` is a lower bound where it is not exact.
    """

    name: str
    dtype: pl.DataType
    rows: int
    empty: int
    distinct: int
    is_exact: bool
    samples: tuple[str, ...] = ()
    values: Mapping[str, int] | None = None
    null_words: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    fits: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    datings: Mapping[Dating, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def filled(self) -> int:
        """How many cells are not empty."""
        return self.rows - self.empty

    @property
    def is_text(self) -> bool:
        """Whether its cells are text, so that their type is still to be found."""
        return isinstance(self.dtype, pl.String | pl.Categorical | pl.Enum)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a source holds. `is_whole`: every row was looked at, not only the first ones."""

    columns: tuple[ColumnProfile, ...]
    rows: int
    is_whole: bool
    _by_name: Mapping[str, ColumnProfile] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_name = {column.name: column for column in self.columns}
        object.__setattr__(self, "_by_name", by_name)  # frozen

    def __getitem__(self, name: str) -> ColumnProfile:
        """Look a column up by its name."""
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name


def profile_of(
    batches: Iterable[Batch], schema: pl.Schema, *, limit: int = PROFILED_ROWS
) -> Profile:
    """Look at the first `limit` rows of a source of this schema.

    Rows that the reader refused are left out: they are rejects whatever the mapping says. Raises
    SourceError where the source cannot be read on.
    """
    tallies = [_Tally(name, dtype) for name, dtype in schema.items()]
    rows, is_whole = 0, True
    for batch in batches:
        frame = batch.frame
        if rows + frame.height > limit:
            frame, is_whole = frame.head(limit - rows), False
        rows += frame.height
        for tally in tallies:
            # Named anew: an operation on a column called `*` or `^x$` would look for its pattern.
            tally.add(frame[tally.name].alias("cell"))
        if not is_whole:
            break
    return Profile(tuple(tally.profile(rows) for tally in tallies), rows, is_whole)


class _Tally:
    """Counts one column, a batch at a time."""

    def __init__(self, name: str, dtype: pl.DataType) -> None:
        self.name = name
        self._dtype = dtype
        self._is_text = isinstance(dtype, pl.String | pl.Categorical | pl.Enum)
        self._filled = 0
        self._hashes = pl.Series("hash", [], dtype=pl.UInt64)
        self._samples: list[str] = []
        self._is_opaque = dtype.is_nested() or isinstance(dtype, pl.Binary | pl.Object)
        self._values: Counter[str] | None = None if self._is_opaque else Counter()
        self._null_words: Counter[str] = Counter()
        self._fits: Counter[str] = Counter()
        self._datings: dict[Dating, int] = {}

    def add(self, cells: pl.Series) -> None:
        """Count the cells of one batch."""
        if self._is_opaque:
            self._add_opaque(cells.drop_nulls())
            return
        counted = (
            cells.to_frame()
            .select(text_of(pl.col("cell"), self._dtype).str.strip_chars())
            .filter(pl.col("cell") != "")
            .group_by("cell", maintain_order=True)
            .len(name="cells")
        )
        self._filled += int(counted["cells"].sum())
        self._add_distinct(counted["cell"].hash())
        self._add_samples(counted["cell"].head(_SAMPLES).to_list())
        self._add_values(counted)
        if self._is_text and counted.height:
            self._add_shapes(counted)

    def profile(self, rows: int) -> ColumnProfile:
        """Sum up what was counted."""
        return ColumnProfile(
            name=self.name,
            dtype=self._dtype,
            rows=rows,
            empty=rows - self._filled,
            distinct=len(self._hashes),
            is_exact=len(self._hashes) <= COUNTED_VALUES,
            samples=tuple(self._samples),
            values=None if self._values is None else MappingProxyType(dict(self._values)),
            null_words=MappingProxyType(dict(self._null_words)),
            fits=MappingProxyType(dict(self._fits)),
            datings=MappingProxyType(dict(self._datings)),
        )

    def _add_opaque(self, cells: pl.Series) -> None:
        self._filled += len(cells)
        if isinstance(self._dtype, pl.Object):
            return
        self._add_distinct(cells.hash())
        if not self._samples and self._dtype.is_nested():
            self._samples = [json.dumps(cell, default=str) for cell in cells.head(1).to_list()]

    def _add_distinct(self, hashes: pl.Series) -> None:
        if len(self._hashes) <= COUNTED_VALUES:
            self._hashes = pl.concat([self._hashes, hashes.alias("hash")]).unique()

    def _add_samples(self, cells: list[str]) -> None:
        missing = _SAMPLES - len(self._samples)
        fresh = [cell for cell in cells if cell not in self._samples][:missing]
        self._samples += fresh
        if self._is_text and fresh:
            likely = Counter(dating for cell in fresh for dating in datings_of(cell))
            for dating, _ in likely.most_common(_DATINGS):
                if len(self._datings) < 2 * _DATINGS:
                    self._datings.setdefault(dating, 0)

    def _add_values(self, counted: pl.DataFrame) -> None:
        if self._values is None:
            return
        if counted.height <= LISTED_VALUES:
            self._values.update(dict(counted.iter_rows()))
        are_few = max(counted.height, len(self._values)) <= LISTED_VALUES
        if not are_few or any(len(value) > _LONGEST_WORD for value in self._values):
            self._values = None

    def _add_shapes(self, counted: pl.DataFrame) -> None:
        cell, cells = pl.col("cell"), pl.col("cells")
        words = counted.filter(cell.is_in(NULL_WORDS))
        self._null_words.update(dict(words.iter_rows()))
        shapes = {name: cell.str.contains(pattern) for name, pattern in _FITS.items()}
        shapes["address"] = is_address(cell)
        size = cell.cast(pl.Int128, strict=False).abs()
        shapes["too_large"] = shapes["integer"] & ~(size <= LARGEST_INTEGER).fill_null(value=False)
        shapes["seconds"] = shapes["integer"] & size.is_between(946_684_800, 4_102_444_800)
        shapes["milliseconds"] = shapes["integer"] & size.is_between(
            946_684_800_000, 4_102_444_800_000
        )
        shapes["json"] = shapes["json"] & cell.map_batches(_is_json, return_dtype=pl.Boolean)
        datings = list(self._datings)
        for n, dating in enumerate(datings):
            shapes[f"dating {n}"] = _fits_dating(cell, dating)
        found = counted.select(
            cells.filter(fits).sum().alias(name) for name, fits in shapes.items()
        ).row(0, named=True)
        for n, dating in enumerate(datings):
            self._datings[dating] += found.pop(f"dating {n}")
        self._fits.update(found)


def _fits_dating(cell: pl.Expr, dating: Dating) -> pl.Expr:
    if dating.format is not None:
        return cell.str.to_datetime(dating.format, strict=False, time_unit="ms").is_not_null()
    shape = ISO_DATE if dating.type == "date" else ISO_MOMENT
    day = cell.str.head(10).str.to_date("%Y-%m-%d", strict=False)
    return cell.str.contains(shape) & day.is_not_null()


def _is_json(cells: pl.Series) -> pl.Series:
    return pl.Series(cells.name, [_parses(cell) for cell in cells], dtype=pl.Boolean)


def _parses(cell: str | None) -> bool:
    if cell is None or cell[:1] not in "[{":
        return False
    try:
        json.loads(cell)
    except (ValueError, RecursionError):
        return False
    return True
