"""The values and the profile of each variable, over the sampled rows."""

import dataclasses
import functools
import operator
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pydantic_core

from plunk_import.mapping import Mapping as MappingModel
from plunk_import.plan.census.odd_texts import oddities_of
from plunk_import.plan.census.sample import SampledRow
from plunk_import.plan.census.shapes import JsonType, Shape, json_type, loses_digits, shape_of
from plunk_import.plan.model import Counted, FieldProfile
from plunk_import.plan.warnings import WarningCode

TOP_VALUES = 5
_LONGEST_VALUE = 100
_WITH_NUMBERS: tuple[JsonType, ...] = ("number", "object", "array")
_BIRTH = re.compile(r"birth|dob", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """One variable in the sampled rows.

    `values` stand beside their `holders`, the rows that have one. `counts` are of values as text
    (what is no text by its JSON), `types` of what the values are to Plunk, `shapes` of what the
    texts among them look like, and `oddities` of what is odd about these. `numbers` are the
    different texts that look like one.
    """

    name: str
    persistent: bool
    rows: int
    holders: tuple[SampledRow, ...]
    values: tuple[Any, ...]
    counts: Mapping[str, int]
    types: Mapping[JsonType, int]
    shapes: Mapping[Shape, int]
    oddities: Mapping[WarningCode, int]
    numbers: Sequence[str]

    @property
    def is_of_birth(self) -> bool:
        """Whether it holds dates of birth, which may be of any year."""
        return _BIRTH.search(self.name) is not None

    def profile(self) -> FieldProfile:
        """Sum up."""
        lowest, highest = self._range()
        by_value = sorted(self.counts.items())
        ranked = sorted(by_value, key=operator.itemgetter(1), reverse=True)[:TOP_VALUES]
        return FieldProfile(
            name=self.name,
            persistent=self.persistent,
            types={str(kind): count for kind, count in self.types.items()},
            rows=self.rows,
            filled=len(self.values),
            distinct=len(self.counts),
            minimum=lowest,
            maximum=highest,
            top_values=tuple(
                Counted(value=value[:_LONGEST_VALUE], count=count) for value, count in ranked
            ),
        )

    def _range(self) -> tuple[str | None, str | None]:
        """Find the least and the greatest of its numbers, or of its dates."""
        if "number" in self.types:
            numbers = [value for value in self.values if json_type(value) == "number"]
            return _json(min(numbers)), _json(max(numbers))
        if "date" in self.types:
            # Plunk's dates sort as text, save that a day comes before its own moments.
            dates = [value for value in self.values if json_type(value) == "date"]
            return min(dates), max(dates)
        return None, None

    def rounded(self) -> Iterator[tuple[SampledRow, float]]:
        """Iterate over the rows that hold a number with more digits than Plunk keeps."""
        if self.types.keys().isdisjoint(_WITH_NUMBERS):
            return
        for holder, value in zip(self.holders, self.values, strict=True):
            lossy = next(filter(loses_digits, _floats(value)), None)
            if lossy is not None:
                yield holder, lossy


def columns_of(rows: Sequence[SampledRow], mapping: MappingModel) -> tuple[Column, ...]:
    """Collect the values of each variable of the mapping, in its order."""
    look = functools.cache(_look_at)  # the columns of a wide file have many texts in common
    return tuple(
        _column(name, variable.persistent, rows, look) for name, variable in mapping.data.items()
    )


def value_of(row: SampledRow, name: str, *, persistent: bool) -> Any:  # noqa: ANN401 - any of JSON
    """Read a variable's value from a row; None where the row leaves it out."""
    value = row.data.get(name)
    return value if persistent else _unwrapped(value)


def _unwrapped(value: Any) -> Any:  # noqa: ANN401 - any of JSON
    """Take the value of a one-shot variable out of what marks it as one."""
    return value["value"] if isinstance(value, dict) else value


def clock_of(columns: Sequence[Column]) -> Column | None:
    """Find the variable that tells when a row happened: of dates alone, a one-shot one if any."""
    dated = [
        column for column in columns if set(column.types) == {"date"} and not column.is_of_birth
    ]
    return min(dated, key=lambda column: column.persistent, default=None)


class _Look(NamedTuple):
    """What a text looks like."""

    shape: Shape
    oddities: tuple[WarningCode, ...]


def _look_at(text: str) -> _Look:
    return _Look(shape_of(text), oddities_of(text))


def _column(
    name: str, persistent: bool, rows: Sequence[SampledRow], look: Callable[[str], _Look]
) -> Column:
    holders = tuple([row for row in rows if name in row.data])
    values = tuple([row.data[name] for row in holders])
    if not persistent:
        values = tuple(map(_unwrapped, values))
    texts = Counter([value for value in values if type(value) is str])
    others = [value for value in values if type(value) is not str]
    shapes: Counter[Shape] = Counter()
    oddities: Counter[WarningCode] = Counter()
    numbers: list[str] = []
    for text, count in texts.items():
        shape, odd = look(text)
        shapes[shape] += count
        if shape == "number":
            numbers.append(text)
        for code in odd:
            oddities[code] += count
    types: Counter[JsonType] = Counter(map(json_type, others))
    types["date"] = shapes["date"]
    types["string"] = texts.total() - shapes["date"]
    return Column(
        name,
        persistent,
        len(rows),
        holders,
        values,
        counts=texts + Counter(map(_json, others)) if others else texts,
        types={kind: count for kind, count in types.most_common() if count},
        shapes=shapes,
        oddities=oddities,
        numbers=numbers,
    )


def _json(value: object) -> str:
    return pydantic_core.to_json(value).decode()


def _floats(value: object) -> Iterator[float]:
    if isinstance(value, float):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _floats(item)
    elif isinstance(value, list):
        for item in value:
            yield from _floats(item)
