"""What surrounds every process: one time, one source of chance, and the story of what happened."""

import datetime
import enum
import heapq
import itertools
import math
import random
from collections.abc import Callable

EPOCH = datetime.datetime(2026, 3, 1, 20, tzinfo=datetime.UTC)


class Theme(enum.StrEnum):
    """What a world has more of than others: rare troubles meet only where each is frequent."""

    PLAIN = "nothing in particular"
    SLOW = "stores that are later than clients wait, while clocks leap"
    HOURLY = "keys that are kept for an hour, and people who come back within it"
    CROWD = "people about whom the project's own applications tell all the time"
    GATES = "workflows that come and go, segments, and reads of them that fail"
    SKEW = "clocks that are far off where processes die"
    NIGHTS = "nights that overlap, with runs that are broken off and resolved in between"
    KEYLESS = "people without the secret key, who find it in the end"
    SHARDS = "several senders at once, each with its shard, that die and go on elsewhere"
    REPEATS = "one file imported twice, and its earlier run gone on with afterwards"
    STILL = "writes that stand still just as a contact's rows are late"


_OFTEN = (Theme.PLAIN, Theme.SLOW, Theme.HOURLY, Theme.CROWD, Theme.GATES, Theme.SKEW)
_RARELY = (None, Theme.SHARDS, Theme.NIGHTS, Theme.KEYLESS)
_APART = (None, Theme.REPEATS, Theme.STILL)
"""Drawn apart from the others, so that a seed of another theme has the story it had."""

FULL_SPEED_SHARE = 0.3


def draw_theme(seed: int) -> Theme:
    """Draw a seed's theme, apart from all that is drawn in its world."""
    chance = random.Random(f"theme {seed}")  # noqa: S311 - a seed that replays is the point
    often = chance.choices(_OFTEN, weights=[12, 2, 2, 2, 2, 2])[0]
    rare = chance.choices(_RARELY, weights=[75, 8, 10, 7])[0]
    apart = random.Random(f"theme apart {seed}")  # noqa: S311 - as above
    return apart.choices(_APART, weights=[84, 9, 7])[0] or rare or often


def is_at_full_speed(seed: int) -> bool:
    """Draw whether a seed's runs keep no pace, apart from all that is drawn in its world."""
    chance = random.Random(f"full speed {seed}")  # noqa: S311 - as above
    return chance.random() < FULL_SPEED_SHARE


class World:
    """True time in seconds, and what will happen at which moment.

    Everything random is drawn from `chance`, so that one seed is one story.
    """

    def __init__(self, seed: int, *, tells: bool = False) -> None:
        self.now = 0.0
        self.chance = random.Random(seed)  # noqa: S311 - a seed that replays is the point
        self.theme = draw_theme(seed)
        self.is_at_full_speed = is_at_full_speed(seed)
        self.story: list[str] = []
        self._tells = tells
        self._numbers = itertools.count(1)
        self._coming: list[tuple[float, int, Callable[[], None]]] = []

    def number(self) -> int:
        """Return a number that nobody else has."""
        return next(self._numbers)

    def at(self, moment: float, happens: Callable[[], None]) -> None:
        """Let something happen then; what is due at one moment happens in the order of asking."""
        heapq.heappush(self._coming, (max(moment, self.now), self.number(), happens))

    def next_moment(self) -> float:
        """Say when something happens next."""
        return self._coming[0][0] if self._coming else math.inf

    def advance(self, moment: float) -> None:
        """Let everything happen that is due by `moment`."""
        while self._coming and self._coming[0][0] <= moment:
            self.now, _, happens = heapq.heappop(self._coming)
            happens()
        self.now = max(self.now, moment)

    def happens(self, probability: float) -> bool:
        """Draw whether something happens."""
        return probability > 0 and self.chance.random() < probability

    def between(self, shortest: float, longest: float) -> float:
        """Draw a length, its magnitude evenly: seconds are as likely as hours."""
        return math.exp(self.chance.uniform(math.log(shortest), math.log(longest)))

    def tell(self, who: str, what: str) -> None:
        """Add a line to the story."""
        if self._tells:
            self.story.append(f"{spoken(self.now)}  {who:<8} {what}")

    def wall(self, offset_seconds: float) -> datetime.datetime:
        """Read a clock that is off by so much."""
        return EPOCH + datetime.timedelta(seconds=self.now + offset_seconds)


def spoken(seconds: float) -> str:
    """Write a moment as days, hours, minutes and seconds since the story began."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    return f"{days:>3}d {hours:02}:{minutes:02}:{rest:06.3f}"
