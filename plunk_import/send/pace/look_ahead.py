"""How far ahead rows are claimed: what leaves soon, so that it shares a commit."""

from plunk_import.runtime import Clock
from plunk_import.send.pace.admission import NEAR_SECONDS

# Where no pace holds rows back, it is less, and not for fewer rows than are worth it.
_UNPACED_SECONDS = 0.02
_FEWEST_UNPACED = 8
_MOST = 400


class LookAhead:
    """Measures how many rows leave within the time that may be claimed ahead.

    `rows` is that number; `by_pace` is what it begins with.
    """

    def __init__(self, clock: Clock, *, by_pace: int) -> None:
        self.rows = min(by_pace, _MOST)
        self._clock = clock
        self._left, self._counted_from = 0, clock.now()
        self._before = (0, 0.0)

    def count(self) -> None:
        """Count one row that has left and is answered."""
        self._left += 1

    def measure(self, *, is_paced: bool, disk_seconds: float = 0.0) -> None:
        """Renew the number, where enough time has passed since it was last.

        Args:
            is_paced: Whether rows wait for moments of their own.
            disk_seconds: How much longer claims are in coming than is usual: what leaves at a pace
                meanwhile is claimed as well.

        """
        now = self._clock.now()
        elapsed = now - self._counted_from
        if elapsed < NEAR_SECONDS:
            return
        # Those of the claim before may still be in flight.
        seconds = NEAR_SECONDS + 2 * disk_seconds if is_paced else _UNPACED_SECONDS
        # What one commit sent is answered at once, and little beside the next: two are one measure.
        left_before, elapsed_before = self._before
        rows = round((self._left + left_before) * seconds / (elapsed + elapsed_before))
        self._before = (self._left, elapsed)
        self.rows = min(rows, _MOST) if is_paced or rows >= _FEWEST_UNPACED else 0
        self._left, self._counted_from = 0, now
