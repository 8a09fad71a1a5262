"""Holds a run against Plunk's own word: its counts of events, and rows read back."""

import dataclasses
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import polars as pl

from plunk_import.errors import SettingsError
from plunk_import.plan import place_of
from plunk_import.read import ORDINAL, ROW
from plunk_import.report import Difference, EventTotal, Verification
from plunk_import.run.record import Run
from plunk_import.run.stored import DeliveredRow, compare
from plunk_import.runtime import Runtime, in_thread
from plunk_import.send import (
    EVENT_LIMITS,
    TOO_MANY_EVENTS,
    PlunkClient,
    ReadFailedError,
    StoredEvent,
    open_client,
)
from plunk_import.settings import Connection, SendSettings
from plunk_import.storage import RowState

MOST_DIFFERENCES = 100
"""How many differences a report quotes; the others are counted."""

_MARGIN = timedelta(seconds=1)


@dataclasses.dataclass(frozen=True, slots=True)
class _Contact:
    """The delivered rows of one contact, and which of them are in the sample."""

    address: str
    rows: tuple[DeliveredRow, ...]
    sampled: frozenset[int]


@dataclasses.dataclass(frozen=True, slots=True)
class _Overview:
    """What was delivered: events of a known moment by name, the first and last one, the sample.

    Every `stride`th delivered row is in the sample; `addresses` are those of its contacts.
    """

    events: Mapping[str, int]
    span: tuple[datetime, datetime] | None
    stride: int
    addresses: frozenset[str]


@dataclasses.dataclass(slots=True)
class _Findings:
    rows: int = 0
    contacts: int = 0
    differences: list[Difference] = dataclasses.field(default_factory=list)
    found: int = 0
    unread: list[str] = dataclasses.field(default_factory=list)

    def add(self, difference: Difference) -> None:
        self.found += 1
        if len(self.differences) < MOST_DIFFERENCES:
            self.differences.append(difference)


async def verify_rows(
    run: Run,
    connection: Connection,
    settings: SendSettings,
    runtime: Runtime,
    *,
    most_rows: int | None,
) -> Verification:
    """Read delivered rows of a run back, and compare them with what was sent.

    Args:
        run: The run, its journal open.
        connection: Where Plunk is; needs the secret key.
        settings: The pace that reading keeps.
        runtime: Clock, progress, transport.
        most_rows: How many delivered rows, spread over all of them; None for all.

    Returns:
        What was compared, and every difference, the first `MOST_DIFFERENCES` of them in full.

    Raises:
        SettingsError: There is no secret key.

    """
    if connection.reading_key is None:
        raise SettingsError(
            "Verifying reads the project back, which takes its secret key: set PLUNK_SECRET_KEY "
            "(sk_…)."
        )
    overview = await in_thread(_overview, run, most_rows)
    contacts = await in_thread(_contacts, run, overview)
    findings = _Findings()
    async with open_client(connection, settings, runtime) as (client, _rate_limiter):
        totals = await _totals(overview, client, findings)
        with runtime.progress.phase("verifying", len(contacts)) as phase:
            for number, contact in enumerate(contacts, start=1):
                await _verify_contact(client, contact, findings)
                phase.reached(number)
    return Verification(
        rows=findings.rows,
        contacts=findings.contacts,
        totals=totals,
        differences=tuple(findings.differences),
        more_differences=findings.found - len(findings.differences),
        unread=tuple(findings.unread),
    )


async def _verify_contact(client: PlunkClient, contact: _Contact, findings: _Findings) -> None:
    last = contact.rows[-1]
    try:
        stored = await client.find_contact(contact.address)
        if stored is None:
            findings.add(last.differs("contact", contact.address, "no such contact"))
            return
        events = await _all_events(client, stored.id)
    except ReadFailedError as error:
        findings.unread.append(f"{last.file}, {place_of(last.row, last.line)}: {error}")
        return
    findings.contacts += 1
    findings.rows += len(contact.sampled)
    for difference in compare(contact.rows, contact.sampled, stored, events):
        findings.add(difference)


async def _all_events(client: PlunkClient, contact_id: str) -> tuple[StoredEvent, ...]:
    for limit in EVENT_LIMITS:
        events = await client.contact_events(contact_id, limit=limit)
        if len(events) < limit:
            return events
    raise ReadFailedError(TOO_MANY_EVENTS)


async def _totals(
    overview: _Overview, client: PlunkClient, findings: _Findings
) -> tuple[EventTotal, ...]:
    """Count events by name for the time of the run, ours and Plunk's."""
    if overview.span is None:
        return ()
    start, end = overview.span
    try:
        counted = await client.event_counts(start - _MARGIN, end + _MARGIN)
    except ReadFailedError as error:
        findings.unread.append(f"the project's counts of events: {error}")
        return ()
    stored = {entry.name: entry.count for entry in counted}
    return tuple(
        EventTotal(name=name, delivered=count, stored=stored.get(name, 0))
        for name, count in sorted(overview.events.items())
    )


def _overview(run: Run, most_rows: int | None) -> _Overview:
    """Count what was delivered, and choose rows that are spread over all of it."""
    delivered = run.journal.counts().get(RowState.DELIVERED, 0)
    stride = 1 if most_rows is None else max(1, -(-delivered // most_rows))
    events: Counter[str] = Counter()
    moments: list[datetime] = []
    addresses: set[str] = set()
    at = 0
    for rows in _delivered(run):
        times = rows["timestamp"].str.to_datetime(time_zone="UTC", strict=False)
        # One that was told by its key alone may have been stored long before the others.
        events.update(dict(rows["event"].filter(times.is_not_null()).value_counts().iter_rows()))
        times = times.drop_nulls()
        if len(times):
            moments += [times.min(), times.max()]  # type: ignore[list-item]  # datetimes, as read
        addresses.update(rows["email"].gather_every(stride, -at % stride))
        at += rows.height
    span = (min(moments), max(moments)) if moments else None
    return _Overview(events, span, stride, frozenset(addresses))


def _contacts(run: Run, overview: _Overview) -> list[_Contact]:
    """Gather all delivered rows of the contacts that have a chosen row."""
    found: dict[str, list[tuple[bool, DeliveredRow]]] = defaultdict(list)
    at = 0
    for rows in _delivered(run):
        marked = rows.with_row_index("_at", at).filter(pl.col("email").is_in(overview.addresses))
        at += rows.height
        columns = ("_at", "email", "_file", ROW, "event_id", "body", "_line")
        for place, address, file, row, event_id, body, line in marked.select(columns).iter_rows():
            entry = DeliveredRow(file, row, event_id, json.loads(body), line)
            found[address].append((place % overview.stride == 0, entry))
    return [
        _Contact(
            address,
            tuple(row for _, row in rows),
            frozenset(place for place, (is_sampled, _) in enumerate(rows) if is_sampled),
        )
        for address, rows in found.items()
    ]


def _delivered(run: Run) -> Iterator[pl.DataFrame]:
    """Iterate over the delivered rows, a batch at a time, in the order of the source."""
    for batch in run.known_job.batches():
        outcomes = run.outcomes(batch).filter(state=RowState.DELIVERED)
        rows = batch.events.join(outcomes.select(ORDINAL, "event_id", "timestamp"), on=ORDINAL)
        if rows.height:
            ordinals = rows[ORDINAL]
            files = batch.locations.file_of(ordinals).alias("_file")
            lines = batch.locations.line_of(ordinals).alias("_line")
            yield rows.with_columns(files, lines).sort(ORDINAL)
