"""The few aligned lines that a person reads on a terminal."""

import shlex
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import click

from plunk_import.errors import ExitCode, WayOn
from plunk_import.plan import Check, Estimate, Rejects, Warnings, place_of
from plunk_import.report.checks import joined
from plunk_import.report.model import Books, Report, Verification
from plunk_import.report.text.compared import compared
from plunk_import.report.text.display import displayed, exact, one_line

if TYPE_CHECKING:
    from plunk_import.plan import Foresight

_ENDS = (
    ("filtered", "left out by the mapping's `where`"),
    ("rejected", "to be mended: see {to_mend}"),
    ("skipped", "delivered by an earlier run"),
    ("delivered", "stored by Plunk"),
    ("in_doubt", "may or may not be stored: see in_doubt.csv"),
    ("pending", "not sent yet"),
)
_WAYS_ON = {
    WayOn.RESUME: "plunk-import resume {place}",
    WayOn.ALLOW_REJECTS: "plunk-import resume {place} --max-rejects {read}, "
    "or a new run of the mended file",
    WayOn.NEW_RUN: "mend the file as said above and start a new run; this one would stop again",
}
_MARKS = {"ok": ("✓", "green"), "wrong": ("✗", "red"), "unknown": ("?", "yellow")}
_COLOURS = {ExitCode.DELIVERED: "green", ExitCode.INCOMPLETE: "yellow"}
_MOST = 8
_LOOKS_ONLY = ("validate", "check")


def summarize(report: Report) -> str:
    """Say the outcome first, then the books, then whatever else is worth saying."""
    report = displayed(report)
    verdict = click.style(report.verdict, bold=True, fg=_COLOURS.get(report.exit_code, "red"))
    stopped = [f"Stopped: {report.reason}"] if report.reason else []
    worker = [f"At work: {report.worker}"] if report.worker else []
    books = _titled("", _books(report))
    return "\n".join([verdict, *stopped, *worker, *books, *_findings(report)])


def foretell(foresight: "Foresight") -> str:
    """Say what a run would do, for the person who is asked whether to go on."""
    foresight = displayed(foresight)
    plan = foresight.plan
    contacts = _contacts(plan.contacts, is_exact=plan.contacts_exact)
    head = f"{plan.valid:,} rows of {contacts} would go to {foresight.server}"
    refused = [f"{plan.rejected:,} rows are rejected and would not be sent"] * bool(plan.rejected)
    return "\n".join(
        [
            click.style(head, bold=True),
            *refused,
            *_titled("", [_time(foresight.estimate)]),
            *_titled("events", _counts(plan.events, plan.other_events)),
            *_titled("the project", _checks(foresight.preflight.checks)),
            *_titled("warnings", _warnings(plan.warnings)),
            "",
        ]
    )


def _findings(report: Report) -> Iterator[str]:
    contacts = f"events of {_contacts(report.contacts, is_exact=report.contacts_exact)}"
    yield from _beside_the_last_run(report)
    yield from _titled("the project", _checks(_worth_saying(report)))
    yield from _titled("rejects by code", _rejects(report.rejects))
    yield from _titled("warnings", _warnings(report.warnings))
    yield from _titled(contacts, _counts(report.events, report.other_events))
    yield from _titled(_what_is_said_of_subscribing(report), _subscription(report))
    yield from _titled("in doubt", _doubts(report))
    yield from _titled(
        "contacts whose last values may be stale: their rows may be stored in another order",
        _named(report.order_may_differ),
    )
    if report.verification is not None:
        yield from _titled("held against what Plunk has", _verification(report.verification))
    yield from _titled("", _notes(report))
    for body in report.first_bodies:
        yield from ("", body)
    yield from _titled("", _ways_on(report))


def _beside_the_last_run(report: Report) -> Iterator[str]:
    if report.comparison is not None:
        began = f"{report.comparison.began:%Y-%m-%d %H:%M} UTC"
        yield from _titled(f"beside the last run, of {began}", compared(report.comparison))


