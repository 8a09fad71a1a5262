"""The pace over time as pictures: takes a run's course, gives SVG that the page's CSS colours."""

import dataclasses
import math
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from plunk_import.report.html.phrases import clock, figure, plural
from plunk_import.report.html.steps import PaceOverTime, Steps
from plunk_import.report.model import Pace

if TYPE_CHECKING:
    from markupsafe import Markup

_NAMESPACE = "{http://www.w3.org/2000/svg}"
_TICK_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_DAY_SECONDS = 86_400
_LABEL_PIXELS = 12
_LEVELS = 5
# pygal's own style, script and tooltips: the page has its CSS, and needs no script.
_NOT_OURS = frozenset({"defs", "script", "title", "desc"})
_TOOLTIPS = frozenset({"plot text-overlay", "plot tooltip-overlay", "titles"})

Points = list[tuple[float, float]]


@dataclasses.dataclass(frozen=True, slots=True)
class Size:
    """A drawing's name, width and height in its own units, and how many times it can label."""

    name: str
    width: int
    height: int
    labels: int


_SIZES = (Size("wide", 880, 260, 8), Size("narrow", 340, 220, 4))


def pace_charts(pace: Pace, pace_over_time: PaceOverTime) -> tuple["Markup", ...]:
    """Draw the pace for a wide page and for a phone; none where there is nothing to draw."""
    if not pace_over_time.drawn.intervals:
        return ()
    return tuple(_drawn(pace, pace_over_time, size) for size in _SIZES)


def _drawn(pace: Pace, pace_over_time: PaceOverTime, size: Size) -> "Markup":
    from markupsafe import Markup

    levels = _levels(_top(pace, pace_over_time.drawn))
    chart = _empty_chart(pace_over_time.drawn, levels, size)
    names = []
    for name, points, options in _series(pace, pace_over_time.drawn, ceiling=levels[-1]):
        chart.add(name, points, **options)
        names.append(name)
    # pygal builds on lxml where that is installed; from the text on we know what we have.
    root = ET.fromstring(chart.render())  # noqa: S314  made here, a moment ago
    _strip(root)
    _name_series(root, names)
    _describe(root, size, _in_words(pace, pace_over_time))
    # The series hold numbers, and the names are ours: no text of a report is in the drawing.
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704


def _empty_chart(steps: Steps, levels: list[float], size: Size) -> Any:  # noqa: ANN401  pygal has no types
    pygal = _pygal()
    style = pygal.style.Style(label_font_size=_LABEL_PIXELS, major_label_font_size=_LABEL_PIXELS)
    begin = steps.intervals[0].start.timestamp()
    end = begin + steps.duration_seconds
    chart = pygal.XY(
        js=(),
        width=size.width,
        height=size.height,
        margin=8,
        spacing=8,
        style=style,
        xrange=(begin, end),
        include_x_axis=True,
        range=(0, levels[-1]),
        show_legend=False,
        show_dots=False,
        x_value_formatter=lambda second: _time_label(second, steps.duration_seconds),
        value_formatter=figure,
    )
    chart.x_labels = _ticks(begin, end, size.labels)
    chart.y_labels = levels
    return chart


def _pygal() -> Any:  # noqa: ANN401  it has no types
    """Import pygal as a guest that leaves nothing behind.

    It hooks a finder for its map plugins into Python's imports, one of an old protocol: with it
    every later import that finds nothing is an ImportWarning. No map is drawn here.
    """
    import pygal  # type: ignore[import-untyped]
    import pygal.style  # type: ignore[import-untyped]

    sys.meta_path[:] = [it for it in sys.meta_path if not isinstance(it, pygal.PluginImportFixer)]
    return pygal


