"""What is judged at a glance is what reading with care says: `judge` against `validate`."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st
from polars.testing import assert_frame_equal

from plunk_import.errors import MappingError
from plunk_import.read import Batch
from plunk_import.validate import Compiled, JudgedBatch
from tests.mapped import FINGERPRINT, NOTHING_BAD, ROWS_CSV, compiled, numbered
from tests.wild import DOCUMENTS, EMAILS, EVENTS, FLAGS, MOMENTS, NUMBERS, WILD

Cells = st.SearchStrategy[Any]

IDS = st.sampled_from(["7", "007", "7.0", " 7", "", None, "x"])
TEXT_MAPPING: Mapping[str, Any] = {
    "email": "email",
    "event": "event",
    "subscribed": "flag",
    "where": '"text" IS NULL OR "text" <> \'left out\'',
    "id": {"columns": ["id"], "empty": "send"},
    "marker": "import_ref",
    "data": {
        "text": "text",
        "needed": {"column": "text_needed", "empty": "reject"},
        "number": {"column": "number", "type": "number"},
        "number_needed": {"column": "number_needed", "type": "number", "empty": "reject"},
        "whole": {"column": "whole", "type": "integer", "empty": "delete"},
        "word": {"column": "word", "type": "boolean", "true": ["Ja", " on "], "false": ["nein"]},
        "day": {"column": "day", "type": "date", "persistent": False},
        "day_us": {"column": "day_us", "type": "date", "format": "%m/%d/%Y"},
        "at": {"column": "at", "type": "datetime"},
        "at_home": {"column": "at_home", "type": "datetime", "timezone": "Europe/Brussels"},
        "since": {"column": "since", "type": "datetime", "format": "epoch"},
        "document": {"column": "document", "type": "json"},
    },
}
TEXT_COLUMNS: Mapping[str, tuple[str | None, Cells]] = {
    "email": ("Ada@example.com", EMAILS),
    "event": ("paid", EVENTS),
    "flag": ("yes", FLAGS),
    "id": ("a1", IDS),
    "text": ("Zoë", WILD | st.sampled_from(['"', "\t", "left out", None, ""])),
    "text_needed": ("x", WILD | st.none() | st.sampled_from(["", " ", "\0", "\\"])),
    "number": ("12.50", NUMBERS),
    "number_needed": ("3", NUMBERS),
    "whole": ("-7", NUMBERS | st.just("-9223372036854775808")),
    "word": ("ja", FLAGS | st.sampled_from(["JA", "on", " on ", "nein"])),
    "day": ("2024-02-28", MOMENTS),
    "day_us": ("02/28/2024", MOMENTS | st.sampled_from(["2/8/24", "13/01/2024"])),
    "at": ("2024-02-28T23:59:59Z", MOMENTS),
    "at_home": ("2024-06-30T01:02:03Z", MOMENTS),
    "since": ("1700000000", NUMBERS),
    "document": ('{"a":[1]}', DOCUMENTS),
}
LONG_INTEGERS = st.integers(2**53 - 2, 2**53 + 2) | st.integers(-(2**63), 2**63 - 1)
YEARS = st.sampled_from([-(10**18), 10**18, 0, 1_700_000_000_000])
TYPED_COLUMNS: Mapping[str, tuple[pl.DataType, Any, Cells]] = {
    "email": (pl.String(), "ada@example.com", EMAILS),
    "event": (pl.String(), "paid", EVENTS),
    "int8": (pl.Int8(), 1, st.integers(-128, 127)),
    "int64": (pl.Int64(), -1, LONG_INTEGERS),
    "uint64": (pl.UInt64(), 1, st.integers(0, 2**64 - 1)),
    "float64": (pl.Float64(), 1.5, st.floats()),
    "decimal": (pl.Decimal(38, 2), Decimal("1.50"), st.decimals(-(10**17), 10**17, places=2)),
    "boolean": (pl.Boolean(), True, st.booleans()),
    "date": (pl.Date(), dt.date(2024, 2, 29), st.dates()),
    "local": (pl.Datetime("us"), dt.datetime.fromisoformat("2024-06-01"), st.datetimes()),
    "moment": (pl.Datetime("ms"), 1_700_000_000_000, YEARS),
    "time": (pl.Time(), dt.time(1), st.times()),
    "duration": (
        pl.Duration("us"),
        dt.timedelta(1),
        st.timedeltas(dt.timedelta(-(10**5)), dt.timedelta(10**5)),
    ),
}
TYPED_MAPPING: Mapping[str, Any] = {
    "email": "email",
    "event": "event",
    "data": {
        "int8": "int8",
        "int64": {"column": "int64", "empty": "reject"},
        **{name: name for name in ("uint64", "float64", "decimal", "boolean", "date", "time")},
        "local": {"column": "local", "type": "datetime", "timezone": "Europe/Brussels"},
        "moment": "moment",
        "duration": "duration",
    },
}
ODD_CELLS = st.integers(0, 20)


@st.composite
def text_rows(draw: st.DrawFn) -> pl.DataFrame:
    """Draw rows of text of which most cells are good."""
    height = draw(st.integers(1, 12))
    columns = {
        name: [draw(odd) if draw(ODD_CELLS) == 0 else good for _ in range(height)]
        for name, (good, odd) in TEXT_COLUMNS.items()
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))


@st.composite
def typed_rows(draw: st.DrawFn) -> pl.DataFrame:
    """Draw rows with types of their own, of which most cells are good."""
    height = draw(st.integers(1, 12))
    return pl.DataFrame(
        [
            pl.Series(
                name,
                [draw(odd | st.none()) if draw(ODD_CELLS) == 0 else good for _ in range(height)],
                dtype=dtype,
            )
            for name, (dtype, good, odd) in TYPED_COLUMNS.items()
        ]
    )


def both(mapping: Compiled, frame: pl.DataFrame, duplicates: list[int]) -> JudgedBatch:
    """Judge and validate the same rows, and require the same of both."""
    batch = Batch(numbered(frame), NOTHING_BAD, ROWS_CSV)
    known = pl.Series(duplicates, dtype=pl.UInt64)
    judged = mapping.judge(batch, duplicates=known)
    careful = mapping.validate(batch, fingerprint=FINGERPRINT, duplicates=known)
    assert_frame_equal(judged.events, careful.events.select(judged.events.columns))
    assert_frame_equal(judged.rejects, careful.rejects)
    assert_frame_equal(judged.notices, careful.notices)
    assert judged.filtered == careful.filtered
    assert judged.sure <= judged.events.height
    return judged


@settings(max_examples=100)
@given(text_rows(), st.lists(st.integers(1, 12), max_size=2, unique=True))
def test_a_glance_at_text_says_what_care_says(frame: pl.DataFrame, repeated: list[int]) -> None:
    both(compiled(TEXT_MAPPING, frame), frame, sorted(repeated))


@settings(max_examples=100)
@given(typed_rows())
def test_a_glance_at_types_says_what_care_says(frame: pl.DataFrame) -> None:
    both(compiled(TYPED_MAPPING, frame), frame, [])


@pytest.mark.parametrize(
    ("mapping", "frame"),
    [
        pytest.param(
            TEXT_MAPPING,
            pl.DataFrame({name: [good] for name, (good, _) in TEXT_COLUMNS.items()}),
            id="text",
        ),
        pytest.param(
            TYPED_MAPPING,
            pl.DataFrame([pl.Series(n, [one], t) for n, (t, one, _) in TYPED_COLUMNS.items()]),
            id="typed",
        ),
    ],
)
def test_good_rows_are_told_at_a_glance(mapping: Mapping[str, Any], frame: pl.DataFrame) -> None:
    assert both(compiled(mapping, frame), pl.concat([frame] * 7), [3]).sure == 6


@pytest.mark.parametrize(
    "cells",
    [
        pytest.param(pl.Series([[1]]), id="list"),
        pytest.param(pl.Series([{"a": 1}]), id="struct"),
        pytest.param(pl.Series(["x" * 60_000_000]), id="longer than a request may be"),
    ],
)
def test_what_may_grow_too_large_for_a_request_is_read_with_care(cells: pl.Series) -> None:
    frame = pl.DataFrame({"email": ["ada@example.com"], "event": ["paid"], "x": cells})
    mapping = compiled({"email": "email", "event": "event", "data": {"x": "x"}}, frame)
    assert both(mapping, frame, []).sure == 0


TEXT_ALONE = {"email": "email", "event": "event", "data": {"x": "x"}}


@pytest.mark.parametrize("length", [1, 100_000], ids=["a usual block", "a block of 60 MB"])
def test_rows_are_told_at_a_glance_beside_one_with_an_escape(length: int) -> None:
    texts = ["x" * length] * 600
    frame = pl.DataFrame({"email": ["ada@example.com"] * 600, "event": ["paid"] * 600, "x": texts})
    quoted = pl.when(pl.int_range(pl.len()) == 7).then(pl.lit('"'))
    for name in ("x", "event"):
        escaped = frame.with_columns(quoted.otherwise(pl.col(name)).alias(name))
        assert both(compiled(TEXT_ALONE, escaped), escaped, []).sure == 599


def test_a_text_that_cannot_be_worked_out_is_named() -> None:
    frame = pl.DataFrame({"email": ["ada@example.com"], "event": ["paid"], "x": ["soon"]})
    data = {"x": {"sql": "CAST(CAST(x AS BIGINT) AS VARCHAR)"}}
    mapping = compiled({**TEXT_ALONE, "data": data}, frame)
    with pytest.raises(MappingError, match=r"data\.x\.sql: an expression cannot be worked out"):
        mapping.judge(Batch(numbered(frame), NOTHING_BAD, ROWS_CSV))


def test_every_day_that_a_glance_takes_for_one_is_in_the_calendar() -> None:
    years = [1, 4, 999, 1000, *range(1000, 3000, 100), *range(1890, 2110), 9996, 9999]
    days = [
        f"{year:04}-{month:02}-{day:02}"
        for year in years
        for month in range(14)
        for day in (0, 1, 28, 29, 30, 31, 32)
    ]
    frame = pl.DataFrame({"email": ["a@example.com"] * len(days), "day": days})
    day = {"column": "day", "type": "date", "empty": "reject"}
    mapping = compiled({"email": "email", "event": {"const": "e"}, "data": {"day": day}}, frame)
    found = both(mapping, frame, [])
    assert found.events.height == sum(map(_is_in_calendar, days))
    leap_day = pl.DataFrame({"email": ["a@example.com"], "day": ["2024-02-29"]})
    assert both(mapping, leap_day, []).sure == 1


def _is_in_calendar(day: str) -> bool:
    try:
        dt.date.fromisoformat(day)
    except ValueError:
        return False
    return True