def _verification(found: Verification) -> Iterator[str]:
    yield f"  {found.rows:,} rows and {found.contacts:,} contacts read back"
    for total in found.totals:
        if total.stored < total.delivered:
            missing = total.delivered - total.stored
            counted = f"Plunk counts {total.stored:,}, {missing:,} fewer than delivered"
            yield f"  ✗ {total.name}: {counted}"
        elif total.stored > total.delivered:
            others = total.stored - total.delivered
            yield f"  {total.name}: {others:,} more by others meanwhile"
    for one in found.differences[:_MOST]:
        place = f"{one.file}, {place_of(one.row, one.line)}: {one.field}"
        yield f"  ✗ {place}: sent {one.expected}, Plunk has {one.found}"
    hidden = len(found.differences[_MOST:]) + found.more_differences
    yield from [f"  … and {hidden:,} differences more: see report.json"] * bool(hidden)
    yield from (f"  ? {failure}" for failure in found.unread[:_MOST])
    yield from ["  nothing differs"] * found.is_well


def _ways_on(report: Report) -> Iterator[str]:
    """Say where the files are, and which commands go on from here."""
    if report.directory is None:
        return
    yield f"files in {report.directory}"
    if report.command == "run" and report.worker is None:
        place = shlex.quote(report.directory)
        if report.books.in_doubt:
            yield f"to settle doubt:  plunk-import resolve {place}"
        if report.books.pending:
            yield f"to send the rest: {_WAYS_ON[report.way_on]}".format(
                place=place, read=report.books.read
            )


