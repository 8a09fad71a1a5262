"""What earlier runs delivered or left in doubt, so that a later run leaves it out."""

import dataclasses
import hashlib
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from pydantic import ValidationError

from plunk_import.errors import SettingsError, StoppedError, WayOn
from plunk_import.plan import RunNumbers
from plunk_import.read import ORDINAL, ROW
from plunk_import.run.record.learnt import learnt_up_to, note_learnt
from plunk_import.runtime import Clock
from plunk_import.settings import Connection
from plunk_import.storage import INTERRUPTED, Entry, History, Journal, Outcome, RowState, locked

SANDBOX_SCOPE = "sandbox"
IN_DOUBT_BEFORE = "in doubt since an earlier run: `plunk-import resolve` that run"
_NAMES = (ORDINAL, "email", "event")
_BLOCK_KEYS = 100_000
_COMMANDS = "commands with the history"
_SUFFIXES = r"(\.\d+)+$"
"""What a row's key gets each time the server has burned it."""


def scope_of(connection: Connection) -> str:
    """Name a project without telling its key: a key delivered to one is unknown to another."""
    secret = connection.public_key.get_secret_value()
    return hashlib.sha256(f"{connection.base_url}\n{secret}".encode()).hexdigest()[:16]


class _Commands(NamedTuple):
    """What a journal keeps of its run's commands, to tell what others doubted after a proof.

    Attributes:
        ended: Of each, the number of the journal's last note before it, and how far the history
            was when it ended. What it takes over from others at its beginning is one by itself.
        began: The number of the last note before the one that is at work, or was cut off.

    """

    ended: Sequence[Sequence[int]] = ()
    began: int = 0

    @classmethod
    def of(cls, journal: Journal) -> "_Commands":
        return cls(*journal.meta().get(_COMMANDS, ()))

    def note(self, journal: Journal) -> None:
        journal.note(_COMMANDS, self)

    def begun(self, after: int) -> "_Commands":
        return self._replace(began=after)

    def with_end(self, position: int) -> "_Commands":
        return self._replace(ended=[*self.ended, (self.began, position)])

    def taking_over(self, ordinals: Sequence[int], journal: Journal, position: int) -> "_Commands":
        """Doubt rows anew that others doubted; it is no older than the history is, nor newer."""
        if not ordinals:
            return self
        journal.doubt_anew(ordinals)
        last, _ = journal.orders()
        return self.with_end(position).begun(last)

    def position_of(self, note: int) -> int | None:
        """Tell how far the history was when this was noted; None where that is as far as now."""
        if note > self.began:
            return None
        return next((position for began, position in reversed(self.ended) if note > began), 0)


