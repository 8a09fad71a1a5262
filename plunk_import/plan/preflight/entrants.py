"""Who in the file the project would act on, counted in bounded memory."""

import dataclasses
from collections.abc import Mapping, Sequence

import polars as pl

from plunk_import.plan.census.contacts import ContactTally
from plunk_import.plan.preflight.own_changes import SentRows
from plunk_import.read import copied
from plunk_import.validate import Job

# The body's members stand in this order; a quote within a JSON text is always escaped.
_SUBSCRIBED = r'^\{"email":"[^"]*","event":"(?:[^"\\]|\\.)*","subscribed":(true|false)'
_EXACT_CONTACTS = 100_000
_WINDOW_ROWS = 1 << 17
_LAST_STRIDE = 1 << 62


@dataclasses.dataclass(frozen=True, slots=True)
class OfEvent:
    """The rows of one event, and their contacts: an estimate unless `is_exact`."""

    rows: int
    contacts: int
    is_exact: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Entrants:
    """Whom the file names.

    `states` has `email`, `first`, `last` and `joins` of every contact, or of one in `stride` where
    they are too many: `first` is what the contact's first row says of `subscribed`, `last` what
    the last row that says anything does; null where none says. `joins`: any row subscribes it.
    """

    of_events: Mapping[str, OfEvent]
    states: pl.DataFrame
    stride: int


def find_entrants(
    job: Job,
    *,
    events: Sequence[str],
    most_contacts: int,
    sent: SentRows | None = None,
) -> Entrants:
    """Read the rows once more and count the contacts of `events`; raises SourceError.

    Rows that were sent before are left out.
    """
    tallies = {name: ContactTally(_EXACT_CONTACTS, _WINDOW_ROWS) for name in events}
    rows = dict.fromkeys(events, 0)
    states = _States(most_contacts, told=job.loaded.mapping.subscribed is not None)
    for batch in job.batches():
        left = batch.events if sent is None else sent.left(batch)
        states.add(left)
        wanted = left.select("event", "email").filter(pl.col("event").is_in(list(events)))
        for (name,), part in wanted.partition_by("event", as_dict=True).items():
            tallies[name].add(part["email"])
            rows[name] += part.height
    return Entrants(
        {
            name: OfEvent(rows[name], tally.count(), tally.is_exact)
            for name, tally in tallies.items()
        },
        states.table(),
        states.stride,
    )


def subscribed_in(body: pl.Expr) -> pl.Expr:
    """Read what a body says of `subscribed`; null where it says nothing."""
    return body.str.extract(_SUBSCRIBED, 1) == "true"


class _States:
    """What each contact's rows say of `subscribed`, for as many contacts as may be kept."""

    def __init__(self, most_contacts: int, *, told: bool) -> None:
        self.stride = 1
        self._most = most_contacts
        self._told = told
        self._table = pl.DataFrame(
            schema={"email": pl.String, **dict.fromkeys(("first", "last", "joins"), pl.Boolean)}
        )
        self._waiting: list[pl.DataFrame] = []
        self._rows_waiting = 0

    def add(self, events: pl.DataFrame) -> None:
        rows = events.lazy().filter(self._is_kept())
        said = pl.lit(None, pl.Boolean)
        if self._told:
            said = subscribed_in(pl.col("body"))
        latest = copied(
            rows.select("email", first=said, last=said, joins=said.fill_null(value=False)).collect(
                engine="in-memory"
            )
        )
        self._waiting.append(latest)
        self._rows_waiting += latest.height
        # Merged only when as much waits as there is: else each batch would cost as much as all.
        if self._rows_waiting >= max(_WINDOW_ROWS, self._table.height):
            self._merge()

    def _merge(self) -> None:
        both = pl.concat([self._table, *self._waiting]).lazy().filter(self._is_kept())
        self._table = copied(
            both.group_by("email", maintain_order=True)
            .agg(pl.col("first").first(), pl.col("last").drop_nulls().last(), pl.col("joins").any())
            .collect(engine="in-memory")
        )
        self._waiting, self._rows_waiting = [], 0
        while self._table.height > self._most and self.stride < _LAST_STRIDE:
            self.stride *= 2
            self._table = copied(self._table.filter(self._is_kept()))

    def _is_kept(self) -> pl.Expr:
        return pl.col("email").hash() % self.stride == 0

    def table(self) -> pl.DataFrame:
        self._merge()
        return self._table
