"""How far a history has learnt what a run did, told by the history and the journal together."""

from datetime import datetime
from pathlib import Path

from plunk_import.storage import History, Journal

_NAME = "learnt by the history"


def learnt_up_to(history: History, place: Path, journal: Journal) -> int:
    """Find the last note of a journal up to which the history knows all; 0 where it may not.

    Both remember the same state then: neither was replaced by one of before or by another's.
    """
    last, state = journal.meta().get(_NAME, (0, ""))
    return int(last) if history.learnt_runs.is_known(place, state) else 0


def note_learnt(
    history: History, place: Path, journal: Journal, *, last: int, scope: str, at: datetime
) -> None:
    """Note that the history knows all deliveries up to the `last` note of a journal."""
    state = f"{scope} {last} {history.position()} {at.isoformat()}"
    history.learnt_runs.note(place, state)
    journal.note(_NAME, (last, state))
