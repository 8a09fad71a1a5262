import polars as pl
import pytest

from plunk_import.errors import MappingError
from plunk_import.read import accept_odd_types
from tests.mapped import compiled, outcome

SCHEMA = pl.Schema({"Email": pl.String(), "x": pl.String()})


def refusal(variable: dict[str, str]) -> str:
    with pytest.raises(MappingError) as raised:
        compiled(
            {"data": {"x": {"column": "x", "type": "datetime", **variable}}}, SCHEMA.to_frame()
        )
    [problem] = raised.value.problems
    return problem.message


@pytest.mark.parametrize(
    ("written", "cell", "moment"),
    [
        ("%d/%m/%Y %H:%M", "23/10/2024 21:45", "2024-10-23T21:45:00.000Z"),
        ("%m/%d/%y %I:%M %p", "10/23/24 09:45 PM", "2024-10-23T21:45:00.000Z"),
        ("%Y-%m-%d %H:%M:%S.%f", "2024-10-23 21:45:56.125", "2024-10-23T21:45:56.125Z"),
        ("%Y-%m-%dT%H:%M:%S%z", "2024-10-23T21:45:56+0200", "2024-10-23T19:45:56.000Z"),
        ("%Y-%m-%dT%H:%M:%S%#z", "2024-10-23T21:45:56+02", "2024-10-23T19:45:56.000Z"),
    ],
)
def test_a_format_reads_the_moment_that_it_would_write(
    written: str, cell: str, moment: str
) -> None:
    assert outcome({"type": "datetime", "format": written}, cell) == moment


def test_a_format_of_dates_reads_dates() -> None:
    assert outcome({"type": "date", "format": "%d-%b-%Y"}, "23-Oct-2024") == "2024-10-23"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("%Q", "is not a format of a date"),
        ("%", "is not a format of a date"),
        ("iso", "does not tell a date"),
        ("%d/%m", "does not tell a date"),
        ("%H:%M", "does not tell a date"),
        ("%Y-%m-%d %Z", "would be ignored"),
        ("%f", "would count nanoseconds"),
    ],
)
def test_a_format_that_reads_no_moment_is_refused(written: str, told: str) -> None:
    assert told in refusal({"format": written})


def test_no_zone_is_utc() -> None:
    assert outcome({"type": "datetime"}, "2024-10-23 21:45") == "2024-10-23T21:45:00.000Z"
    new_york = {"type": "datetime", "timezone": "America/New_York"}
    assert outcome(new_york, "2024-10-23 21:45") == "2024-10-24T01:45:00.000Z"


def test_an_unknown_zone_is_refused_with_the_nearest_one() -> None:
    assert "such as America/New_York" in refusal({"timezone": "America/NewYork"})


def test_a_zone_is_proven_however_odd_the_files_that_were_opened_before() -> None:
    accept_odd_types()
    assert "such as Europe/Brussels" in refusal({"timezone": "Europe/Brusels"})
