"""Takes the books and the circumstances of a run; gives its report, for machines and people."""

import functools
import platform
from collections.abc import Mapping
from datetime import datetime
from importlib import metadata
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

from plunk_import.errors import ExitCode

FROZEN = ConfigDict(frozen=True, extra="forbid")
_VERSIONED = ("plunk-import", "polars", "httpx", "pyreqwest", "pydantic", "anyio")


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


class Example(BaseModel):
    """One row, as the report quotes it; `row` is 0 and `file` empty where it is about them all."""

    model_config = FROZEN

    file: str
    row: int
    field: str
    message: str


class Rejects(BaseModel):
    """The rejects of one code: how many, what it means, what mends it, and two of them."""

    model_config = FROZEN

    count: int
    meaning: str
    remedy: str
    examples: tuple[Example, ...] = ()


class Warnings(BaseModel):
    """What does not reject, but deserves a look: one code's rows, meaning, remedy and examples.

    `count` is in rows; 0 where the warning is about the mapping or the file as a whole.
    """

    model_config = FROZEN

    count: int = 0
    meaning: str
    remedy: str
    examples: tuple[Example, ...] = ()


class Check(BaseModel):
    """One line of what the live project says: its answer in words, and what to do when wrong.

    `unknown` is what could not be asked, for want of the secret key or of an endpoint. `details`
    are what the line is about, such as the workflows that would fire, the most weighty first.
    """

    model_config = FROZEN

    name: str
    state: Literal["ok", "wrong", "unknown"]
    message: str
    remedy: str | None = None
    details: tuple[str, ...] = ()


class Counted(BaseModel):
    """A value and the number of rows that have it. A value that is not text is its JSON."""

    model_config = FROZEN

    value: str
    count: int


class FieldProfile(BaseModel):
    """What one variable of `data` would send, over all valid rows or a sample of them.

    `types` counts rows by JSON type (`string`, `number`, `boolean`, `object`, `array`, `null`),
    with strings that Plunk takes for dates counted as `date`. Rows where the variable is left out
    are not in it; they are `rows` less `filled`. `distinct` is None where it was not counted.
    """

    model_config = FROZEN

    name: str
    persistent: bool
    types: Mapping[str, int] = {}
    rows: int
    filled: int
    distinct: int | None = None
    top_values: tuple[Counted, ...] = ()

    @property
    def fill(self) -> float:
        """The share of rows that hold a value, 0 to 1."""
        return self.filled / self.rows if self.rows else 0.0


class Estimate(BaseModel):
    """How long sending would take at the pace; `bound_by` says what bounds it, where not pace."""

    model_config = FROZEN

    per_second: float
    duration_seconds: float
    ends: datetime
    outlives_keys: bool = False
    bound_by: str | None = None


class Interval(BaseModel):
    """One stretch of a run: the replies that came in it, by what they meant."""

    model_config = FROZEN

    start: datetime
    delivered: int = 0
    rate_limited: int = 0
    in_doubt: int = 0


class Pause(BaseModel):
    """A time in which nothing was sent, and why."""

    model_config = FROZEN

    began: datetime
    ended: datetime
    reason: str


class Latency(BaseModel):
    """How long replies took, in milliseconds from a request's leaving to its reply's end."""

    model_config = FROZEN

    p50_ms: float
    p90_ms: float
    p99_ms: float


class Pace(BaseModel):
    """How a run went over time.

    `intervals` all last `interval_seconds`, in order; one without replies may be left out.
    `requests` counts every request that left, retries included. `allowed_per_second` is the pace
    that the run held itself to in the end, None without a bound.
    """

    model_config = FROZEN

    interval_seconds: Annotated[float, Field(gt=0)]
    intervals: tuple[Interval, ...]
    pauses: tuple[Pause, ...] = ()
    latency: Latency | None = None
    requests: int = 0
    allowed_per_second: float | None = None


class Doubt(BaseModel):
    """One row in doubt, as the report quotes it."""

    model_config = FROZEN

    file: str
    row: int
    reason: str
    request_id: str | None = None


class Report(BaseModel):
    """What one command did, frozen; `report.json` is its JSON form.

    Times are UTC. `directory` is where the files are, None where nothing was written.
    `warnings` go by code; `busiest` are the contacts with most rows, by address; `checks` are what
    `check` asked the project, `estimate` what sending would take, `pace` and `doubts` how a run
    went. What a command does not know is left at its default.

    Unless `contacts_exact`, `contacts` is an estimate and the counts of `busiest` are lower bounds.
    `events` are the most frequent names, and `other_events` the rows of all others. `sampled_from`
    is how many rows `fields` are a sample of, None where they are of all.
    """

    model_config = FROZEN

    command: str
    exit_code: ExitCode
    verdict: str
    reason: str | None = None
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
    server: str | None = None
    takes_keys: bool | None = None
    order_may_differ: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: Mapping[str, Warnings] = {}
    fields: tuple[FieldProfile, ...] = ()
    sampled_from: int | None = None
    busiest: tuple[Counted, ...] = ()
    checks: tuple[Check, ...] = ()
    estimate: Estimate | None = None
    pace: Pace | None = None
    doubts: tuple[Doubt, ...] = ()
    settings: Mapping[str, Any]
    versions: Mapping[str, str]


@functools.cache
def versions() -> Mapping[str, str]:
    """Give the versions of this program, of Python and of what the program stands on."""
    found = {name: metadata.version(name) for name in _VERSIONED}
    return {**found, "python": platform.python_version()}


def verdict_of(books: Books, *, sent: bool) -> str:
    """Say the outcome in one sentence, for the first line of everything."""
    sendable = books.read - books.filtered
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
