"""What is written down while a world is lived through: runs, their commands, their requests."""

import csv
import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.simulation.bodies import uid_of
from tests.simulation.files import Export, Kind, Plan, Row
from tests.simulation.network import Exchange
from tests.simulation.process import End
from tests.simulation.product import Leave
from tests.simulation.server import Server
from tests.simulation.store import Event

_SENT = (Kind.GOOD, Kind.BANNED)
_FLOAT_REFUSED = "an id written as a float"

Identity = tuple[str, str]
"""An event's name and the uid of what happened."""


@dataclasses.dataclass(eq=False, slots=True)
class Sitting:
    """One command: what was allowed it, which workflows were on, and how it ended."""

    verb: str
    process: int
    leave: Leave
    began: float
    has_secret_key: bool = False
    reads_fail: bool = False
    enabled: frozenset[str] = frozenset()
    ended: float = 0.0
    end: End | None = None
    warned: Sequence[str] = ()
    said_yes: bool = False
    """Somebody was asked, and agreed to what was told."""
    report: dict[str, Any] | None = None
    sent_nothing: bool = False
    doubts: frozenset[int] = frozenset()
    """The rows in doubt after it, by their numbers."""

    @property
    def is_idle(self) -> bool:
        """Whether it neither sent nor could read anything: the same again would change nothing."""
        return self.has_report and self.sent_nothing and not self.has_secret_key

    @property
    def may_be_blind(self) -> bool:
        """Whether it may have learnt nothing of the project."""
        return self.reads_fail or not self.has_secret_key

    @property
    def has_report(self) -> bool:
        """Whether it came to write its files."""
        return self.report is not None


