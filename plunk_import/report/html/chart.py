"""The pace over time as a drawing: what the template needs to know of its geometry."""

import dataclasses
import math
from collections.abc import Iterator
from datetime import UTC, datetime

from plunk_import.report.html.phrases import clock, figure, plural
from plunk_import.report.timeline import Pace

_TICK_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_DAY_SECONDS = 86_400
_LEVELS = 5
_LEFT, _RIGHT, _TOP, _BOTTOM = 53, 26, 12, 32
"""Room around the plot, in the drawing's units, for the labels."""

Point = tuple[float, float]


@dataclasses.dataclass(frozen=True, slots=True)
class Size:
    """A drawing's name, its width and height in its own units, and how many times it can label."""

    name: str
    width: int
    height: int
    labels: int


@dataclasses.dataclass(frozen=True, slots=True)
class Guide:
    """A value that an axis names, at its distance from the drawing's left or top."""

    at: float
    label: str


@dataclasses.dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of one run; coordinates are in its own units, from its top left corner.

    `delivered` is the outline of the rate over time, `pauses` are from left to right, `allowed` is
    the height of the allowed pace, None without one. `rate_limited` and `in_doubt` are dots.
    """

    size: Size
    left: float
    right: float
    top: float
    bottom: float
    levels: tuple[Guide, ...]
    times: tuple[Guide, ...]
    pauses: tuple[Point, ...]
    delivered: tuple[Point, ...]
    allowed: float | None
    rate_limited: tuple[Point, ...]
    in_doubt: tuple[Point, ...]


_SIZES = (Size("wide", 880, 260, 8), Size("narrow", 340, 220, 4))


def charts_of(pace: Pace) -> tuple[Chart, ...]:
    """Draw the pace for a wide page and for a phone; none where there is nothing to draw."""
    return tuple(_chart(pace, size) for size in _SIZES) if pace.intervals else ()


def in_words(pace: Pace) -> str:
    """Tell what the drawing shows, for those who hear it."""
    return (
        f"From {clock(pace.began)} to {clock(pace.ended)} UTC, "
        f"{figure(pace.per_second)} rows a second on average and {figure(_highest(pace))} at most; "
        f"{plural(len(pace.pauses), 'pause')}, "
        f"{plural(pace.rate_limited, 'reply', 'replies')} "
        f"of 429, {plural(pace.in_doubt, 'row')} in doubt. The table below has the numbers."
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Scale:
    """Where a moment and a rate stand in a drawing."""

    size: Size
    begin: float
    end: float
    ceiling: float

    def x(self, seconds: float) -> float:
        share = (seconds - self.begin) / (self.end - self.begin)
        return round(_LEFT + share * (self.size.width - _LEFT - _RIGHT), 2)

    def y(self, rate: float) -> float:
        height = self.size.height - _TOP - _BOTTOM
        return round(_TOP + (1 - rate / self.ceiling) * height, 2)


def _chart(pace: Pace, size: Size) -> Chart:
    levels = _levels(max(_highest(pace), pace.allowed_per_second or 0.0, 1.0))
    scale = _Scale(size, pace.began.timestamp(), pace.ended.timestamp(), levels[-1])
    times = _ticks(scale.begin, scale.end, size.labels)
    allowed = pace.allowed_per_second
    return Chart(
        size=size,
        left=scale.x(scale.begin),
        right=scale.x(scale.end),
        top=scale.y(scale.ceiling),
        bottom=scale.y(0),
        levels=tuple(Guide(scale.y(rate), figure(rate)) for rate in levels),
        times=tuple(Guide(scale.x(at), _time_label(at, scale)) for at in times),
        pauses=tuple(_pauses(pace, scale)),
        delivered=tuple(_staircase(pace, scale)),
        allowed=scale.y(allowed) if allowed else None,
        rate_limited=tuple(_dots(pace, scale, "rate_limited")),
        in_doubt=tuple((x, scale.y(0)) for x, _ in _dots(pace, scale, "in_doubt")),
    )


def _highest(pace: Pace) -> float:
    return max(interval.delivered for interval in pace.intervals) / pace.interval_seconds


def _pauses(pace: Pace, scale: _Scale) -> Iterator[Point]:
    for pause in pace.pauses:
        began = max(scale.begin, pause.began.timestamp())
        ended = min(scale.end, pause.ended.timestamp())
        if began < ended:
            yield scale.x(began), scale.x(ended)


def _staircase(pace: Pace, scale: _Scale) -> Iterator[Point]:
    yield scale.x(scale.begin), scale.y(0)
    for interval in pace.intervals:
        start = interval.start.timestamp()
        height = scale.y(interval.delivered / pace.interval_seconds)
        yield scale.x(start), height
        yield scale.x(start + pace.interval_seconds), height
    yield scale.x(scale.end), scale.y(0)


def _dots(pace: Pace, scale: _Scale, count: str) -> Iterator[Point]:
    """Mark the middle of every interval that counts some, at the height of its rate."""
    for interval in pace.intervals:
        if getattr(interval, count):
            middle = interval.start.timestamp() + pace.interval_seconds / 2
            yield scale.x(middle), scale.y(interval.delivered / pace.interval_seconds)


def _levels(top: float) -> list[float]:
    """Choose round rates from 0 to `top` or just above it, at most six."""
    decade = 10.0 ** math.floor(math.log10(top))
    step = next(s * decade for s in (0.2, 0.5, 1, 2) if top / (s * decade) <= _LEVELS)
    return [step * index for index in range(math.ceil(top / step) + 1)]


def _ticks(begin: float, end: float, most: int) -> list[float]:
    """Choose round times of the day, at most `most` of them."""
    fitting = (tick for tick in _TICK_SECONDS if (end - begin) / tick <= most)
    tick = next(fitting, _DAY_SECONDS * (1 + int((end - begin) / _DAY_SECONDS / most)))
    first = -(-begin // tick) * tick
    return [first + index * tick for index in range(int((end - first) // tick) + 1)]


def _time_label(second: float, scale: _Scale) -> str:
    when = datetime.fromtimestamp(second, UTC)
    if scale.end - scale.begin > _DAY_SECONDS:
        return f"{when:%d %b %H:%M}"
    return f"{when:%H:%M}" if when.second == 0 else f"{when:%H:%M:%S}"
