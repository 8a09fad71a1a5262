"""How many rows each event name and each reject code has."""

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

import polars as pl

from plunk_import.plan.model import Example, FieldRejects, Rejects, Warnings
from plunk_import.plan.warnings import WarningCode
from plunk_import.read import ORDINAL, ROW, Locations, copied

EXAMPLES_A_CODE = 2
EVENTS_SHOWN = 1_000
EVENTS_TRACKED = 20_000
_LONGEST_MESSAGE = 500
_EVENT, _ROWS = "event", "count"
_Key = TypeVar("_Key")


class EventTally:
    """Counts rows by event name; of very many names it keeps the more frequent half."""

    def __init__(self, *, tracked: int = EVENTS_TRACKED) -> None:
        self._tracked = tracked
        self._rows = 0
        self._tables = [pl.DataFrame(schema={_EVENT: pl.String, _ROWS: pl.UInt32})]

    def add(self, names: pl.Series) -> None:
        """Count the rows of a batch."""
        self._rows += len(names)
        self._tables.append(copied(names.alias(_EVENT).value_counts(name=_ROWS)))
        if sum(map(len, self._tables)) > 2 * self._tracked:
            self._table()

    def absorb(self, other: "EventTally") -> None:
        """Count what another one has counted."""
        self._rows += other._rows
        self._tables += other._tables
        self._table()

    def _table(self) -> pl.DataFrame:
        """Add up what has been counted."""
        if len(self._tables) > 1:
            table = pl.concat(self._tables).group_by(_EVENT).agg(pl.col(_ROWS).sum())
            if table.height > self._tracked:
                table = _most_frequent(table, self._tracked // 2)
            self._tables = [copied(table)]
        return self._tables[0]

    def tracked(self) -> dict[str, int]:
        """Rank every tracked name by its rows, the most frequent first."""
        return dict(_most_frequent(self._table(), self._tracked).iter_rows())

    def shown(self, most: int = EVENTS_SHOWN) -> tuple[dict[str, int], int]:
        """Rank the most frequent names with their rows, and how many rows have any other name."""
        names = dict(_most_frequent(self._table(), most).iter_rows())
        return names, self._rows - sum(names.values())


def _most_frequent(table: pl.DataFrame, most: int) -> pl.DataFrame:
    return table.sort(-pl.col(_ROWS).cast(pl.Int64), _EVENT).head(most)


class ProblemTally:
    """Counts rejects or notices by code, a row once for each of its codes, with the first two."""

    def __init__(self) -> None:
        self.rows = 0
        self._codes: Counter[str] = Counter()
        self._fields: Counter[tuple[str, str]] = Counter()
        self._examples: dict[str, list[Example]] = {}
        self._examples_by_field: dict[tuple[str, str], list[Example]] = {}

    def add(self, rejects: pl.DataFrame, locations: Locations) -> None:
        """Count those of a batch; `locations` are those of its rows."""
        if rejects.is_empty():
            return
        self.rows += rejects.height
        problems = rejects.explode("_code", "_field", "_message")
        of_rows = problems.unique([ORDINAL, "_code"], keep="first", maintain_order=True)
        counted = dict(of_rows["_code"].value_counts().iter_rows())
        for code in counted:
            found = self._examples.setdefault(code, [])
            most = EXAMPLES_A_CODE - len(found)
            found += _examples(of_rows.filter(_code=code), locations, most)
        self._codes.update(counted)
        self._add_fields(problems, locations)

    def absorb(self, later: "ProblemTally") -> None:
        """Count what another one has counted of later rows."""
        self.rows += later.rows
        self._codes.update(later._codes)
        self._fields.update(later._fields)
        _add_examples(self._examples, later._examples)
        _add_examples(self._examples_by_field, later._examples_by_field)

    def _add_fields(self, problems: pl.DataFrame, locations: Locations) -> None:
        of_fields = problems.unique([ORDINAL, "_code", "_field"], keep="first", maintain_order=True)
        counted = of_fields.group_by("_code", "_field", maintain_order=True).len()
        for code, field, count in counted.iter_rows():
            self._fields[code, field] += count
            found = self._examples_by_field.setdefault((code, field), [])
            wanted = of_fields.filter(_code=code, _field=field)
            found += _examples(wanted, locations, EXAMPLES_A_CODE - len(found))

    def explained(self) -> Mapping[str, Rejects]:
        """Sum up the rejects by code, the most frequent first."""
        ranked = sorted(self._codes.items(), key=lambda item: (-item[1], item[0]))
        return {
            code: Rejects.of(code, count, tuple(self._examples[code]), self._by_field(code))
            for code, count in ranked
        }

    def _by_field(self, code: str) -> tuple[FieldRejects, ...]:
        found = [(field, count) for (of, field), count in self._fields.items() if of == code]
        return tuple(
            FieldRejects(
                field=field, count=count, examples=tuple(self._examples_by_field[code, field])
            )
            for field, count in sorted(found, key=lambda item: (-item[1], item[0]))
        )

    def warnings(self) -> dict[WarningCode, Warnings]:
        """Sum up the notices by the warning that each is."""
        return {
            WarningCode[code.upper()]: WarningCode[code.upper()].found(
                count, tuple(self._examples[code])
            )
            for code, count in self._codes.items()
        }


def _add_examples(known: dict[_Key, list[Example]], later: Mapping[_Key, list[Example]]) -> None:
    for key, examples in later.items():
        found = known.setdefault(key, [])
        found += examples[: EXAMPLES_A_CODE - len(found)]


def _examples(problems: pl.DataFrame, locations: Locations, most: int) -> list[Example]:
    if most <= 0:
        return []
    rows = problems.head(most)
    places = zip(locations.file_of(rows[ORDINAL]), locations.line_of(rows[ORDINAL]), strict=True)
    found = rows.select(ROW, "_field", "_message").iter_rows()
    return [
        Example(file=file, row=row, field=field, message=message[:_LONGEST_MESSAGE], line=line)
        for (file, line), (row, field, message) in zip(places, found, strict=True)
    ]
