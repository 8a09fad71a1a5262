"""Holds what one run's files say against what the server has: every row, the books, the order."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from tests.simulation.files import Kind, Row
from tests.simulation.ledger import Identity, Ledger, Run, Sitting, read_lines, read_report
from tests.simulation.network import Exchange
from tests.simulation.scenery import SERVER_STEP_SECONDS
from tests.simulation.server import Server
from tests.simulation.store import LIVE, Event

DELIVERED = 0
CONFLICT = 409
TOO_MANY = 429
WELL_AFTER_SECONDS = 300.0
"""After a later row was stored, until doubt about an earlier one must end."""
SKEW_SECONDS = 300.0 + SERVER_STEP_SECONDS
"""How much older than a request an event may be, and still be taken for it.

By Plunk's clock it is 300 s at the most, and that clock may have been set back.
"""
CLOCKS_DIFFER = (SKEW_SECONDS, 6 * 3600.0)
"""How much earlier, or later, than it may be an event may seem to be stored, in seconds."""
CLOCKS_AGREE = (3.0, 3.0)
"""The same where nobody's clock is off or steps: replies tell whole seconds."""
LATEST_SECONDS = 24 * 3600.0
"""How long after its last request an event with its marker may still be a row's own."""
LATEST_UNMARKED_SECONDS = 600.0
"""The same without a marker."""
JUST_NOW_SECONDS = 5.0
"""An answer this young may not have been on the disk when the process was killed."""

_CODES = {
    Kind.BAD_ADDRESS: None,
    Kind.BANNED: {"custom"},
    Kind.DUPLICATE: {"duplicate_id"},
    Kind.WITHOUT_ID: {"missing_id"},
    Kind.GOOD: set(),
}
"""By the kind of a row, the codes it may be rejected by; None: any."""