@dataclasses.dataclass(frozen=True, slots=True)
class EarlierRuns:
    """What earlier runs did in one project, by the keys of a history.

    Rows in doubt are remembered too, apart from the delivered ones: a later run must not send
    them blindly either.
    """

    history: History
    scope: str
    clock: Clock

    def leave_out(self, events: pl.DataFrame, journal: Journal) -> pl.DataFrame:
        """Keep the events that no earlier run knows; what became of the others goes to the journal.

        `events` are those of a validated batch. A row that the journal calls pending was proven
        not to be stored, so what others doubted of it until then is over. Blocks for the disk.

        Raises:
            StoppedError: A row's id is written as 101.0, and an earlier run sent 101.

        """
        if events.is_empty():
            return events
        delivered = self.history.known(events["key"], scope=self.scope)
        journal.skip(events[ORDINAL].filter(delivered))
        left = events.filter(~delivered)
        self.refuse_floats_for_known_ids(left)
        doubted = self.history.known(left["key"], scope=self._doubts)
        if not doubted.any():
            return left
        doubted &= ~self._are_proven(left, journal)
        for ordinal, email, event in left.filter(doubted).select(_NAMES).iter_rows():
            doubt = Outcome(ordinal, RowState.IN_DOUBT, reason=IN_DOUBT_BEFORE)
            journal.settle(doubt._replace(email=email, event=event))
        return left.filter(~doubted)

    def knows(self, keys: pl.Series) -> pl.Series:
        """Tell of each key whether an earlier run delivered it (Boolean)."""
        return self.history.known(keys, scope=self.scope)

    def _are_proven(self, events: pl.DataFrame, journal: Journal) -> pl.Series:
        """Tell which rows were proven not to be stored after all that others doubted of them.

        While a command of this run is at work, no other run of the history is. So a proof is newer
        than all doubts that the history had when the command ended that made it.
        """
        commands = _Commands.of(journal)
        proven = {e.ordinal: commands.position_of(e.settled_order or 0) for e in journal.pending()}
        of_rows = [proven.get(ordinal, 0) for ordinal in events[ORDINAL]]
        positions = pl.Series(values=of_rows, dtype=pl.Int64)
        overtaken = pl.repeat(value=False, n=len(events), eager=True)
        for position in positions.drop_nulls().unique():
            newer = self.history.known(events["key"], scope=self._doubts, since=position)
            overtaken |= newer & positions.eq_missing(position)
        return events[ORDINAL].is_in(list(proven)) & ~overtaken

    def refuse_floats_for_known_ids(self, events: pl.DataFrame) -> None:
        """Stop where a row's id is written as 101.0, and an earlier run sent 101.

        A row of this run's own in doubt may have been sent as 101 by another run since, which did
        not know it by that.

        Raises:
            StoppedError: There is such a row.

        """
        written_as_floats = events.filter(pl.col("whole_key").is_not_null())
        if written_as_floats.is_empty():
            return
        whole = written_as_floats["whole_key"]
        known = self.history.known(whole, scope=self.scope)
        known |= self.history.known(whole, scope=self._doubts)
        if known.any():
            row = written_as_floats.filter(known)[ROW][0]
            raise StoppedError(
                f"Row {row} has an id written as a float, such as 101.0, and the history "
                f"{self.history.path} knows its whole number, 101: it would be sent a second time. "
                "Write the id's column as whole numbers (in pandas: astype('Int64')), or as "
                "Parquet, and start a new run.",
                way_on=WayOn.NEW_RUN,
            )

    def strangeness(self) -> str | None:
        """Warn where the history knows deliveries, but none of this project; else None."""
        known = {scope.removesuffix("?") for scope in self.history.scopes()}
        if not known - {SANDBOX_SCOPE} or self.scope in known or self.scope == SANDBOX_SCOPE:
            return None
        return (
            f"The history {self.history.path} knows deliveries, but none of this project. If its "
            "API key was renewed, stop now: what was delivered under the old key would be sent "
            "again, since a key is all that tells projects apart."
        )

    def agreement(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return what was agreed to for earlier runs, or None."""
        return self.history.agreement(scope=self.scope)

    def agree(self, value: Any) -> None:  # noqa: ANN401 - any JSON value
        """Keep what was agreed to, for later runs."""
        self.history.agree(value, scope=self.scope)

    def last_run(self, name: str, began: datetime) -> RunNumbers | None:
        """Recall the last whole run of this name; None where there is none that can be read."""
        found = self.history.past_runs.last(scope=self.scope, name=name, before=began)
        try:
            return None if found is None else RunNumbers.model_validate(found)
        except ValidationError:  # another version's
            return None

    def remember(self, name: str, numbers: RunNumbers) -> None:
        """Keep what a whole run was like, for the next one to be compared with."""
        value = numbers.model_dump(mode="json")
        self.history.past_runs.remember(value, scope=self.scope, name=name, began=numbers.began)

    def begin(self, directory: Path, journal: Journal) -> None:
        """Note that a run is at work, having caught up with all that were cut off."""
        if directory.resolve() in self.history.unfinished(scope=self.scope):
            # Nobody was at work since: what it left in doubt is not to look like another's later.
            self.finish(directory, journal)
        self.catch_up(directory)
        commands = _Commands.of(journal).begun(journal.opened_after)
        others = self._doubted_by_others_since(commands, journal)
        commands.taking_over(others, journal, self.history.position()).note(journal)
        self.history.begin(directory.resolve(), scope=self.scope, at=self.clock.wall())

    def _doubted_by_others_since(self, commands: _Commands, journal: Journal) -> list[int]:
        """Find this run's rows in doubt that another run left in doubt after it.

        Reading back must wait for both: what has shown since this run's request that the server
        writes may be of before the other's.
        """
        doubts: dict[int, list[Entry]] = {}
        for entry in journal.in_doubt():
            position = commands.position_of(entry.settled_order or 0)
            if entry.key and position is not None:
                doubts.setdefault(position, []).append(entry)
        found = []
        for position, entries in doubts.items():
            keys = pl.Series("key", [one.key for one in entries]).str.replace(_SUFFIXES, "")
            newer = self.history.known(keys, scope=self._doubts, since=position)
            found += [one.ordinal for one, is_newer in zip(entries, newer, strict=True) if is_newer]
        return found

    def catch_up(self, directory: Path) -> None:
        """Learn what runs in other directories delivered before they were cut off.

        Raises SettingsError where the directory of one of those is gone: what it delivered cannot
        be known, and sending its rows again might double them.
        """
        for place in self.history.unfinished(scope=self.scope):
            if place == directory.resolve():
                continue
            if not (place / "journal.sqlite").exists():
                raise self._unknown(place)
            with (
                locked(place / ".lock", clock=self.clock),
                Journal.open(place / "journal.sqlite", clock=self.clock) as journal,
            ):
                self.finish(place, journal)

    def finish(self, directory: Path, journal: Journal) -> None:
        """Remember what a run did; it need not be looked at again.

        What was in flight to the end, as where stopping took too long, is in doubt from now on.
        """
        journal.adopt_claims(INTERRUPTED)
        commands, place = _Commands.of(journal), directory.resolve()
        last, _ = journal.orders()
        after = learnt_up_to(self.history, place, journal)
        self._learn(journal, since=commands.began, after=after)
        commands.with_end(self.history.position()).note(journal)
        now = self.clock.wall()
        note_learnt(self.history, place, journal, last=last, scope=self.scope, at=now)
        self.history.finish(place)

    def _unknown(self, place: Path) -> SettingsError:
        remedy = ["plunk-import", "history", "forget", str(self.history.path), str(place)]
        return SettingsError(
            f"The history knows a run in {place} that was cut off, and its journal is gone: what "
            "it delivered is unknown. Bring it back, or accept that its rows may be sent twice: "
            f"{shlex.join(remedy)}"
        )

    @property
    def _doubts(self) -> str:
        return f"{self.scope}?"

    def _learn(self, journal: Journal, *, since: int, after: int) -> None:
        now = self.clock.wall()
        for keys in journal.delivered_keys(after=after):
            self.history.add(keys.str.replace(_SUFFIXES, ""), scope=self.scope, at=now)
        doubts = [entry for entry in journal.in_doubt() if entry.key]
        for is_new in (False, True):
            of_age = (e.key for e in doubts if _is_own_since(since, e) is is_new and e.key)
            for keys in _blocks(of_age):
                bare = keys.str.replace(_SUFFIXES, "")
                self.history.add(bare, scope=self._doubts, at=now, anew=is_new)


def _is_own_since(note: int, entry: Entry) -> bool:
    """Whether a row is in doubt for what this run did after a note, not for what another did."""
    return not was_left_out(entry) and (entry.settled_order or 0) > note


def was_left_out(entry: Entry) -> bool:
    """Tell, from a row's reason, whether this run did not send it for the doubt of another."""
    return (entry.reason or "").startswith(IN_DOUBT_BEFORE)


def _blocks(keys: Iterator[str]) -> Iterator[pl.Series]:
    block: list[str] = []
    for key in keys:
        block.append(key)
        if len(block) == _BLOCK_KEYS:
            yield pl.Series("key", block, pl.String)
            block = []
    if block:
        yield pl.Series("key", block, pl.String)
