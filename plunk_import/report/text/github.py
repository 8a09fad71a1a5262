"""A report as GitHub's workflow commands, which mark rejects and warnings in CI.

See https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Iterator

from plunk_import.plan import Example, Rejects, Warnings
from plunk_import.report.model import Report
from plunk_import.report.text.display import displayed


def annotations(report: Report) -> Iterator[str]:
    """Write one command for each example of each code, errors before warnings.

    An example whose line is unknown, or that is about the whole file, marks the file; one of no
    file marks the mapping.
    """
    report = displayed(report)
    for code, rejects in report.rejects.items():
        yield from _of_code("error", code, rejects, report)
    for code, warnings in report.warnings.items():
        yield from _of_code("warning", code, warnings, report)


def annotation(level: str, message: str, *, file: str, line: int | None, title: str) -> str:
    """Write one command that marks a line of a file, or the file where the line is unknown.

    Args:
        level: `error`, `warning` or `notice`.
        message: What is said, on any number of lines.
        file: The file, relative to the repository.
        line: Its line, from 1.
        title: What it is called.

    """
    place = _properties(file=file, line=line, title=title)
    return f"::{level} {place}::{_data(message)}"


def _of_code(level: str, code: str, found: Rejects | Warnings, report: Report) -> Iterator[str]:
    title = f"{code} ({found.count:,} row{'s' * (found.count != 1)})" if found.count else code
    for example in found.examples:
        said, file = _said(example, found), example.file or report.mapping
        yield annotation(level, said, file=file, line=example.line, title=title)
    if not found.examples:
        said = f"{found.meaning} {found.remedy}"
        yield annotation(level, said, file=report.mapping, line=None, title=title)


def _said(example: Example, found: Rejects | Warnings) -> str:
    named = example.message.startswith(f"{example.field}:") or not example.field
    message = example.message if named else f"{example.field}: {example.message}"
    place = f"{example.place}: " if example.row else ""
    return f"{place}{message}\n{found.meaning} {found.remedy}"


def _properties(*, file: str, line: int | None, title: str) -> str:
    given = {"file": file, "line": line, "title": title}
    return ",".join(
        f"{name}={_property(str(value))}" for name, value in given.items() if value is not None
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