class Account:
    """What one run's files say, held against what the server has."""

    def __init__(self, ledger: Ledger, run: Run, sitting: Sitting) -> None:
        self._ledger = ledger
        self._run = run
        self._sitting = sitting
        rows = enumerate(run.export.rows, start=1)
        self._rows = {number: row for number, row in rows if run.has(number, row)}
        self._stored = ledger.stored_by(run)
        self._report = read_report(run)
        directory = run.directory
        self._results = {int(one["row"]): one for one in read_lines(directory / "results.csv")}
        self._rejects = {int(one["_row"]): one for one in read_lines(directory / "rejects.csv")}
        self._doubts = {int(one["_row"]): one for one in read_lines(directory / "in_doubt.csv")}

    def complaints(self) -> Iterator[str]:
        """Complain about every row, the books and the exit code."""
        if strange := {*self._results, *self._rejects, *self._doubts} - self._rows.keys():
            yield f"{self._run.name}: it has rows that are not its own: {sorted(strange)}"
            return
        for number, row in self._rows.items():
            for complaint in self._row(number, row):
                who = f"{named(self._run.identity(row))}, {row.email}"
                yield f"{self._run.name}: row {number} ({who}) {complaint}"
        yield from self._books()
        yield from self._exit_code()
        yield from self._order()

    def _row(self, number: int, row: Row) -> Iterator[str]:
        events = self._stored.get(self._run.identity(row), [])
        places = [
            name
            for name, lines in (
                ("results.csv", self._results),
                ("rejects.csv", self._rejects),
                ("in_doubt.csv", self._doubts),
            )
            if number in lines
        ]
        if len(places) > 1:
            yield f"stands in {' and '.join(places)}"
        if number in self._results:
            yield from self._delivered(self._results[number], row, events)
        elif number in self._rejects:
            yield from self._rejected(self._rejects[number], row, events)
        elif number in self._doubts:
            if not self._has_cause(row):
                yield f"is in doubt without a cause: {self._doubts[number]['_reason']}"
        elif events and not self._knows_its_copy(row):
            yield f"is named as pending or skipped, and is stored as {ids_of(events)}"

    def _knows_its_copy(self, row: Row) -> bool:
        """Whether 409 came first for what something on the way had made two of.

        It says that the key is another import's, as far as anybody can know.
        """
        asked = self._ledger.asked(self._run, self._run.identity(row))
        was_doubled = any(one.was_doubled for one in asked)
        return was_doubled and any(one.status == CONFLICT for one in asked)

    def _delivered(self, line: Mapping[str, str], row: Row, events: list[Event]) -> Iterator[str]:
        if not events:
            others = [one for one in self._ledger.server.events if self._is_of(one, row)]
            by = f", but by {', '.join(one.by for one in others)}" if others else " at all"
            if not any(self._looks_like_ours(one, row) for one in others):
                yield f"stands in results.csv, and is not stored by this run{by}"
        elif line["event_id"] and not self._is_told_as(line["event_id"], row, events):
            yield f"has the event id {line['event_id']}, and is stored as {ids_of(events)}"
        if row.kind in (Kind.BAD_ADDRESS, Kind.DUPLICATE, Kind.BANNED, Kind.WITHOUT_ID):
            yield f"is delivered, though {row.kind}"

    def _is_told_as(self, event_id: str, row: Row, events: list[Event]) -> bool:
        """Whether the row is one of these events, or nobody could tell it from the one it has.

        That is another import's, of the minutes by which clocks may differ, or between the request
        and when its own event was stored at last, or any where Plunk's clock was turned back before
        the own one was stored, which so seems to be another's.
        """
        if event_id in {event.id for event in events}:
            return True
        others = [one for one in self._ledger.server.events if one.id == event_id]
        if _seems_older(self._ledger.server, self._run.began, events):
            return any(self._is_of(event, row) for event in others)
        asked = self._ledger.asked(self._run, self._run.identity(row))
        last = max(event.moment for event in events)
        return any(
            self._is_of(event, row)
            and exchange.left - SKEW_SECONDS
            < event.moment
            <= max(last, exchange.left + SKEW_SECONDS)
            for event in others
            for exchange in asked
            if not _is_definite(exchange)
        )

    def _looks_like_ours(self, event: Event, row: Row) -> bool:
        """Whether nobody could know that another import stored an event under the same key.

        This run sent it too and was not answered, or 409 after a refusal, which may have been of
        a copy made on the way; without the secret key nothing more is told, and with it no more
        than when the event was stored: not before the run, nor too long after its last request.
        """
        asked = self._ledger.asked(self._run, self._run.identity(row))
        lost = [death for death in self._run.deaths() if _may_be_lost(asked, death)]
        # A key that is used already when it is first asked under is not this run's.
        mine = [*itertools.dropwhile(_knows_a_used_key, asked)]
        if all(map(_is_definite, mine)) and not lost:
            return False
        can_read = any(one.has_secret_key and not one.reads_fail for one in self._run.sittings)
        if not can_read:
            return True
        first = self._run.began  # it may have claimed the row long before it sent it
        last = max((*(one.left for one in asked), *(death.ended for death in lost)))
        longest = LATEST_SECONDS if self._run.plan.marker else LATEST_UNMARKED_SECONDS
        before, after = CLOCKS_AGREE if self._ledger.clocks_agree else CLOCKS_DIFFER
        return first - before < event.moment < last + longest + after

    def _is_of(self, event: Event, row: Row) -> bool:
        uid = event.data.get("uid")
        return isinstance(uid, dict) and (event.name, uid["value"]) == self._run.identity(row)

    def _rejected(self, line: Mapping[str, str], row: Row, events: list[Event]) -> Iterator[str]:
        if events:
            yield f"is rejected, and is stored as {ids_of(events)}"
        codes, code = _CODES[row.kind], line["_code"]
        if row.kind is Kind.BANNED and code == "http_422":
            return  # the server's reason was lost on the way
        if codes is not None and code not in codes:
            yield f"is rejected wrongly as {line['_code']}"

    def _has_cause(self, row: Row) -> bool:
        """Whether some reply for the row was truly ambiguous, here or where the history knows."""
        identity = self._run.identity(row)
        for run in self._ledger.runs:
            is_mine = run.name in self._run.senders
            if not is_mine and not (run.has_history and self._run.has_history):
                continue
            asked = self._ledger.asked(run, identity)
            if any(not _is_definite(exchange) for exchange in asked):
                return True
            if any(_may_be_lost(asked, death) for death in run.deaths()):
                return True
        return False

    def doubts_that_could_end(self) -> Iterator[str]:
        """Complain about rows in doubt that reading back must have settled by now."""
        if not (self._sitting.has_secret_key and self._run.plan.marker):
            return
        for number in self._doubts:
            row = self._rows[number]
            told = f"{self._run.name}: row {number} ({named(self._run.identity(row))})"
            asked = self._asked_by_any(self._run.identity(row))
            if events := self._stored.get(self._run.identity(row)):
                is_older = _seems_older(self._ledger.server, self._run.began, events)
                if not is_older and not _is_of_refused(asked, events):
                    yield f"{told} is in doubt, though it is stored and can be read"
            elif any(self._is_of(one, row) for one in _recent(self._ledger.server, asked)):
                continue
            elif asked and self._writes_have_flowed_since(self._doubted_since(number, asked)):
                yield f"{told} is in doubt, though it surely is not stored"

    def _asked_by_any(self, identity: Identity) -> list[Exchange]:
        """Return the requests for a row of all runs whose doubt about it is this run's too."""
        runs = [one for one in self._ledger.runs if one.has_history and self._run.has_history]
        asked = [self._ledger.asked(run, identity) for run in dict.fromkeys((self._run, *runs))]
        return sorted(itertools.chain(*asked), key=lambda exchange: exchange.left)

    def _doubted_since(self, number: int, asked: Sequence[Exchange]) -> float:
        """Tell since when this run knows of a doubt that may be another's."""
        given_up = self._given_up(asked[-1])
        if any(exchange.run in self._run.senders for exchange in asked):
            return given_up
        return next(one.began for one in self._run.sittings if number in one.doubts)

    def _given_up(self, exchange: Exchange) -> float:
        """Tell when nobody waited for the reply any more, as far as the journal may know."""
        kill = self._kill_after(exchange)
        return kill if self._may_be_forgotten(exchange) else exchange.ended

    def _kill_after(self, exchange: Exchange) -> float:
        kills = [death.ended for death in self._run.deaths()]
        return min((kill for kill in kills if kill >= exchange.left), default=math.inf)

    def _may_be_forgotten(self, exchange: Exchange) -> bool:
        """Whether a kill came before its answer was surely on the disk."""
        is_open = exchange.end == "open"
        return is_open or exchange.ended > self._kill_after(exchange) - JUST_NOW_SECONDS

    def _writes_have_flowed_since(self, moment: float) -> bool:
        """Whether a row was sent later and stored, and a command began well after that."""
        later = [
            exchange.ended
            for (run, _), exchanges in self._ledger.exchanges.items()
            for exchange in exchanges
            if run in self._run.senders and exchange.left > moment and exchange.status == 200
            if not self._may_be_forgotten(exchange)
        ]
        return bool(later) and self._sitting.began > min(later) + WELL_AFTER_SECONDS

    def _books(self) -> Iterator[str]:
        books = self._report["books"]
        total = sum(books[name] for name in books if name != "read")
        if not books["read"] == total == len(self._rows):
            yield f"{self._run.name}: the books do not balance: {books}"
        counted = {
            "delivered": len(self._results),
            "rejected": len(self._rejects),
            "in_doubt": len(self._doubts),
        }
        if any(books[name] != count for name, count in counted.items()):
            yield f"{self._run.name}: the books say {books}, the files {counted}"
        if books["skipped"] > (known := self._known_elsewhere()):
            yield (
                f"{self._run.name}: {books['skipped']} rows are skipped, and only {known} of "
                "them are known to be stored, or in doubt, by another run"
            )

    def _known_elsewhere(self) -> int:
        named = {*self._results, *self._rejects, *self._doubts}
        others = [run for run in self._ledger.runs if run.name not in self._run.senders]
        stored: set[Identity] = {one for run in others for one in self._ledger.stored_by(run)}
        tried = {
            identity for name, identity in self._ledger.exchanges if name not in self._run.senders
        }
        rest = [row for number, row in self._rows.items() if number not in named]
        known = stored | tried
        return sum(self._run.identity(row) in known or self._knows_its_copy(row) for row in rest)

    def _exit_code(self) -> Iterator[str]:
        books, code = self._report["books"], self._report["exit_code"]
        end = self._sitting.end
        if end is not None and end.exit_code != code:
            yield f"{self._run.name}: exit code {end.exit_code}, and {code} in the report"
        is_whole = not (books["rejected"] or books["in_doubt"] or books["pending"])
        if code == DELIVERED and not is_whole:
            yield f"{self._run.name}: exit code 0 with {books}"

    def _order(self) -> Iterator[str]:
        """Complain about contacts whose events or values are not the file's, and not named."""
        named = set(self._report["order_may_differ"])
        numbers = {self._run.identity(row): number for number, row in self._rows.items()}
        by_contact: dict[str, list[tuple[int, Event]]] = {}
        for identity, events in self._stored.items():
            for event in events:
                where = by_contact.setdefault(event.contact.email.lower(), [])
                where.append((numbers.get(identity, 0), event))
        doubted = {self._rows[number].contact for number in self._doubts}
        for contact, found in by_contact.items():
            found.sort(key=lambda one: one[1].moment)
            order = [number for number, _ in found]
            is_named = contact in named or contact in doubted
            if _seems_in_order(found) and order != sorted(order):
                continue  # the server's clock stepped, and its own word is all that there is
            if order != sorted(order) and not is_named:
                yield f"{self._run.name}: {contact} has its rows in the order {order}, unnamed"
            elif self._is_stale(found):
                if not is_named:
                    yield f"{self._run.name}: {contact} has stale values, unnamed"
                elif self._report["exit_code"] == DELIVERED:
                    yield f"{self._run.name}: {contact} has stale values, and the exit code is 0"

    def _is_stale(self, found: list[tuple[int, Event]]) -> bool:
        _, last = max(found, key=lambda one: one[0])
        contact = last.contact
        if self._has_open_rows(contact.email.lower()):
            return False
        others = contact.writers - {*self._run.senders, LIVE}
        if contact.raced or others:
            return False
        return bool(contact.data.get("last") != last.data.get("last"))

    def _has_open_rows(self, address: str) -> bool:
        named = {*self._results, *self._rejects}
        return any(
            row.contact == address and number not in named for number, row in self._rows.items()
        )


