"""A report as GitHub's workflow commands, which mark rejects and warnings in CI.

See https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from plunk_import.mapping import FILE_FORMATS, SourceOptions
from plunk_import.plan import Example, Rejects, Warnings
from plunk_import.report.model import Report
from plunk_import.report.text.display import displayed

FindLine = Callable[[str, int], int | None]
"""Finds the line of a row, by its file and row number, where that is known."""


def annotations(report: Report, find_line: FindLine = lambda _file, _row: None) -> Iterator[str]:
    """Write one command for each example of each code, errors before warnings.

    An example whose line is unknown, or that is about the whole file, marks the file; one of no
    file marks the mapping.
    """
    report = displayed(report)
    for code, rejects in report.rejects.items():
        yield from _of_code("error", code, rejects, report, find_line)
    for code, warnings in report.warnings.items():
        yield from _of_code("warning", code, warnings, report, find_line)


def _of_code(
    level: str, code: str, found: Rejects | Warnings, report: Report, find_line: FindLine
) -> Iterator[str]:
    title = f"{code} ({found.count:,} row{'s' * (found.count != 1)})" if found.count else code
    for example in found.examples:
        line = find_line(example.file, example.row) if example.file and example.row else None
        place = _properties(file=example.file or report.mapping, line=line, title=title)
        yield f"::{level} {place}::{_data(_said(example, found))}"
    if not found.examples:
        place = _properties(file=report.mapping, line=None, title=title)
        yield f"::{level} {place}::{_data(f'{found.meaning} {found.remedy}')}"


def _said(example: Example, found: Rejects | Warnings) -> str:
    named = example.message.startswith(f"{example.field}:") or not example.field
    message = example.message if named else f"{example.field}: {example.message}"
    row = f"row {example.row:,}: " if example.row else ""
    return f"{row}{message}\n{found.meaning} {found.remedy}"


def _properties(*, file: str, line: int | None, title: str) -> str:
    given = {"file": file, "line": line, "title": title}
    return ",".join(
        f"{name}={_property(str(value))}" for name, value in given.items() if value is not None
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


_FORMAT_OF_ENDING = {f".{ending}": entry for entry in FILE_FORMATS for ending in entry.endings}

FARTHEST_LINE = 1_000_000


class LineFinder:
    """Finds lines, reading each file at most as far as the farthest row asked for."""

    def __init__(self, options: SourceOptions) -> None:
        self._options = options

    def __call__(self, file: str, row: int) -> int | None:
        """Return the line, from 1, of a file's row, from 1; None where it is unknown."""
        path = Path(file)
        kind = _FORMAT_OF_ENDING.get(path.suffix.lower())
        if kind is None or not kind.has_lines or not path.is_file():
            return None
        encoding = self._options.encoding.lower().replace("_", "-")
        if encoding.startswith(("utf-16", "utf-32")):
            return None
        return self._line(path, row, has_header=kind.header_finder is not None)

    def _line(self, path: Path, row: int, *, has_header: bool) -> int | None:
        quote = (self._options.quote or "").encode("ascii", "ignore") if has_header else b""
        header = self._options.header or 0 if has_header else 0
        found = 0
        for number, text in _lines(path):
            if quote and text.count(quote) % 2:
                return None
            if number > header and text.strip(b"\r\n"):
                found += 1
            if found == row:
                return number
        return None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as stream:
        for number, text in enumerate(stream, start=1):
            if number > FARTHEST_LINE:
                return
            yield number, text