@dataclasses.dataclass(eq=False, slots=True)
class Run:
    """A run directory with what it is for; `agreed` are workflows that were allowed to it."""

    name: str
    directory: Path
    export: Export
    plan: Plan
    has_history: bool
    sittings: list[Sitting] = dataclasses.field(default_factory=list)
    agreed: set[str] = dataclasses.field(default_factory=set)
    lost_log: bool = False
    parts: tuple["Run", ...] = ()
    """The shards that it was put together of."""
    shard: tuple[int, int] | None = None
    """Which of how many senders it is, from 1."""

    @property
    def began(self) -> float:
        """When its first command began."""
        return min(one.sittings[0].began for one in (self.parts or (self,)) if one.sittings)

    def has(self, number: int, row: Row) -> bool:
        """Whether a row is this sender's: by its contact, or by its number where it is not sent."""
        if self.shard is None:
            return True
        mine, count = self.shard
        if row.kind not in _SENT:
            return number % count == mine - 1
        digest = hashlib.blake2b(row.contact.encode(), digest_size=8, person=b"plunk-shard-1")
        return int.from_bytes(digest.digest(), "big") % count == mine - 1

    @property
    def senders(self) -> tuple[str, ...]:
        """The names by which the server knows its requests."""
        return tuple(part.name for part in self.parts) or (self.name,)

    @property
    def is_begun(self) -> bool:
        """Whether there is a journal."""
        return (self.directory / "journal.sqlite").exists()

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be expected of it: all sent, or it cannot go on."""
        report = self.sittings[-1].report
        if self.lost_log or not self.is_begun:
            return True
        if report is None:
            return False
        return not report["books"]["pending"] or self.is_refused_for_its_ids

    @property
    def is_refused_for_its_ids(self) -> bool:
        """Whether its file writes 101.0 where the history knows 101: it must be made anew.

        Once refused it stays so, since neither the file changes nor does the history forget; what
        was settled by `resolve` after that has no reason of its own.
        """
        reports = (sitting.report for sitting in self.sittings)
        return any(report and _FLOAT_REFUSED in (report["reason"] or "") for report in reports)

    @property
    def may_settle(self) -> bool:
        """Whether rows are in doubt that another look may settle."""
        report = self.sittings[-1].report
        can_go_on = self.is_begun and not self.lost_log
        return can_go_on and report is not None and report["books"]["in_doubt"] > 0

    def identity(self, row: Row) -> Identity:
        """Return what a row is, whatever run sends it."""
        return self.plan.event, row.uid

    def known_by(self, row: Row) -> tuple[str, ...]:
        """Return what a later run can know a row by."""
        if self.plan.has_id and row.kind is not Kind.WITHOUT_ID:
            return (*self.identity(row), "")
        return (*self.identity(row), str(self.export.path))

    def deaths(self) -> Iterator[Sitting]:
        """Return the commands of this run that were killed."""
        for sitting in (*self.sittings, *(one for part in self.parts for one in part.sittings)):
            if sitting.end is not None and sitting.end.was_killed:
                yield sitting


class Ledger:
    """Everything that the oracle may look at: the server's store, the files, and who sent what."""

    def __init__(self, server: Server, *, clocks_agree: bool = False) -> None:
        self.server = server
        self.clocks_agree = clocks_agree
        """Whether nobody's clock is ever off."""
        self.runs: list[Run] = []
        self.exchanges: dict[tuple[str, Identity], list[Exchange]] = {}
        self._trace = hashlib.blake2b(digest_size=8)

    def begin(self, run: Run, sitting: Sitting, *, has_secret_key: bool) -> None:
        """Note that a command begins."""
        enabled = frozenset(one.id for one in self.server.workflows if one.enabled)
        sitting.enabled, sitting.has_secret_key = enabled, has_secret_key
        if sitting.leave.workflows:
            run.agreed |= enabled
        run.sittings.append(sitting)

    def end(
        self, run: Run, sitting: Sitting, end: End, log: Sequence[Exchange], moment: float
    ) -> None:
        """Note how a command ended, and read its report where it wrote one."""
        sitting.ended, sitting.end = moment, end
        if sitting.said_yes:
            run.agreed |= sitting.enabled
        if end.has_report:
            sitting.report = read_report(run)
            doubts = read_lines(run.directory / "in_doubt.csv")
            sitting.doubts = frozenset(int(line["_row"]) for line in doubts)
        for exchange in log:
            identity = (exchange.event or "", exchange.uid or "")
            self.exchanges.setdefault((run.name, identity), []).append(exchange)
        self.note(run, sitting.verb, end, log)

    def note(self, run: Run, verb: str, end: End, log: Sequence[Exchange]) -> None:
        """Keep what must be the same whenever the seed is played."""
        self._trace.update(repr((run.name, verb, end, log)).encode())

    def digest(self) -> str:
        """Return what is the same for two plays of one seed."""
        stored = [(one.name, one.by, one.moment, one.contact.email) for one in self.server.events]
        self._trace.update(repr(stored).encode())
        return self._trace.hexdigest()

    def stored_by(self, run: Run) -> dict[Identity, list[Event]]:
        """Return the events that requests of this run stored."""
        found: dict[Identity, list[Event]] = {}
        for event in self.server.events:
            uid = uid_of(event.data)
            if event.by in run.senders and uid is not None:
                found.setdefault((event.name, uid), []).append(event)
        return found

    def asked(self, run: Run, identity: Identity) -> list[Exchange]:
        """Return the requests of this run for one row, in the order in which they left."""
        found = [self.exchanges.get((name, identity), []) for name in run.senders]
        return sorted(itertools.chain(*found), key=lambda exchange: exchange.left)

    def run_of(self, event_by: str) -> Run | None:
        """Find a run by its name."""
        return next((run for run in self.runs if run.name == event_by), None)


def read_lines(path: Path) -> list[dict[str, str]]:
    """Read one of a run's CSV files."""
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def read_report(run: Run) -> dict[str, Any]:
    """Read a run's report."""
    report: dict[str, Any] = json.loads((run.directory / "report.json").read_text("utf-8"))
    return report