def _seems_in_order(found: list[tuple[int, Event]]) -> bool:
    """Whether Plunk says of the rows that overtook others that they were stored after them."""
    return all(
        before.created_at < after.created_at
        for (number, before), (later, after) in itertools.permutations(found, 2)
        if number < later and before.moment > after.moment
    )


def _seems_older(server: Server, began: float, events: Sequence[Event]) -> bool:
    """Whether by Plunk's clock an event may be older than its claim: it was turned back since."""
    last = max(event.moment for event in events)
    return any(began < moment < last for moment in server.set_back)


def _is_of_refused(asked: Sequence[Exchange], events: Sequence[Event]) -> bool:
    """Whether an event is of a request's copy, made on the way, of which the other was refused.

    The row was given back then, and is in doubt for a later request; what is older than that may
    be another import's.
    """
    return any(
        one.left < event.moment < later.left
        for one, later in itertools.pairwise(asked)
        if one.was_doubled and one.status == TOO_MANY
        for event in events
    )


def _recent(server: Server, asked: Sequence[Exchange]) -> Iterator[Event]:
    """Iterate over what was stored since a request, or as long before it as clocks may hide."""
    first = min((exchange.left for exchange in asked), default=math.inf)
    return (event for event in server.events if event.moment > first - SKEW_SECONDS)


def _is_definite(exchange: Exchange) -> bool:
    """Whether a reply tells for sure what became of the row."""
    if exchange.end == "unsent":
        return True
    if exchange.end != "answered" or not exchange.readable or exchange.status == CONFLICT:
        return False
    return exchange.status < 500


def _knows_a_used_key(exchange: Exchange) -> bool:
    return exchange.status == CONFLICT and not exchange.was_doubled


def _may_be_lost(asked: list[Exchange], death: Sitting) -> bool:
    """Whether a kill may have come between a claim and its outcome on the disk."""
    of_dead = [exchange for exchange in asked if exchange.process == death.process]
    if of_dead and of_dead[-1].ended >= death.ended - JUST_NOW_SECONDS:
        return True
    before = of_dead or [exchange for exchange in asked if exchange.left <= death.ended]
    # It may have been claimed, and not sent yet, where nothing before was the end of it.
    return not before or before[-1].end == "unsent" or before[-1].status == TOO_MANY


def named(identity: Identity) -> str:
    """Say what a row is."""
    return " ".join(identity)


def ids_of(events: list[Event]) -> str:
    """Say as what something is stored, and by whom."""
    return ", ".join(f"{event.id} by {event.by}" for event in events)
