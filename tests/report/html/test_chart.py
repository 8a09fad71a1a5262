"""The drawing of a run's pace, as it stands in the page."""

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from plunk_import.report import Interval, Pace, Report, render
from tests.report.commands import Commands

BEGIN = datetime(2026, 5, 4, 21, 58, 7, tzinfo=UTC)
TIMES = ["21:59", "22:00", "22:01", "22:02", "22:03"]


def drawn(report: Report, pace: Pace | None = None) -> list[ET.Element]:
    """Find the drawings in the page of a report, whose pace may be another."""
    page = render(report if pace is None else report.model_copy(update={"pace": pace}))
    return [ET.fromstring(found) for found in re.findall("<svg.*?</svg>", page, re.DOTALL)]  # noqa: S314


def pace_of(*delivered: int, seconds: float = 1, allowed: float | None = None) -> Pace:
    return Pace(
        interval_seconds=seconds,
        intervals=tuple(
            Interval(start=BEGIN + timedelta(seconds=seconds * index), delivered=count)
            for index, count in enumerate(delivered)
        ),
        allowed_per_second=allowed,
    )


def series(chart: ET.Element) -> set[str]:
    classes = [element.get("class", "") for element in chart.iter()]
    return {found.removeprefix("series ") for found in classes if found.startswith("series ")}


def labels(chart: ET.Element, axis: str) -> list[str | None]:
    found = next(element for element in chart.iter() if element.get("class") == f"axis {axis}")
    return [text.text for text in found.iter("text")]


def points(chart: ET.Element, name: str) -> list[tuple[float, float]]:
    line = next(element for element in chart.iter() if element.get("class") == f"series {name}")
    pairs = (point.split(",") for point in line.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


def test_each_thing_that_happened_on_a_bad_day_is_drawn(commands: Commands) -> None:
    wide, narrow = drawn(commands.run)

    expected = {"pause", "delivered", "allowed", "rate-limited", "in-doubt"}
    assert series(wide) == series(narrow) == expected


def test_what_did_not_happen_is_not_drawn(commands: Commands) -> None:
    for chart in drawn(commands.small_run):
        assert series(chart) == {"delivered"}


def test_the_outline_rises_with_the_rate_and_ends_where_the_run_did(commands: Commands) -> None:
    wide, _ = drawn(commands.small_run, pace_of(10, 0, 20))
    (left, bottom), *outline, (right, end) = points(wide, "delivered")
    heights = [bottom - y for _, y in outline]

    assert bottom == end
    assert heights == [heights[0], heights[0], 0, 0, 2 * heights[0], 2 * heights[0]]
    steps = [x for x, _ in outline]
    assert steps == pytest.approx([left + (right - left) * n / 3 for n in (0, 1, 1, 2, 2, 3)], 0.01)


def test_a_chart_is_an_image_with_a_name_and_words(commands: Commands) -> None:
    wide, narrow = drawn(commands.run)
    # How often the server that goes away for a second is asked meanwhile is a matter of time.
    pauses = len(commands.run.pace.pauses) if commands.run.pace else 0

    assert pauses >= 2
    for chart in (wide, narrow):
        title, words = chart.attrib["aria-labelledby"].split()
        assert chart.get("role") == "img"
        assert [(child.tag, child.get("id")) for child in chart[:2]] == [
            ("title", title),
            ("desc", words),
        ]
        assert f"{pauses} pauses, 1 reply of 429, 3 rows in doubt" in (chart[1].text or "")
    assert wide[0].get("id") != narrow[0].get("id")


def test_a_chart_holds_neither_script_nor_style_nor_colour(commands: Commands) -> None:
    for chart in drawn(commands.run):
        assert not {"script", "style", "defs"} & {element.tag for element in chart.iter()}
        assert not any(
            "fill" in element.attrib or "style" in element.attrib for element in chart.iter()
        )


@pytest.mark.parametrize(
    ("pace", "times"),
    [
        pytest.param(pace_of(1, 2), ["21:58:07", "21:58:08", "21:58:09"], id="seconds"),
        pytest.param(pace_of(*[1] * 5, seconds=60), TIMES, id="minutes"),
        pytest.param(
            pace_of(*[1] * 48, seconds=3_600),
            ["05 May 00:00", "05 May 12:00", "06 May 00:00", "06 May 12:00"],
            id="days",
        ),
    ],
)
def test_times_are_round(commands: Commands, pace: Pace, times: list[str]) -> None:
    assert labels(drawn(commands.small_run, pace)[0], "x") == times


@pytest.mark.parametrize(
    ("pace", "rates"),
    [
        pytest.param(pace_of(0), ["0", "0.2", "0.4", "0.6", "0.8", "1"], id="nothing-delivered"),
        pytest.param(pace_of(97), ["0", "20", "40", "60", "80", "100"], id="delivered"),
        pytest.param(
            pace_of(3, allowed=16.7), ["0", "5", "10", "15", "20"], id="far-below-allowed"
        ),
    ],
)
def test_rates_are_round_and_reach_the_highest(
    commands: Commands, pace: Pace, rates: list[str]
) -> None:
    assert labels(drawn(commands.small_run, pace)[0], "y") == rates


def test_a_phone_gets_fewer_times(commands: Commands) -> None:
    wide, narrow = drawn(commands.small_run, pace_of(*[1] * 5, seconds=60))

    assert 0 < len(labels(narrow, "x")) < len(labels(wide, "x"))


def test_nothing_is_drawn_of_a_run_that_delivered_nothing(commands: Commands) -> None:
    assert drawn(commands.validate) == []
