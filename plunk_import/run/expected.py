"""Holds a mapping to the expectations beside it, through the stages that every row goes through."""

import dataclasses
import difflib
import json
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from plunk_import.mapping import (
    Expectation,
    Expectations,
    LoadedExpectations,
    load_expectations,
    written,
)
from plunk_import.read import copy_rows
from plunk_import.validate import open_job

Outcome = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class HeldRow:
    """One row of an expectations file beside what became of it.

    Attributes:
        file: The expectations file.
        line: Where the row stands there, from 1.
        name: What it is called there.
        expected: What should become of it; empty where nothing is expected yet.
        found: What did: `body`, `rejects` with its codes, or `filtered`.

    """

    file: str
    line: int | None
    name: str
    expected: Outcome
    found: Outcome

    @property
    def is_met(self) -> bool:
        """Whether the row became what was expected."""
        return _text(self.expected) == _text(self.found)

    def diff(self) -> str:
        """Show line by line what was expected and what was found."""
        lines = difflib.unified_diff(
            _text(self.expected).splitlines(),
            _text(self.found).splitlines(),
            "expected",
            "found",
            lineterm="",
        )
        return "\n".join(lines)


def hold_mapping(mapping: str | Path, expectations: str | Path) -> tuple[HeldRow, ...]:
    """Read, map and validate the rows of an expectations file, each by itself; nothing is sent.

    Args:
        mapping: The mapping file.
        expectations: The file of rows and what is expected of them.

    Returns:
        Every row, in the order of the file.

    Raises:
        MappingError: One of the two files cannot be used.

    """
    loaded = load_expectations(Path(expectations))
    outcomes = _outcomes(mapping, loaded)
    return tuple(
        HeldRow(str(loaded.path), line, test.name or f"row {number}", test.outcome, found)
        for number, (test, line, found) in enumerate(
            zip(loaded.expectations.tests, loaded.lines, outcomes, strict=True), start=1
        )
    )


def renewed(expectations: str | Path, held: tuple[HeldRow, ...]) -> str:
    """Write the expectations file anew, with what was found as what is expected."""
    given = load_expectations(Path(expectations)).expectations
    tests = tuple(
        Expectation(name=test.name, row=test.row, **row.found)
        for test, row in zip(given.tests, held, strict=True)
    )
    return written(Expectations(columns=given.columns, tests=tests))


def first_expectations(mapping: str | Path, source: str | Path, rows: int) -> str:
    """Write expectations for the first rows of a file, as text; what becomes of them is open."""
    job = open_job(source, mapping, limit=rows)
    cells = [
        {name: text for name, cell in row.items() if (text := _cell(cell))}
        for batch in job.batches()
        for row in batch.source.select(job.source.columns).to_dicts()
    ]
    tests = tuple(Expectation(row=row) for row in cells)
    return written(Expectations(columns=tuple(job.source.columns), tests=tests))


def _outcomes(mapping: str | Path, loaded: LoadedExpectations) -> list[Outcome]:
    rows = loaded.expectations.rows()
    if not rows:
        return []
    with tempfile.TemporaryDirectory() as directory:
        copied = copy_rows(rows, name=loaded.path.name, spool=Path(directory))
        # Rows of a file of expectations are examples on their own: none repeats another.
        found: dict[int, Outcome] = {}
        for batch in open_job([copied], mapping).batches():
            for number, body in batch.events.select("_row", "body").iter_rows():
                found[number] = {"body": json.loads(body)}
            for number, codes in batch.rejects.select("_row", "_code").iter_rows():
                found[number] = {"rejects": sorted(codes)}
    return [found.get(number, {"filtered": True}) for number in range(1, len(rows) + 1)]


def _cell(value: object) -> str:
    """Write the cell of a typed file as text, as a CSV file would have it."""
    match value:
        case None:
            return ""
        case datetime() | date():
            return value.isoformat()
        case bool() | list() | dict():
            return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _text(outcome: Outcome) -> str:
    return json.dumps(outcome, ensure_ascii=False, indent=2, sort_keys=True)