def _series(
    pace: Pace, steps: Steps, *, ceiling: float
) -> Iterator[tuple[str, Points, dict[str, Any]]]:
    """Give what is drawn, from the back to the front: name, points, pygal's options."""
    rates = [step.delivered / steps.seconds for step in steps.intervals]
    begin = steps.intervals[0].start.timestamp()
    end = begin + steps.duration_seconds
    for pause in pace.pauses:
        left, right = max(begin, pause.began.timestamp()), min(end, pause.ended.timestamp())
        if left < right:
            yield "pause", [(left, ceiling), (right, ceiling)], {"fill": True}
    yield "delivered", list(_staircase(steps, rates)), {"fill": True}
    if pace.allowed_per_second:
        yield "allowed", [(begin, pace.allowed_per_second), (end, pace.allowed_per_second)], {}
    dots = {"stroke": False, "show_dots": True, "dots_size": 4}
    middles = [step.start.timestamp() + steps.seconds / 2 for step in steps.intervals]
    limited = [step.rate_limited for step in steps.intervals]
    doubted = [step.in_doubt for step in steps.intervals]
    if any(limited):
        points = zip(middles, rates, limited, strict=True)
        yield "rate-limited", [(x, y) for x, y, count in points if count], dots
    if any(doubted):
        yield "in-doubt", [(x, 0.0) for x, n in zip(middles, doubted, strict=True) if n], dots


def _staircase(steps: Steps, rates: list[float]) -> Iterator[tuple[float, float]]:
    for step, rate in zip(steps.intervals, rates, strict=True):
        start = step.start.timestamp()
        yield start, rate
        yield start + steps.seconds, rate


def _top(pace: Pace, steps: Steps) -> float:
    highest = max(step.delivered for step in steps.intervals) / steps.seconds
    return max(highest, pace.allowed_per_second or 0.0, 1.0)


def _levels(top: float) -> list[float]:
    """Give round rates from 0 to `top` or just above it, at most six."""
    decade = 10.0 ** math.floor(math.log10(top))
    step = next(s * decade for s in (0.2, 0.5, 1, 2) if top / (s * decade) <= _LEVELS)
    return [step * index for index in range(math.ceil(top / step) + 1)]


def _ticks(begin: float, end: float, most: int) -> list[float]:
    """Give round times of the day, at most `most` of them."""
    fitting = (tick for tick in _TICK_SECONDS if (end - begin) / tick <= most)
    tick = next(fitting, _DAY_SECONDS * (1 + int((end - begin) / _DAY_SECONDS / most)))
    first = -(-begin // tick) * tick
    return [first + index * tick for index in range(int((end - first) // tick) + 1)]


def _time_label(second: float, duration_seconds: float) -> str:
    when = datetime.fromtimestamp(second, UTC)
    if duration_seconds > _DAY_SECONDS:
        return f"{when:%d %b %H:%M}"
    return f"{when:%H:%M}" if when.second == 0 else f"{when:%H:%M:%S}"


def _strip(root: ET.Element) -> None:
    for parent in list(root.iter()):
        parent.tag = parent.tag.removeprefix(_NAMESPACE)  # within HTML it goes without saying
        for child in list(parent):
            if child.tag.removeprefix(_NAMESPACE) in _NOT_OURS or child.get("class") in _TOOLTIPS:
                parent.remove(child)


def _name_series(root: ET.Element, names: list[str]) -> None:
    """Call each series by its name: pygal numbers them, and a pause may be there or not."""
    numbered = {f"series serie-{index} color-{index}": name for index, name in enumerate(names)}
    for element in root.iter():
        name = numbered.get(element.get("class", ""))
        if name:
            element.set("class", f"series {name}")


def _describe(root: ET.Element, size: Size, words: str) -> None:
    del root.attrib["id"]
    root.set("class", f"chart {size.name}")
    root.set("role", "img")
    root.set("aria-labelledby", f"pace-{size.name}-title pace-{size.name}-words")
    title = ET.Element("title", id=f"pace-{size.name}-title")
    title.text = "Rows delivered a second, over time"
    description = ET.Element("desc", id=f"pace-{size.name}-words")
    description.text = words
    root.insert(0, title)
    root.insert(1, description)


def _in_words(pace: Pace, over_time: PaceOverTime) -> str:
    steps = over_time.drawn
    highest = max(step.delivered for step in steps.intervals) / steps.seconds
    end = steps.intervals[-1].start.timestamp() + steps.seconds
    return (
        f"From {clock(steps.intervals[0].start)} to {clock(datetime.fromtimestamp(end, UTC))} UTC, "
        f"{figure(over_time.per_second)} rows a second on average and {figure(highest)} at most; "
        f"{plural(len(pace.pauses), 'pause')}, "
        f"{plural(over_time.rate_limited, 'reply', 'replies')} "
        f"of 429, {plural(over_time.in_doubt, 'row')} in doubt. The table below has the numbers."
    )
