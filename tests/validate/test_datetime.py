import pytest

from tests.mapped import message, outcome, outcomes, text_sent

INVALID, TWICE = ("invalid_datetime",), ("ambiguous_datetime",)
OUT = ("datetime_out_of_range",)
BRUSSELS = {"timezone": "Europe/Brussels"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-01-31T12:30:45Z", "2026-01-31T12:30:45.000Z"),
        ("2026-01-31T12:30:45z", "2026-01-31T12:30:45.000Z"),
        ("2026-01-31t12:30:45Z", "2026-01-31T12:30:45.000Z"),
        ("2026-01-31 12:30:45", "2026-01-31T12:30:45.000Z"),
        (" 2026-01-31T12:30:45Z ", "2026-01-31T12:30:45.000Z"),
        ("2026-01-31T12:30", "2026-01-31T12:30:00.000Z"),
        ("2026-01-31T12:30Z", "2026-01-31T12:30:00.000Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31T12:30:45.5Z", "2026-01-31T12:30:45.500Z"),
        ("2026-01-31T12:30:45,123456789", "2026-01-31T12:30:45.123Z"),
        ("2026-01-31T12:30:45.9999Z", "2026-01-31T12:30:45.999Z"),
        ("2026-01-31 12:30:45 -0500", "2026-01-31T17:30:45.000Z"),
        ("2026-01-31T12:30:45+05:30", "2026-01-31T07:00:45.000Z"),
        ("2026-01-31T12:30+0530", "2026-01-31T07:00:00.000Z"),
        ("2026-01-31T12:30:45.25 +02:00", "2026-01-31T10:30:45.250Z"),
        ("2026-01-31T00:30:00+01:00", "2026-01-30T23:30:00.000Z"),
        ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
        ("2013-10-15 22:30:00+00", "2013-10-15T22:30:00.000Z"),
        ("2013-10-15 22:30:00.123456-08", "2013-10-16T06:30:00.123Z"),
        ("2013-10-15 22:30:00 UTC", "2013-10-15T22:30:00.000Z"),
        ("1912-01-01 00:00:00-00:16:08", "1912-01-01T00:16:08.000Z"),
        ("20131015T223000Z", "2013-10-15T22:30:00.000Z"),
        ("20131015T223000.5+0530", "2013-10-15T17:00:00.500Z"),
        ("20131015", "2013-10-15T00:00:00.000Z"),
        ("2013-10-15T22Z", "2013-10-15T22:00:00.000Z"),
        ("2013-10-15T24:00:00Z", "2013-10-16T00:00:00.000Z"),
        ("2013-10-15T24:00:01Z", INVALID),
        ("2013-10-15T25:00:00Z", INVALID),
        ("2013-10-15T22:30:00+02:00:", INVALID),
        ("2013-W42-2", INVALID),
        ("2013-288", INVALID),
        ("2013-10", INVALID),
        ("infinity", OUT),
        ("-infinity", OUT),
        ("0044-03-15 12:00:00 BC", OUT),
        ("290000-01-01 00:00:00", OUT),
        ("0000-12-31T00:00:00Z", OUT),
        ("0001-01-01T00:00:00+01:00", OUT),
        ("9999-12-31T23:59:59-01:00", OUT),
        ("2023-02-29T00:00:00Z", INVALID),
        ("1900-02-29T00:00:00Z", INVALID),
        ("2026-04-31T00:00:00Z", INVALID),
        ("2026-13-01T00:00:00Z", INVALID),
        ("2026-00-10T00:00:00Z", INVALID),
        ("2026-01-00T00:00:00Z", INVALID),
        ("2026-01-31T12:60:00Z", INVALID),
        ("2026-01-31T12:30:60Z", INVALID),
        ("2026-01-31T12:30:45+24:00", INVALID),
        ("2026-01-31T12:30:45+02:60", INVALID),
        ("2026-01-31Z", INVALID),
        ("2026-1-31", INVALID),
        ("+2026-01-31", INVALID),
        ("31/01/2026", INVALID),
        ("\uff12026-01-31T12:30:45Z", INVALID),
        ("yesterday", INVALID),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_iso_datetime(cell: str | None, expected: object) -> None:
    assert outcome({"type": "datetime"}, cell) == expected


@pytest.mark.parametrize(
    ("declared", "cell", "said"),
    [
        ({}, "2013-W42-2", "dates of weeks are not read"),
        ({}, "2013288", "days of the year are not read"),
        ({}, "2013-10", "it has no day"),
        ({}, "2013", "it is a year alone"),
        ({}, "0000-00-00 00:00:00", "MySQL writes so where there is no date"),
        ({}, "1381876200", "declare `format: epoch`"),
        ({}, "1381876200123", "declare `format: epoch_ms`"),
        ({}, "2013-10-15 10:30 PM", "or of a declared `format`"),
        ({}, "31/01/2026", "expected one such as 2026-12-31"),
        ({"format": "%d/%m/%Y"}, "1/2/26", "declare `format: %d/%m/%y`"),
        ({"format": "%d/%m/%Y"}, "today", "expected one of the format %d/%m/%Y"),
    ],
)
@pytest.mark.parametrize("kind", ["date", "datetime"])
def test_what_a_date_should_have_been_is_told(
    kind: str, declared: dict[str, str], cell: str, said: str
) -> None:
    assert said in message({"type": kind, **declared}, cell)


def test_a_year_of_two_digits_is_never_the_year_26() -> None:
    for kind, code in (("date", "invalid_date"), ("datetime", "invalid_datetime")):
        variable = {"type": kind, "format": "%d/%m/%Y"}
        cells = ["1/2/26", "1/2/2026", "1/2/0026", "1/2/126"]
        day = "2026-02-01" if kind == "date" else "2026-02-01T00:00:00.000Z"
        first, plain, early, three = outcomes(variable, cells)
        assert (first, plain, three) == ((code,), day, (code,))
        assert str(early).startswith("0026-02-01")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026-01-31T12:00:00", "2026-01-31T11:00:00.000Z"),
        ("2026-07-31T12:00:00", "2026-07-31T10:00:00.000Z"),
        ("2026-07-31", "2026-07-30T22:00:00.000Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
        ("2026-03-29T01:59:59", "2026-03-29T00:59:59.000Z"),
        ("2026-03-29T02:30:00", INVALID),
        ("2026-10-25T02:30:00", TWICE),
        ("2026-10-25T02:30:00+01:00", "2026-10-25T01:30:00.000Z"),
        ("2026-10-25T02:30:00Z", "2026-10-25T02:30:00.000Z"),
        ("2026-10-25T03:00:00", "2026-10-25T02:00:00.000Z"),
    ],
)
def test_a_clock_without_offset_is_of_the_declared_zone(cell: str, expected: object) -> None:
    assert outcome({"type": "datetime", **BRUSSELS}, cell) == expected


