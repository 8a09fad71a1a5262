"""Counts what passes by, a batch at a time, in bounded memory."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import polars as pl

from plunk_import.mapping import Mapping as MappingModel
from plunk_import.plan.census import findings
from plunk_import.plan.census.contacts import ContactTally, hash_of
from plunk_import.plan.census.fields import Column, clock_of, columns_of
from plunk_import.plan.census.origins import origins_of, subscription_of
from plunk_import.plan.census.sample import Sample, SampledRow, rows_to_sample
from plunk_import.plan.census.tallies import EventTally, ProblemTally
from plunk_import.plan.census.unwritten import UnwrittenRows
from plunk_import.plan.model import Warnings
from plunk_import.plan.plan import Plan
from plunk_import.plan.warnings import WarningCode
from plunk_import.read import ORDINAL, column
from plunk_import.validate import JudgedBatch


class WriteBodies(Protocol):
    """Writes the bodies of some events of a batch, in their order."""

    def looked_at(self, batch: JudgedBatch, events: pl.DataFrame) -> pl.Series:
        """Write the bodies of events whose variables are to be looked at."""

    def as_sent(self, batch: JudgedBatch, events: pl.DataFrame) -> pl.Series:
        """Write the bodies of events as they would be sent."""


class Census:
    """Counts what passes by, a batch at a time, in bounded memory.

    `show` bodies are kept as they would be sent.
    """

    def __init__(self, mapping: MappingModel, bodies: WriteBodies, *, show: int = 0) -> None:
        self._mapping = mapping
        self._write = bodies
        self._show = show
        self._rows = self._filtered = self._valid = 0
        self._rejects = ProblemTally()
        self._notices = ProblemTally()
        self._events = EventTally()
        self._contacts = ContactTally()
        examined = rows_to_sample(len(mapping.data))
        self._by_row = Sample(most_rows=examined)
        self._by_contact = Sample(most_rows=examined)
        self._unwritten = UnwrittenRows()
        self._bodies: list[str] = []
        self._cells: tuple[str, ...] = ()

    def add(self, batch: JudgedBatch) -> None:
        """Count one batch."""
        self._rows += batch.rows
        self._filtered += batch.filtered
        self._valid += batch.events.height
        self._rejects.add(batch.rejects, batch.locations)
        self._notices.add(batch.notices, batch.locations)
        self._events.add(batch.events["event"])
        hashes = hash_of(batch.events["email"])
        self._contacts.add(batch.events["email"], hashes)
        if len(self._bodies) < self._show:
            shown = batch.events.head(self._show - len(self._bodies))
            self._bodies.extend(self._write.as_sent(batch, shown))
        self._take_samples(batch, hashes)

    def absorb(self, later: "Census", *, part: int) -> None:
        """Count what another census has counted of later rows, as if this one had seen them.

        Args:
            later: The census of another part of the source, by the same mapping.
            part: That part's number, by which `unnamed` refers to it.

        """
        self._rows += later._rows
        self._filtered += later._filtered
        self._valid += later._valid
        self._rejects.absorb(later._rejects)
        self._notices.absorb(later._notices)
        self._events.absorb(later._events)
        self._contacts.absorb(later._contacts, part=part)
        self._write_samples()
        later._write_samples()
        self._by_row.absorb(later._by_row)
        self._by_contact.absorb(later._by_contact)
        self._bodies += later._bodies[: self._show - len(self._bodies)]
        self._cells = self._cells or later._cells

    def unnamed(self) -> dict[int, list[int]]:
        """List the busiest contacts whose addresses no part has told, by the part to ask."""
        return self._contacts.unnamed()

    def name(self, addresses: Mapping[int, str]) -> None:
        """Take the addresses of contacts that were `unnamed`."""
        self._contacts.name(addresses)

    def __getstate__(self) -> dict[str, Any]:
        self._write_samples()
        # What was counted travels between machines; who writes bodies there does not.
        return {name: value for name, value in vars(self).items() if name != "_write"}

    def _take_samples(self, batch: JudgedBatch, hashes: pl.Series) -> None:
        events, locations = batch.events, batch.locations
        by_row = self._by_row.choose(events, events[ORDINAL], locations)
        by_contact = self._by_contact.choose(events, hashes, locations)
        self._unwritten.add(batch, pl.concat([by_row, by_contact]).unique())
        if self._unwritten.are_many:
            self._write_samples()

    def _write_samples(self) -> None:
        """Write the bodies of the sampled rows that wait for it.

        Those of both samples at once: to prepare their writing is what costs in a wide file.
        """
        batch = self._unwritten.taken()
        if batch is None:
            return
        source = batch.read.frame
        by_row, by_contact = self._by_row.waiting(), self._by_contact.waiting()
        either = pl.concat([by_row[ORDINAL], by_contact[ORDINAL]]).unique().sort().to_frame()
        bodies = either.with_columns(self._write.looked_at(batch, either).alias("body"))

        def with_bodies(rows: pl.DataFrame) -> pl.DataFrame:
            return rows.hstack(bodies.select("body")[bodies[ORDINAL].search_sorted(rows[ORDINAL])])

        cells = _number_cells(self._mapping, source.schema)
        texts = source.select(column(cell).alias(f"data.{name}") for name, cell in cells.items())
        by_row = with_bodies(by_row)
        if cells:
            # Ordinals ascend in a source, and every event has its row there.
            by_row = by_row.hstack(texts[source[ORDINAL].search_sorted(by_row[ORDINAL])])
        self._cells = tuple(cells)
        self._by_row.take(by_row)
        self._by_contact.take(with_bodies(by_contact))

    def plan(self) -> Plan:
        """Sum up everything counted so far."""
        self._write_samples()
        events, other_events = self._events.shown()
        rows = tuple(self._by_row.rows())
        columns = columns_of(rows, self._mapping)
        return Plan(
            rows=self._rows,
            filtered=self._filtered,
            rejected=self._rejects.rows,
            rejects=self._rejects.explained(),
            events=events,
            other_events=other_events,
            contacts=self._contacts.count(),
            contacts_exact=self._contacts.is_exact,
            busiest=self._contacts.busiest(),
            first_bodies=tuple(self._bodies),
            origins=origins_of(self._mapping),
            examined=len(rows),
            subscription=subscription_of(rows, self._mapping),
            fields=tuple(column.profile() for column in columns),
            warnings={code.value: found for code, found in self._warnings(rows, columns)},
        )

    def _warnings(
        self, rows: Sequence[SampledRow], columns: Sequence[Column]
    ) -> Iterator[tuple[WarningCode, Warnings]]:
        """Look for everything that deserves a look; nothing to send deserves none."""
        if not rows:
            return iter(())
        scope = self._scope(rows)
        return findings.each_of(
            (
                self._notices.warnings(),
                findings.warnings_of_values(columns, scope),
                findings.warnings_of_numbers(rows, self._cells, scope),
                findings.warnings_of_addresses(rows, scope),
                findings.similar_events(self._events.tracked()),
                self._out_of_order(rows, columns),
                _about_dates(columns),
                _about_subscribing(rows, self._mapping, scope),
            )
        )

    def _out_of_order(
        self, rows: Sequence[SampledRow], columns: Sequence[Column]
    ) -> dict[WarningCode, Warnings]:
        """Compare all rows of some contacts, where order matters at all."""
        clock = clock_of(columns)
        keeps = any(column.persistent for column in columns)
        if clock is None or not (keeps or self._mapping.subscribed):
            return {}
        if self._by_row.stride > 1:
            rows = tuple(self._by_contact.rows())
        return findings.out_of_order(rows, clock, self._scope(rows))

    def _scope(self, rows: Sequence[SampledRow]) -> str:
        """Say which rows were looked at, where it was not all of them."""
        if len(rows) == self._valid:
            return ""
        return f"Found in a sample of {len(rows):,} of {self._valid:,} rows."


def _number_cells(mapping: MappingModel, schema: pl.Schema) -> dict[str, str]:
    """Find the variables that are declared as numbers, and their columns of text."""
    return {
        name: variable.column
        for name, variable in mapping.data.items()
        if variable.type in ("number", "integer")
        and variable.column is not None
        and schema.get(variable.column) == pl.String
    }


def _about_dates(columns: Sequence[Column]) -> dict[WarningCode, Warnings]:
    dated = any("date" in column.types or column.shapes["odd date"] for column in columns)
    return {} if dated else {WarningCode.NO_DATE: WarningCode.NO_DATE.found()}


def _about_subscribing(
    rows: Sequence[SampledRow], mapping: MappingModel, scope: str
) -> dict[WarningCode, Warnings]:
    if mapping.subscribed is None:
        return {WarningCode.SUBSCRIBED_LEFT_OUT: WarningCode.SUBSCRIBED_LEFT_OUT.found()}
    if any(row.subscribed is False for row in rows):
        return {}
    return {
        WarningCode.SUBSCRIBED_ALWAYS_TRUE: WarningCode.SUBSCRIBED_ALWAYS_TRUE.found(scope=scope)
    }
