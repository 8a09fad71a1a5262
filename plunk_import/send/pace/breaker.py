"""The circuit breaker: when failures in a row should make everything wait, and how long."""


class CircuitBreaker:
    """A circuit breaker: open after several failures in a row, closed by the first success.

    Pure: the time is passed in, in seconds of a monotonic clock.
    """

    def __init__(
        self, *, threshold: int = 5, first_seconds: float = 1.0, longest_seconds: float = 60.0
    ) -> None:
        self._threshold = threshold
        self._first_seconds = first_seconds
        self._longest_seconds = longest_seconds
        self._failures = 0
        self._trials = 0
        self._since: float | None = None
        self.reason = ""

    def is_open(self) -> bool:
        """Whether everything should wait while one request tries."""
        return self._failures >= self._threshold

    def failed(self, now: float, reason: str) -> None:
        """Count one request that found no working server."""
        self._failures += 1
        self.reason = reason
        if self._since is None:
            self._since = now

    def succeeded(self) -> None:
        """Forget the failures: the server answered."""
        self._failures = self._trials = 0
        self._since = None

    def seconds_since_first_failure(self, now: float) -> float:
        """How long nothing has worked; 0 while all is well."""
        return 0.0 if self._since is None else now - self._since

    def next_interval_seconds(self) -> float:
        """How long the one request that tries should wait; it doubles from trial to trial."""
        interval = min(self._first_seconds * 2.0**self._trials, self._longest_seconds)
        self._trials += 1
        return interval
