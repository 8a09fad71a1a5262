import pytest

from plunk_import.sandbox import parse_duration, parse_lifetime


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("250ms", 0.25),
        ("90s", 90),
        ("10m", 600),
        ("1.5h", 5400),
        ("2d", 172_800),
        ("-10m", -600),
        ("+1h", 3600),
        (" 0s ", 0),
        (".5s", 0.5),
    ],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "24", "h", "1 h", "1h30m", "1.h", "--1h", "1w", "inf", "1e3s"]
)
def test_what_is_no_duration_is_explained(text: str) -> None:
    with pytest.raises(ValueError, match="as 90s, 10m or 24h"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0h", "-1h"])
def test_a_lifetime_lasts(text: str) -> None:
    assert parse_lifetime("24h") == 86_400
    with pytest.raises(ValueError, match="must last"):
        parse_lifetime(text)
