"""Says what is wrong in a world, looking only at the server's store, the files and exit codes."""

import itertools
import json
import re
from collections.abc import Iterator

from tests.simulation.account import TOO_MANY, Account, ids_of, named
from tests.simulation.ledger import Identity, Ledger, Run, Sitting
from tests.simulation.store import Event, WorkflowRun

MOST_QUESTIONS = 15
"""How often one command may ask about a key that is in flight."""


class Oracle:
    """Judges a world after every command."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def after(self, run: Run, sitting: Sitting) -> Iterator[str]:
        """Complain about what is wrong after a command ended or was killed."""
        end = sitting.end
        assert end is not None
        if end.bug is not None:
            yield f"{run.name}: `{sitting.verb}` breaks: {end.bug}"
        for each in self._ledger.runs:
            yield from self._doubles(each)
        yield from self._doubles_with_history()
        yield from self._asked_for_ever(run, sitting)
        yield from self._workflows()
        yield from self._resubscribed()
        if sitting.has_report:
            yield from Account(self._ledger, run, sitting).complaints()

    def at_the_end(self, run: Run) -> Iterator[str]:
        """Complain about what has not come to its end though all is well."""
        if run.has_history and any(one.lost_log and one.has_history for one in self._ledger.runs):
            return  # what the history may know is unknown: `history forget` is theirs to say
        if not run.is_over:
            last = run.sittings[-1].end
            yield f"{run.name}: it does not come to its end, though all is well: {last}"
        elif run.sittings[-1].has_report and not run.lost_log:
            yield from Account(self._ledger, run, run.sittings[-1]).doubts_that_could_end()

    def _doubles(self, run: Run) -> Iterator[str]:
        for identity, events in self._ledger.stored_by(run).items():
            if len(events) > 1 + self._forgotten_copies(run, identity):
                times = f"{len(events)} times: {ids_of(events)}"
                yield f"{run.name}: {named(identity)} is stored {times}"

    def _forgotten_copies(self, run: Run, identity: Identity) -> int:
        """Count the requests that two were made of, and whose key was forgotten before the next.

        The row is known as refused by the one answer that came back, and nothing tells of the copy.
        """
        lifetime = self._ledger.server.limits.key_lifetime
        return sum(
            one.was_doubled and one.status == TOO_MANY and later.left > one.left + lifetime
            for one, later in itertools.pairwise(self._ledger.asked(run, identity))
        )

    def _doubles_with_history(self) -> Iterator[str]:
        stored: dict[tuple[str, ...], list[Event]] = {}
        runs = {run.name: run for run in self._ledger.runs if run.has_history}
        for run in runs.values():
            mine = self._ledger.stored_by(run)
            for row in run.export.rows:
                stored.setdefault(run.known_by(row), []).extend(mine.get(run.identity(row), []))
        for known, events in stored.items():
            events.sort(key=lambda event: event.moment)
            # Of ids such as 101.0 a run warns; that it stops is due only where 101 is known.
            is_told = any(_has_warned_of_ids(runs[event.by]) for event in events[:-1])
            if len({event.by for event in events}) > 1 and not is_told:
                yield f"the history did not help: {known} is stored as {ids_of(events)}"

    def _asked_for_ever(self, run: Run, sitting: Sitting) -> Iterator[str]:
        """Complain where a command asks about a key in flight again and again."""
        for (name, identity), exchanges in self._ledger.exchanges.items():
            times = sum(
                one.process == sitting.process and one.status == 409 and one.original is None
                for one in exchanges
            )
            if name == run.name and times > MOST_QUESTIONS:
                yield f"{run.name}: {named(identity)} is in flight, and is asked for {times} times"

    def _workflows(self) -> Iterator[str]:
        for found in self._ledger.server.runs:
            run, sitting = self._sender(found.event.by, found.event.process)
            if (
                run is not None
                and sitting is not None
                and not self._is_allowed(found, run, sitting)
            ):
                yield (
                    f"{run.name}: {found.workflow.id} ran for {found.event.contact.email} "
                    f"(event {found.event.id}), and nobody allowed it"
                )

    def _is_allowed(self, found: WorkflowRun, run: Run, sitting: Sitting) -> bool:
        """Whether a yes was given to this workflow, for this run or an earlier one it knows of."""
        if sitting.leave.workflows or sitting.said_yes:
            return True
        if found.workflow.id not in sitting.enabled:
            return True  # it was switched on while the command was at work
        others = [one for one in self._ledger.runs if one.has_history and run.has_history]
        agreed = {one for each in (run, *others) for one in each.agreed}
        return found.workflow.id in agreed or _has_agreed_blindly(run, sitting)

    def _resubscribed(self) -> Iterator[str]:
        for change in self._ledger.server.changes:
            run, sitting = self._sender(change.by, change.process)
            if run is None or sitting is None or _may_subscribe(run, sitting):
                continue
            if change.is_twin and not (sitting.has_secret_key or run.plan.subscribed):
                continue  # nobody could know of the other contact
            wishes = [row.optin for row in run.export.rows if row.contact == change.email]
            if run.plan.subscribed == "column" and wishes and wishes[-1] == "no":
                continue  # in the end it is as it was
            yield f"{run.name}: {change.email} was unsubscribed and is subscribed, unasked"

    def _sender(self, by: str, process: int) -> tuple[Run | None, Sitting | None]:
        run = self._ledger.run_of(by)
        sittings = [] if run is None else [one for one in run.sittings if one.process == process]
        return run, (sittings[0] if sittings else None)


def _has_agreed_blindly(run: Run, sitting: Sitting) -> bool:
    """Whether a yes was given without reading the project: to whatever these events may start."""
    until = run.sittings.index(sitting) + 1
    return sitting.may_be_blind and any(
        (one.leave.workflows or one.said_yes) and one.may_be_blind for one in run.sittings[:until]
    )


def _may_subscribe(run: Run, sitting: Sitting) -> bool:
    until = run.sittings.index(sitting) + 1
    return any(one.leave.resubscribe or one.said_yes for one in run.sittings[:until])


def _has_warned_of_ids(run: Run) -> bool:
    if not any(sitting.has_report for sitting in run.sittings):
        return any(row.identity.endswith(".0") for row in run.export.rows)  # it died before
    told = "".join(
        json.dumps((sitting.report or {}).get("warnings", {})) + " ".join(sitting.warned)
        for sitting in run.sittings
    )
    return re.search(r"\d\.0\b|float|decimal", told) is not None
