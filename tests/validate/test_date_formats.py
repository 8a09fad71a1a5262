import pytest

from plunk_import._polars import accept_odd_types
from plunk_import.validate.checks import UnfitError
from plunk_import.validate.types import proven_format, proven_zone


@pytest.mark.parametrize(
    ("written", "pattern", "has_offset"),
    [
        ("%d/%m/%Y", "%d/%m/%Y", False),
        ("%m/%d/%y %I:%M %p", "%m/%d/%y %I:%M %p", False),
        ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S%.f", False),
        ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%z", True),
        ("%Y-%m-%dT%H:%M:%S%#z", "%Y-%m-%dT%H:%M:%S%#z", True),
        ("%d-%b-%Y", "%d-%b-%Y", False),
    ],
)
def test_a_format_that_reads_back_what_it_writes_is_proven(
    written: str, pattern: str, has_offset: bool
) -> None:
    proven = proven_format(written)
    assert (proven.pattern, proven.has_offset) == (pattern, has_offset)


@pytest.mark.parametrize("written", ["%Q", "%", "iso", "%d/%m", "%H:%M", "%Y-%m-%d %Z", "%f"])
def test_a_format_that_does_not_is_refused(written: str) -> None:
    with pytest.raises(UnfitError):
        proven_format(written)


def test_no_zone_is_utc() -> None:
    assert proven_zone(None) == "UTC"
    assert proven_zone("America/New_York") == "America/New_York"


def test_an_unknown_zone_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnfitError, match="such as America/New_York"):
        proven_zone("America/NewYork")


def test_a_zone_is_proven_however_odd_the_files_that_were_opened_before() -> None:
    accept_odd_types()
    with pytest.raises(UnfitError, match="such as Europe/Brussels"):
        proven_zone("Europe/Brusels")
