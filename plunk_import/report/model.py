"""The report of a run: its books and circumstances, for machines and people."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, NonNegativeInt, model_validator

from plunk_import.errors import ExitCode, WayOn
from plunk_import.plan import (
    FROZEN,
    Check,
    Comparison,
    Counted,
    Estimate,
    FieldProfile,
    Rejects,
    Subscription,
    Warnings,
)
from plunk_import.report import files
from plunk_import.report.timeline import Pace

if TYPE_CHECKING:
    import polars as pl


class Books(BaseModel):
    """Where every row that was read ended. They balance, or they do not exist."""

    model_config = FROZEN

    read: NonNegativeInt
    filtered: NonNegativeInt = 0
    rejected: NonNegativeInt = 0
    skipped: NonNegativeInt = 0
    delivered: NonNegativeInt = 0
    in_doubt: NonNegativeInt = 0
    pending: NonNegativeInt = 0

    @model_validator(mode="after")
    def _balance(self) -> Self:
        ends = (
            self.filtered
            + self.rejected
            + self.skipped
            + self.delivered
            + self.in_doubt
            + self.pending
        )
        if ends != self.read:
            raise ValueError(f"the books do not balance: {self.read} rows read, {ends} accounted")
        return self


class Doubt(BaseModel):
    """One row in doubt, as the report quotes it."""

    model_config = FROZEN

    file: str
    row: int
    reason: str
    request_id: str | None = None
    line: int | None = None


class EventTotal(BaseModel):
    """One event name: the rows of a known moment that a run delivered, and Plunk's own count.

    Plunk's count may be higher, by events that others sent meanwhile; never lower.
    """

    model_config = FROZEN

    name: str
    delivered: int
    stored: int


class Difference(BaseModel):
    """Where Plunk holds something else than was sent; `field` is `data.…` or `contact.…`."""

    model_config = FROZEN

    file: str
    row: int
    field: str
    expected: str
    found: str
    line: int | None = None


class Verification(BaseModel):
    """What reading a run back found.

    `rows` were compared with their events, `contacts` with their last values. `unread` says what
    could not be read, and why.
    """

    model_config = FROZEN

    rows: int
    contacts: int
    totals: tuple[EventTotal, ...] = ()
    differences: tuple[Difference, ...] = ()
    more_differences: int = 0
    unread: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether everything was read, and nothing differs."""
        is_short = any(total.stored < total.delivered for total in self.totals)
        return not (self.differences or self.unread or is_short)


class Report(BaseModel):
    """What one command did, frozen; `report.json` is its JSON form.

    Times are UTC. `way_on` is what gets pending rows sent after a stop. `worker` is the process at
    work on the run, None where there is none. `directory` is where the files are, None where
    nothing was written; `to_mend` names that of the rejects which keeps their types. `warnings` go
    by code; `busiest` are the contacts with most rows, by address; `checks` are what `check` asked
    the project, `estimate` what sending would take, `pace` and `doubts` how a run went,
    `verification` what reading it back found, `comparison` how it differs from the last run of its
    history. What a command does not know is left at its default.

    `origins` names the source's columns that each field is read from, by the names that rejects
    have; `subscription` is what the rows say of `subscribed`, None where the mapping leaves it out.

    Unless `contacts_exact`, `contacts` is an estimate and the counts of `busiest` are lower bounds.
    `events` are the most frequent names, and `other_events` the rows of all others. `sampled_from`
    is how many rows `fields` and `subscription` are a sample of, None where they are of all.
    """

    model_config = FROZEN

    command: str
    exit_code: ExitCode
    verdict: str
    reason: str | None = None
    way_on: WayOn = WayOn.RESUME
    worker: str | None = None
    books: Books
    rejects: Mapping[str, Rejects]
    events: Mapping[str, int]
    other_events: int = 0
    contacts: int
    contacts_exact: bool = True
    first_bodies: tuple[str, ...] = ()
    started: datetime
    finished: datetime
    first_delivery: datetime | None = None
    last_delivery: datetime | None = None
    files: tuple[str, ...]
    fingerprint: str
    mapping: str
    mapping_sha256: str
    directory: str | None
    to_mend: str = "rejects.csv"
    server: str | None = None
    takes_keys: bool | None = None
    order_may_differ: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: Mapping[str, Warnings] = {}
    fields: tuple[FieldProfile, ...] = ()
    origins: Mapping[str, tuple[str, ...]] = {}
    subscription: Subscription | None = None
    sampled_from: int | None = None
    busiest: tuple[Counted, ...] = ()
    checks: tuple[Check, ...] = ()
    estimate: Estimate | None = None
    pace: Pace | None = None
    doubts: tuple[Doubt, ...] = ()
    verification: Verification | None = None
    comparison: Comparison | None = None
    settings: Mapping[str, Any]
    versions: Mapping[str, str]

    def iter_rejects(self) -> Iterator[dict[str, Any]]:
        """Iterate over every rejected row: its own columns, `_row`, `_code`, `_field`, `_message`.

        All of these read the files of the run, not the samples that the report holds.

        Raises:
            RunDirectoryError: The files are not there.

        """
        yield from files.records_of(files.rejects_in(self.directory))

    def iter_doubts(self) -> Iterator[dict[str, Any]]:
        """Iterate over every row in doubt: its own columns, `_row`, `_reason`, `_request_id`."""
        yield from files.records_of(files.doubts_in(self.directory))

    def rejects_frame(self) -> "pl.DataFrame":
        """Read every rejected row, with the columns of `rejects.csv`, as a polars frame."""
        return files.collected(files.rejects_in(self.directory))

    def doubts_frame(self) -> "pl.DataFrame":
        """Read every row in doubt, with the columns of `in_doubt.csv`, as a polars frame."""
        return files.collected(files.doubts_in(self.directory))

    def results_frame(self) -> "pl.DataFrame":
        """Read every delivered row, with the columns of `results.csv`, as a polars frame."""
        return files.collected(files.results_in(self.directory))

    def _repr_html_(self) -> str:
        """Show the outcome in a notebook; addresses and keys are masked."""
        from plunk_import.report.html import render_compact

        return render_compact(self)


def verdict_of(books: Books, *, sent: bool, reordered: int = 0) -> str:
    """Say the outcome in one sentence, for the first line of everything.

    Args:
        books: Where the rows ended.
        sent: Whether rows were sent, rather than looked at.
        reordered: How many contacts may be left with values that are not the file's last.

    """
    verdict = _verdict(books, sent=sent)
    if not reordered:
        return verdict
    of_them = "1 contact" if reordered == 1 else f"{reordered:,} contacts"
    return f"{verdict.removesuffix('.')}; the last values of {of_them} may be stale."


def _verdict(books: Books, *, sent: bool) -> str:
    sendable = books.read - books.filtered
    if not books.read:
        return "There is no row in the source."
    if not sendable:
        return f"No row is left: the mapping's `where` drops all {books.read:,}."
    rows = "The only row" if sendable == 1 else f"All {sendable:,} rows"
    are = "is" if sendable == 1 else "are"
    if not sent:
        if books.rejected:
            return f"{books.rejected:,} of {sendable:,} rows would be rejected."
        return f"{rows} {are} valid."
    if books.delivered == sendable:
        return f"{rows} {are} delivered."
    ends = ("skipped", "rejected", "in_doubt", "pending")
    counts = [(getattr(books, end), end.replace("_", " ")) for end in ends]
    parts = [f"{count:,} {name}" for count, name in counts if count]
    return f"{books.delivered:,} of {sendable:,} rows delivered, {', '.join(parts)}."