@pytest.mark.parametrize(
    ("declared", "cell", "expected"),
    [
        ("%d/%m/%Y %H:%M", "31/01/2026 12:30", "2026-01-31T12:30:00.000Z"),
        ("%d/%m/%Y", "31/01/2026", "2026-01-31T00:00:00.000Z"),
        ("%m/%d/%y %I:%M %p", "01/31/26 09:45 PM", "2026-01-31T21:45:00.000Z"),
        ("%b %d, %Y", "Jan 31, 2026", "2026-01-31T00:00:00.000Z"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-01-31T12:30:00+0200", "2026-01-31T10:30:00.000Z"),
        ("%Y-%m-%dT%H:%M:%S%#z", "2026-01-31T12:30:00+02", "2026-01-31T10:30:00.000Z"),
        ("%Y-%m-%d %H:%M:%S.%f", "2026-01-31 12:30:00.123456", "2026-01-31T12:30:00.123Z"),
        ("%Y-%m-%d %H:%M:%S%.f", "2026-01-31 12:30:00.5", "2026-01-31T12:30:00.500Z"),
        ("%d/%m/%Y %H:%M", "01/31/2026 12:30", INVALID),
        ("%d/%m/%Y %H:%M", "31/01/2026", INVALID),
        ("%d/%m/%Y", "31/01/12026", INVALID),
        ("epoch", "1700000000", "2023-11-14T22:13:20.000Z"),
        ("epoch", "1700000000.5", "2023-11-14T22:13:20.500Z"),
        ("epoch", "-1", "1969-12-31T23:59:59.000Z"),
        ("epoch", "1e12", INVALID),
        ("epoch", "nan", INVALID),
        ("epoch", "2026-01-31", INVALID),
        ("epoch_ms", "1700000000123", "2023-11-14T22:13:20.123Z"),
        ("epoch_ms", " ", None),
    ],
)
def test_declared_format(declared: str, cell: str, expected: object) -> None:
    assert outcome({"type": "datetime", "format": declared}, cell) == expected


def test_a_format_without_offset_is_of_the_declared_zone() -> None:
    variable = {"type": "datetime", "format": "%d/%m/%Y %H:%M", **BRUSSELS}
    cells = ["31/01/2026 12:30", "29/03/2026 02:30", "25/10/2026 02:30"]
    assert outcomes(variable, cells) == ["2026-01-31T11:30:00.000Z", INVALID, TWICE]


def test_a_format_with_offset_needs_no_zone() -> None:
    variable = {"type": "datetime", "format": "%d/%m/%Y %H:%M %z", **BRUSSELS}
    assert outcome(variable, "25/10/2026 02:30 +0100") == "2026-10-25T01:30:00.000Z"


@pytest.mark.parametrize(
    ("declared", "cell", "expected"),
    [
        ({}, "2026-01-31", "2026-01-31"),
        ({}, " 2026-01-31 ", "2026-01-31"),
        ({}, "2024-02-29", "2024-02-29"),
        ({}, "2023-02-29", ("invalid_date",)),
        ({}, "0000-01-01", ("invalid_date",)),
        ({}, "0001-01-01", "0001-01-01"),
        ({}, "20131015", "2013-10-15"),
        ({}, "infinity", ("datetime_out_of_range",)),
        ({}, "2026-1-31", ("invalid_date",)),
        ({}, "2026-01-31T00:00:00Z", ("invalid_date",)),
        ({}, "", None),
        ({}, "\u3000", None),
        ({"format": "%d.%m.%Y"}, "31.01.2026", "2026-01-31"),
        ({"format": "%d.%m.%Y"}, "2026-01-31", ("invalid_date",)),
        ({"format": "%m/%d/%y"}, "1/31/26", "2026-01-31"),
    ],
)
def test_date(declared: dict[str, str], cell: str, expected: object) -> None:
    assert outcome({"type": "date", **declared}, cell) == expected


def test_far_apart_days_are_written_alike() -> None:
    cells = ["0001-01-01T00:00:00+00:00", "2026-01-31T00:00:00+00:00", "9999-12-31T00:00:00+00:00"]
    assert outcomes({"type": "datetime"}, cells) == [
        "0001-01-01T00:00:00.000Z",
        "2026-01-31T00:00:00.000Z",
        "9999-12-31T00:00:00.000Z",
    ]


def test_what_is_in_plunks_form_already_goes_out_unread() -> None:
    assert text_sent({"type": "datetime"}, "2026-01-31T12:30:45Z") == '"2026-01-31T12:30:45.000Z"'
