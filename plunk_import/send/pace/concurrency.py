"""How many requests may be in flight: found by what each step brings."""

# In flight: how long and for how many full rounds a step is measured, what share of a step's size
# it must bring, how full the places must be for a measure to count, and how long a refused step
# is left alone.
_EPOCH_SECONDS = 0.5
_EPOCH_ROUNDS = 4
_WORTHWHILE = 0.2
_FULL = 0.75
_RESTS = 8


class ConcurrencyTuner:
    """How many requests may be in flight: more only while it raises throughput.

    It climbs from `start`, a quarter at a time, measures what each step brings, and takes back a
    step that brought less than a fifth of its share; now and then it looks again, up and down. A
    real server is best near 10: beyond, requests only wait for each other.
    """

    def __init__(self, maximum: int, *, start: int = 10) -> None:
        self._maximum = maximum
        self.limit = max(1, min(start, maximum))
        """Requests that may be in flight now, from 1 to the maximum."""
        self._before: tuple[int, float] | None = None
        self._rests = 0
        self._steps_down_next = False
        self._begin(None)

    def completed(self, now: float, latency_seconds: float) -> None:
        """Count one reply that came at `now`, `latency_seconds` after its request left."""
        if self._began is None:
            self._begin(now)
            return
        self._count += 1
        self._latency += latency_seconds
        elapsed = now - self._began
        if elapsed >= _EPOCH_SECONDS and self._count >= _EPOCH_ROUNDS * self.limit:
            # Little's law: with places to spare, something else holds the run back.
            is_full = self._latency / elapsed >= _FULL * self.limit
            self._decide(self._count / elapsed, is_full=is_full)
            self._begin(now)

    def _begin(self, now: float | None) -> None:
        self._began = now
        self._count = 0
        self._latency = 0.0

    def _decide(self, throughput: float, *, is_full: bool) -> None:
        if self._before is not None:
            self._judge_step(*self._before, throughput)
            self._before = None
        elif not is_full:
            return
        elif self._rests > 0:
            self._rests -= 1
        else:
            self._step(throughput)

    def _judge_step(self, limit: int, throughput_then: float, throughput: float) -> None:
        """Keep the step just tried, or go back to `limit` and rest."""
        share = self.limit / limit - 1
        gain = throughput / throughput_then - 1
        if gain < _WORTHWHILE * share:
            self.limit, self._rests = limit, _RESTS
        self._steps_down_next = share > 0 and self.limit == limit

    def _step(self, throughput: float) -> None:
        size = max(1, self.limit // 4)
        is_down = self._steps_down_next or self.limit == self._maximum
        wanted = max(1, self.limit - size) if is_down else min(self._maximum, self.limit + size)
        self._steps_down_next = False
        if wanted != self.limit:
            self._before = (self.limit, throughput)
            self.limit = wanted
