"""Takes a report; gives GitHub's workflow commands, which mark rejects and warnings in CI.

See https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Callable, Iterator

from plunk_import.report import Example, Rejects, Report, Warnings

FindLine = Callable[[str, int], int | None]
"""Takes a file and the number of a row in it; gives the line it stands on, where that is known."""


def annotations(report: Report, find_line: FindLine = lambda _file, _row: None) -> Iterator[str]:
    """Give one command for each example of each code, errors before warnings.

    An example whose line is unknown, or that is about the whole file, marks the file; one of no
    file marks the mapping.
    """
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
