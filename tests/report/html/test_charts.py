import sys
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from plunk_import.report.html.charts import pace_charts
from plunk_import.report.html.steps import pace_over_time_of
from plunk_import.report.model import Interval, Pace
from tests.report.html.reports import BEGIN, a_pace

TIMES = ["21:59", "22:00", "22:01", "22:02", "22:03"]


def drawn(pace: Pace) -> list[ET.Element]:
    return [ET.fromstring(chart) for chart in pace_charts(pace, pace_over_time_of(pace))]  # noqa: S314


def pace_of(*delivered: int, seconds: float = 1, allowed: float | None = None) -> Pace:
    return Pace(
        interval_seconds=seconds,
        intervals=tuple(
            Interval(start=BEGIN + timedelta(seconds=seconds * index), delivered=count)
            for index, count in enumerate(delivered)
        ),
        allowed_per_second=allowed,
    )


def series(chart: ET.Element) -> list[str]:
    classes = [element.get("class", "") for element in chart.iter()]
    return [found.removeprefix("series ") for found in classes if found.startswith("series ")]


def labels(chart: ET.Element, axis: str) -> list[str | None]:
    found = next(element for element in chart.iter() if f"axis {axis}" in element.get("class", ""))
    return [text.text for text in found.iter("text")]


def test_each_thing_that_happened_is_drawn_under_its_name() -> None:
    for chart in drawn(a_pace()):
        assert set(series(chart)) == {"pause", "delivered", "allowed", "rate-limited", "in-doubt"}


def test_what_did_not_happen_is_not_drawn() -> None:
    for chart in drawn(pace_of(5, 6, 7)):
        assert set(series(chart)) == {"delivered"}


def test_a_chart_is_an_image_with_a_name_and_words() -> None:
    wide, narrow = drawn(a_pace())

    for chart in (wide, narrow):
        title, words = chart.attrib["aria-labelledby"].split()
        assert chart.get("role") == "img"
        assert [(child.tag, child.get("id")) for child in chart[:2]] == [
            ("title", title),
            ("desc", words),
        ]
        assert "2 pauses, 12 replies of 429, 7 rows in doubt" in (chart[1].text or "")
    assert wide[0].get("id") != narrow[0].get("id")


def test_a_chart_holds_neither_script_nor_style_nor_colour() -> None:
    for chart in drawn(a_pace()):
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
def test_times_are_round(pace: Pace, times: list[str]) -> None:
    assert labels(drawn(pace)[0], "x") == times


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
def test_rates_are_round_and_reach_the_highest(pace: Pace, rates: list[str]) -> None:
    assert labels(drawn(pace)[0], "y") == rates


def test_a_phone_gets_fewer_times() -> None:
    wide, narrow = drawn(a_pace())

    assert len(labels(narrow, "x")) < len(labels(wide, "x"))


def test_drawing_leaves_the_import_system_as_it_was() -> None:
    drawn(a_pace())

    assert "PluginImportFixer" not in {type(finder).__name__ for finder in sys.meta_path}


def test_nothing_is_drawn_of_a_run_without_replies() -> None:
    assert drawn(Pace(interval_seconds=1, intervals=())) == []
