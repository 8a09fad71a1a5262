"""Holds a mapping to the expectations beside it, through the stages that every row goes through."""

import dataclasses
import difflib
import json
import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from plunk_import.mapping import (
    Expectation,
    Expectations,
    LoadedExpectations,
    load_expectations,
    written,
)
from plunk_import.read import ROW, copy_rows
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
    return written(given.model_copy(update={"tests": tests}))


def first_expectations(mapping: str | Path, source: str | Path, rows: int) -> str:
    """Write expectations for the first rows of a file, as text; what becomes of them is open."""
    job = open_job(source, mapping, limit=rows)
    cell_of = _typed_cell if job.source.typed else str
    tests = tuple(
        Expectation(
            row={name: cell_of(cell) for name, cell in row.items() if cell not in ("", None)}
        )
        for batch in job.batches()
        for row in batch.source.select(job.source.columns).to_dicts()
    )
    return written(
        Expectations(typed=job.source.typed or None, columns=tuple(job.source.columns), tests=tests)
    )


def _outcomes(mapping: str | Path, loaded: LoadedExpectations) -> list[Outcome]:
    rows = loaded.expectations.rows()
    if not rows:
        return []
    with tempfile.TemporaryDirectory() as directory:
        copied = copy_rows(rows, name=loaded.path.name, spool=Path(directory))
        # Rows of a file of expectations are examples on their own: none repeats another.
        found: dict[int, Outcome] = {}
        job = open_job([copied], mapping)
        for batch in job.batches():
            for number, body in batch.events.select(ROW, "body").iter_rows():
                found[number] = {"body": _without(job.loaded.mapping.marker, json.loads(body))}
            for number, codes in batch.rejects.select(ROW, "_code").iter_rows():
                found[number] = {"rejects": sorted(codes)}
    return [found.get(number, {"filtered": True}) for number in range(1, len(rows) + 1)]


def _without(marker: str | None, body: dict[str, Any]) -> dict[str, Any]:
    """Leave the marker out: what a row is known by is no work of the mapping's author."""
    kept = {name: value for name, value in body.get("data", {}).items() if name != marker}
    return {name: kept if name == "data" else value for name, value in body.items()}


def _typed_cell(value: object) -> object:
    """Reduce the cell of a typed file to what JSON has: times as text, decimals as numbers."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case list():
            return [_typed_cell(part) for part in value]
        case dict():
            return {name: _typed_cell(part) for name, part in value.items()}
        case None | bool() | int() | float() | str():
            return value
    return str(value)


def _text(outcome: Outcome) -> str:
    return json.dumps(outcome, ensure_ascii=False, indent=2, sort_keys=True)
