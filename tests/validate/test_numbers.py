import pytest

from tests.mapped import outcome, outcomes, text_sent

INVALID, INFINITE, TOO_LARGE = ("invalid_number",), ("number_not_finite",), ("integer_too_large",)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12.5", 12.5),
        ("12", 12),
        ("12.50", 12.5),
        ("-0.25", -0.25),
        ("+5", 5),
        (".5", 0.5),
        ("5.", 5),
        ("00012.50", 12.5),
        (" 12.5\u00a0", 12.5),
        ("1e3", 1000),
        ("1.5E-3", 0.0015),
        ("0.1234567890123456789", 0.1234567890123456789),
        ("-0", 0),
        ("9007199254740992", 2**53),
        ("-9007199254740992", -(2**53)),
        ("9007199254740993", TOO_LARGE),
        ("-9007199254740993", TOO_LARGE),
        ("123456789012345678901234567890123456789012345", TOO_LARGE),
        ("9007199254740993.5", 9007199254740993.5),
        ("1e20", 1e20),
        ("1e308", 1e308),
        ("1e400", INFINITE),
        ("-1e400", INFINITE),
        ("NaN", INFINITE),
        ("inf", INFINITE),
        ("-Infinity", INFINITE),
        ("1,000", INVALID),
        ("1.234,50", INVALID),
        ("twelve", INVALID),
        ("1_000", INVALID),
        ("0x10", INVALID),
        ("٣", INVALID),
        ("1 000", INVALID),
        ("1e", INVALID),
        (".", INVALID),
        ("$5", INVALID),
        ("", None),
        (" \t", None),
        (None, None),
    ],
)
def test_number(cell: str | None, expected: object) -> None:
    assert outcome({"type": "number"}, cell) == expected


@pytest.mark.parametrize(
    ("cell", "sent"),
    [("12.50", "12.5"), ("12.00", "12"), ("1e3", "1000"), ("809.65", "809.65"), ("1e30", "1e+30")],
)
def test_numbers_go_out_in_their_shortest_form(cell: str, sent: str) -> None:
    assert text_sent({"type": "number"}, cell) == sent


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12", 12),
        ("12.0", 12),
        ("12.", 12),
        ("007", 7),
        ("+7", 7),
        ("-7", -7),
        ("-0", 0),
        (" 7 ", 7),
        ("9007199254740992", 2**53),
        ("9007199254740993", TOO_LARGE),
        ("9007199254740993.0", TOO_LARGE),
        ("-9007199254740993", TOO_LARGE),
        ("9223372036854775808", TOO_LARGE),
        ("1" * 60, TOO_LARGE),
        ("1,000", ("invalid_integer",)),
        ("12.5", ("invalid_integer",)),
        ("1e3", ("invalid_integer",)),
        ("NaN", ("invalid_integer",)),
        ("abc", ("invalid_integer",)),
        ("\uff11\uff12", ("invalid_integer",)),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_integer(cell: str | None, expected: object) -> None:
    assert outcome({"type": "integer"}, cell) == expected


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("number", "1.234,50", 1234.5),
        ("number", "1.234.567", 1234567),
        ("number", "12,5", 12.5),
        ("number", "-,5", -0.5),
        ("number", "1,5e3", 1500),
        ("number", "1.5", INVALID),
        ("number", "1,234,5", INVALID),
        ("number", "12.34,5", INVALID),
        ("number", "nan", INFINITE),
        ("number", "9.007.199.254.740.993", TOO_LARGE),
        ("number", " ", None),
        ("integer", "1.234", 1234),
        ("integer", "12,0", 12),
        ("integer", "12,5", ("invalid_integer",)),
        ("integer", "1.5", ("invalid_integer",)),
    ],
)
def test_decimal_comma(kind: str, cell: str, expected: object) -> None:
    source = {"source": {"decimal_comma": True}}
    assert outcome({"type": kind}, cell, mapping=source) == expected


@pytest.mark.parametrize(
    ("words", "cells", "expected"),
    [
        ({}, ["true", "t", "yes", "y", "1", "TRUE", " Yes ", "Y"], [True] * 8),
        ({}, ["false", "f", "no", "n", "0", "False", "\tNO"], [False] * 7),
        ({}, ["on", "2", "ja", "truee", "\u212aes"], [("invalid_boolean",)] * 5),
        ({}, ["", "  ", None], [None] * 3),
        (
            {"true": ["Ja", "1"], "false": ["nee"]},
            ["JA", "1", "nee ", "yes", "no", "0"],
            [True, True, False, *[("invalid_boolean",)] * 3],
        ),
        ({"true": ["x"]}, ["x", "true", "no"], [True, *[("invalid_boolean",)] * 2]),
    ],
    ids=["true", "false", "neither", "absent", "declared", "declared true only"],
)
def test_boolean(words: dict[str, list[str]], cells: list[str | None], expected: object) -> None:
    assert outcomes({"type": "boolean", **words}, cells) == expected


@pytest.mark.parametrize("cell", ["x", " x ", "  ", "\n", "007", "null", 'q"\\/\x1f\x7f\u2028é🎉'])
def test_strings_are_kept_as_they_are(cell: str) -> None:
    assert outcome({}, cell) == cell


def test_an_empty_string_is_absent() -> None:
    assert outcomes({}, ["", None]) == [None, None]


def test_a_string_with_nul_is_rejected() -> None:
    assert outcomes({}, ["a\0b", "\\u0000", "\\\0"]) == [
        ("nul_character",),
        "\\u0000",
        ("nul_character",),
    ]


def test_the_lowest_whole_number_of_64_bits_is_too_large() -> None:
    assert outcome({"type": "integer"}, "-9223372036854775808") == ("integer_too_large",)
