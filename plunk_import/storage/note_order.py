"""The order in which a run's requests leave and end, and its outcomes are noted."""

import itertools

from plunk_import.storage.states import Outcome, RowState


class NoteOrder:
    """Numbers what happens in a run, on from the `last` number that its journal has.

    From the numbers alone it follows whether the server writes: whether a request that left after
    a doubt began is stored. `last_stored` is the highest number of a request known to be stored.
    """

    def __init__(self, last: int, last_stored: int) -> None:
        self._numbers = itertools.count(last + 1)
        self._last_stored = last_stored
        self._left: dict[int, int] = {}
        self._ended: dict[int, int] = {}

    def next(self) -> int:
        """Return the number of what happens now."""
        return next(self._numbers)

    def leaves(self, ordinal: int) -> None:
        """Number the leaving of a row's request, until the row's outcome."""
        self._left[ordinal] = self.next()
        self._ended.pop(ordinal, None)

    def ends(self, ordinal: int) -> None:
        """Number the end of a row's request, answered or given up, until the row's outcome."""
        self._ended[ordinal] = self.next()

    def place(self, outcome: Outcome) -> tuple[int, int | None]:
        """Number an outcome, and return with that the number by which its request left.

        Doubt counts from the end of the request, though it may be noted only when the run stops.
        """
        order, left = self.next(), self._left.pop(outcome.ordinal, None)
        ended = self._ended.pop(outcome.ordinal, order)
        if left and outcome.state is RowState.DELIVERED and outcome.event_id is not None:
            self._last_stored = max(self._last_stored, left)
        return (ended if outcome.state is RowState.IN_DOUBT else order), left

    def has_stored_since(self, order: int) -> bool:
        """Tell whether a request that left after that is known to be stored."""
        return self._last_stored > order