def _worth_saying(report: Report) -> Iterable[Check]:
    """Show every answer to `check`, and only what is not well of those a run asked for."""
    if report.command == "check":
        return report.checks
    return [check for check in report.checks if check.state != "ok"]


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Return a section with an empty line before it; nothing where it has no lines."""
    shown = list(lines)
    if shown:
        yield ""
        if title:
            yield title
        yield from shown


def _books(report: Report) -> Iterator[str]:
    books: Books = report.books
    width = len(f"{books.read:,}")
    yield f"  {'read':<11}{books.read:>{width},}"
    for name, meaning in _ENDS:
        count = getattr(books, name)
        if name == "pending" and report.command in _LOOKS_ONLY:
            name, meaning = "valid", "would be sent"  # noqa: PLW2901 - the same count, said for a check
        if count:
            said = meaning.format(to_mend=report.to_mend)
            yield f"  {name.replace('_', ' '):<11}{count:>{width},}  {said}"
    if report.order_may_differ:
        count = len(report.order_may_differ)
        yield f"  {'order':<11}{count:>{width},}  contacts whose last values may be stale"


def _rejects(found: Mapping[str, Rejects]) -> Iterator[str]:
    """Show each code with its first example, whose message says what is wrong."""
    for start, one in _starts(found):
        yield start + one_line(_first_example(one) or one.meaning, _width() - len(start))


def _warnings(found: Mapping[str, Warnings]) -> Iterator[str]:
    """Show each code with what it means, whole: it is read before anything is sent."""
    for start, one in _starts(found):
        indent = " " * len(start)
        yield from textwrap.wrap(
            one.meaning, _width(), initial_indent=start, subsequent_indent=indent
        )
        if example := _first_example(one):
            yield indent + one_line(example, _width() - len(indent))


Found = TypeVar("Found", Rejects, Warnings)


def _starts(found: Mapping[str, Found]) -> Iterator[tuple[str, Found]]:
    """Return what each line begins with: the code, and its rows where it is about rows."""
    counts = {code: f"{one.count:,}" if one.count else "" for code, one in found.items()}
    width = max(map(len, counts.values()), default=0)
    longest = max(map(len, found), default=0)
    for code, one in found.items():
        yield f"  {code:<{longest}}  " + f"{counts[code]:>{width}}  " * bool(width), one


def _first_example(one: Rejects | Warnings) -> str | None:
    if not one.examples:
        return None
    example = one.examples[0]
    return f"{example.place}: {example.message}" if example.row else example.message


def _contacts(count: int, *, is_exact: bool) -> str:
    return f"{'' if is_exact else 'about '}{count:,} contact{'s' * (count != 1)}"


def _counts(events: Mapping[str, int], others: int) -> Iterator[str]:
    if not events:
        return
    width = len(f"{max(events.values()):,}")
    shown = list(events.items())[:_MOST]
    for name, count in shown:
        yield f"  {count:>{width},}  {one_line(exact(name), _width() - width - 4)}"
    if others:
        rows = others + sum(count for _, count in list(events.items())[_MOST:])
        yield f"  {'…':>{width}}  and {rows:,} rows with one of many other names"
    elif len(events) > len(shown):
        yield f"  {'…':>{width}}  and {len(events) - len(shown):,} more"


def _what_is_said_of_subscribing(report: Report) -> str:
    if report.sampled_from is None:
        return "subscribed"
    return f"subscribed, in a sample of {report.sampled_from:,} rows"


def _subscription(report: Report) -> Iterator[str]:
    if report.subscription is None:
        return
    said = report.subscription
    width = len(f"{max(said.subscribe, said.unsubscribe, said.silent):,}")
    yield f"  {said.subscribe:>{width},}  rows subscribe"
    yield f"  {said.unsubscribe:>{width},}  rows unsubscribe"
    if said.silent:
        yield f"  {said.silent:>{width},}  rows say nothing: new contacts become subscribed"


def _checks(checks: Iterable[Check]) -> Iterator[str]:
    """Write a line for each answer, and what belongs to it."""
    for check in joined(checks):
        mark, colour = _MARKS[check.state]
        yield f"  {click.style(mark, fg=colour)} {check.name}: {check.message}"
        for detail in check.details[:_MOST]:
            yield f"      {one_line(detail, _width() - 6)}"
        if len(check.details) > _MOST:
            yield f"      … and {len(check.details) - _MOST:,} more: see report.json"
        if check.remedy and check.state != "ok":
            yield f"      {check.remedy}"


def _doubts(report: Report) -> Iterator[str]:
    """List the first rows in doubt, each with its reason."""
    for doubt in report.doubts[:_MOST]:
        file = f"{doubt.file}, " if len(report.files) > 1 else ""
        yield "  " + one_line(
            f"{file}{place_of(doubt.row, doubt.line)}: {doubt.reason}", _width() - 2
        )
    left = report.books.in_doubt - min(len(report.doubts), _MOST)
    if report.doubts and left > 0:
        yield f"  … and {left:,} more: see in_doubt.csv"


def _notes(report: Report) -> Iterator[str]:
    if report.estimate is not None and report.command in _LOOKS_ONLY:
        yield _time(report.estimate)
    if report.takes_keys is not None:
        kind = "takes" if report.takes_keys else "ignores"
        yield f"the server {kind} idempotency keys"
    if report.settings.get("in_doubt") == "resend":
        yield "rows in doubt were resent: delivery is at least once, so some may be stored twice"
    yield from report.notes


def _time(estimate: Estimate) -> str:
    length = timedelta(seconds=round(estimate.duration_seconds))
    bound = f"; bound by {estimate.bound_by}" if estimate.bound_by else ""
    ends = estimate.ends.astimezone()
    return (
        f"sending takes about {length} at {estimate.per_second:,.1f} rows/s, "
        f"until {ends:%Y-%m-%d %H:%M} if it begins now{bound}"
    )


def _named(contacts: tuple[str, ...]) -> Iterator[str]:
    yield from (f"  {contact}" for contact in contacts[:_MOST])
    if len(contacts) > _MOST:
        yield f"  … and {len(contacts) - _MOST:,} more: see report.json"


def _width() -> int:
    return max(60, shutil.get_terminal_size((100, 24)).columns)
