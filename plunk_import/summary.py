"""Takes a report; gives the few aligned lines that a person reads on a terminal."""

from collections.abc import Iterator, Mapping

from plunk_import.report import Books, Report

_ENDS = (
    ("filtered", "left out by the mapping's `where`"),
    ("rejected", "to be mended: see rejects.csv"),
    ("skipped", "delivered by an earlier run"),
    ("delivered", "stored by Plunk"),
    ("in_doubt", "may or may not be stored: see in_doubt.csv"),
    ("pending", "not sent yet"),
)
_MOST = 8


def summarize(report: Report) -> str:
    """Give the outcome first, then the books, the rejects by code, the events and the place."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield report.verdict
    if report.reason:
        yield f"Stopped: {report.reason}"
    yield ""
    yield from _books(report.books, sent=report.command != "validate")
    if report.rejects:
        yield ""
        yield "rejects by code"
        yield from _rejects(report)
    if report.events:
        yield ""
        yield f"events of {report.contacts:,} contacts"
        yield from _counts(report.events)
    for body in report.first_bodies:
        yield ""
        yield body
    if report.notes:
        yield ""
        yield from report.notes
    if report.directory:
        yield ""
        yield f"files in {report.directory}"


def _books(books: Books, *, sent: bool) -> Iterator[str]:
    width = len(f"{books.read:,}")
    yield f"  {'read':<10}{books.read:>{width},}"
    for name, meaning in _ENDS:
        count = getattr(books, name)
        if name == "pending" and not sent:
            name, meaning = "valid", "would be sent"  # noqa: PLW2901 - the same count, said for a check
        if count:
            yield f"  {name.replace('_', ' '):<10}{count:>{width},}  {meaning}"


def _rejects(report: Report) -> Iterator[str]:
    width = max(len(f"{found.count:,}") for found in report.rejects.values())
    longest = max(map(len, report.rejects))
    for code, found in report.rejects.items():
        example = found.examples[0] if found.examples else None
        where = f"row {example.row}: {_short(example.message)}" if example else found.meaning
        yield f"  {code:<{longest}}  {found.count:>{width},}  {where}"


def _counts(events: Mapping[str, int]) -> Iterator[str]:
    width = len(f"{max(events.values()):,}")
    shown = list(events.items())[:_MOST]
    for name, count in shown:
        yield f"  {count:>{width},}  {_short(name)}"
    if len(events) > len(shown):
        yield f"  {'…':>{width}}  and {len(events) - len(shown):,} more"


def _short(text: str, length: int = 100) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= length else one_line[: length - 1] + "…"
