"""The expectations beside a mapping: rows, and what the mapping must make of each."""

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from plunk_import.errors import MappingError, Problem
from plunk_import.mapping.document import Document, place, read_document
from plunk_import.mapping.wording import worded

_HEADING = (
    "# Rows, and what the mapping makes of each. `plunk-import mapping test` holds it to them.\n"
)
_MODEL = ConfigDict(frozen=True, extra="forbid")


class Expectation(BaseModel):
    """One row, and what must become of it: a body, codes of rejects, or that `where` drops it.

    Cells that `row` does not name are empty. With none of the three, nothing is expected yet.
    """

    model_config = _MODEL

    name: str | None = None
    row: dict[str, Any]
    body: dict[str, Any] | None = None
    rejects: tuple[str, ...] | None = None
    filtered: Literal[True] | None = None

    @model_validator(mode="after")
    def _expect_one_thing(self) -> Self:
        given = [name for name in ("body", "rejects", "filtered") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"expects {' and '.join(given)} at once: keep one")
        return self

    @property
    def outcome(self) -> Mapping[str, Any]:
        """What is expected, as `body`, `rejects` or `filtered`; empty where nothing is."""
        if self.rejects:
            return {"rejects": sorted(self.rejects)}
        kept = self.model_dump(include={"body", "filtered"}, exclude_none=True)
        return dict(kept)


class Expectations(BaseModel):
    """What an expectations file holds. `columns` are the source's, beyond those that rows name.

    Cells are text, as in a CSV file; where `typed` they are numbers, truth values and lists too,
    as in Parquet.
    """

    model_config = _MODEL

    typed: bool | None = None
    columns: tuple[str, ...] = ()
    tests: tuple[Expectation, ...]

    def rows(self) -> list[dict[str, Any]]:
        """Return every row with every column, empty where it names no cell."""
        named = (name for test in self.tests for name in test.row)
        columns = dict.fromkeys((*self.columns, *named))
        empty = None if self.typed else ""
        return [{name: test.row.get(name, empty) for name in columns} for test in self.tests]


@dataclasses.dataclass(frozen=True, slots=True)
class LoadedExpectations:
    """The expectations of a file; `lines` are those of each test, from 1."""

    path: Path
    expectations: Expectations
    lines: tuple[int | None, ...]


def expectations_path(mapping: Path) -> Path:
    """Return where the expectations of a mapping stand: `orders.test.yaml` beside `orders.yaml`."""
    return mapping.with_name(f"{mapping.stem}.test{mapping.suffix}")


def load_expectations(path: Path) -> LoadedExpectations:
    """Read and check a file of expectations.

    Raises:
        MappingError: With every problem at once, each with its line.

    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is not UTF-8"
        message = f"cannot be read ({reason}). It holds `tests:`, a list of rows"
        raise MappingError((Problem(str(path), None, "", message),)) from error
    document = _document(str(path), text)
    problems = [*document.problems]
    if not problems and not isinstance(document.values, dict):
        message = "begin it with `tests:`, a list of rows and what becomes of each"
        problems.append(Problem(str(path), 1, "", message))
    elif not problems:
        try:
            found = Expectations.model_validate(document.values)
        except ValidationError as error:
            problems += _problems(path, document, error)
    if problems:
        raise MappingError(tuple(problems))
    lines = (document.lines.get(("tests", str(at))) for at in range(len(found.tests)))
    return LoadedExpectations(path, found, tuple(lines))


def _document(file: str, text: str) -> Document:
    """Read it, with bodies of numbers and truth values; of cells only where the file says so."""
    document = read_document(file, text, constant_depth=lambda path: 2 * _is_constant(path))
    if not isinstance(document.values, dict) or not document.values.get("typed"):
        return document
    return read_document(file, text, constant_depth=lambda path: 2 * _is_constant(path, "row"))


def _is_constant(path: Sequence[str], *more: str) -> bool:
    return path[:1] == ("typed",) or (len(path) > 2 and path[2] in {"body", "filtered", *more})


def _problems(path: Path, document: Document, error: ValidationError) -> Iterator[Problem]:
    for where, message in worded(error, known_keys=_known_keys):
        nearest = (where[:end] for end in range(len(where), -1, -1))
        line = next((document.lines[one] for one in nearest if one in document.lines), None)
        yield Problem(str(path), line, place(where), message)


def _known_keys(path: Sequence[str]) -> Iterable[str]:
    return (Expectation if path else Expectations).model_fields


def written(expectations: Expectations) -> str:
    """Write a file of expectations, cells and bodies as JSON, which YAML reads as it is."""
    parts = [_HEADING, *["typed: true\n"] * bool(expectations.typed)]
    if expectations.columns:
        parts.append(f"columns: {_json(expectations.columns)}\n")
    parts.append("tests:\n")
    for test in expectations.tests:
        cells = "".join(f"      {_json(name)}: {_json(cell)}\n" for name, cell in test.row.items())
        name = f"  - name: {_json(test.name)}\n    row:" if test.name else "  - row:"
        parts.append(f"{name}\n{cells}" if cells else f"{name} {{}}\n")
        for kind, value in test.outcome.items():
            indent = 2 if kind == "body" else None
            text = json.dumps(value, ensure_ascii=False, indent=indent).replace("\n", "\n      ")
            parts.append(f"    {kind}: {text}\n")
    return "".join(parts)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
