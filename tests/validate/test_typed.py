import datetime as dt
import decimal

import polars as pl
import pytest

from plunk_import.errors import MappingError
from tests.mapped import compiled, outcomes, with_addresses

DType = pl.DataType | type[pl.DataType]

NOON = dt.datetime.fromisoformat("2026-01-31T12:30:45.123456")
BEFORE_1970 = dt.datetime.fromisoformat("1969-12-31T23:59:59.999999")
SKIPPED = dt.datetime.fromisoformat("2026-03-29T02:30:00")
TWICE = dt.datetime.fromisoformat("2026-10-25T02:30:00")
UTC_NOON = NOON.replace(tzinfo=dt.UTC)
SHOWN = "2026-01-31T12:30:45.123Z"
NAN = float("nan")
LARGEST = 1.7976931348623157e308


@pytest.mark.parametrize(
    ("dtype", "cells", "expected"),
    [
        (pl.Int8, [-128, 0, None], [-128, 0, None]),
        (pl.Int64, [2**53, 2**53 + 1, -(2**53), -(2**53) - 1], [2**53, "large", -(2**53), "large"]),
        (pl.UInt64, [2**53, 2**64 - 1], [2**53, "large"]),
        (pl.Int128, [12, 2**100, -(2**100)], [12, "large", "large"]),
        (pl.Float64, [12.5, 3.0, -0.0, 1e300, None], [12.5, 3, 0, 1e300, None]),
        (pl.Float64, [NAN, float("inf"), float("-inf"), LARGEST], ["infinite"] * 4),
        (pl.Float32, [0.1, 16777216.0], [0.1, 16777216]),
        (pl.Decimal(10, 2), [decimal.Decimal("12.50"), decimal.Decimal("-3.00")], [12.5, -3]),
        (pl.Decimal(38, 0), [decimal.Decimal(2**53), decimal.Decimal(10**20)], [2**53, "large"]),
        (pl.Decimal(38, 2), [decimal.Decimal(2**53 + 1)], ["large"]),
        (pl.Boolean, [True, False, None], [True, False, None]),
        (pl.Date, [dt.date(2026, 1, 31), None], ["2026-01-31", None]),
        (pl.Datetime("us"), [NOON, None], [SHOWN, None]),
        (pl.Datetime("ns"), [NOON], [SHOWN]),
        (pl.Datetime("ms", "UTC"), [UTC_NOON], [SHOWN]),
        (pl.Datetime("us", "Europe/Brussels"), [UTC_NOON], [SHOWN]),
        (pl.Datetime("us"), [BEFORE_1970], ["1969-12-31T23:59:59.999Z"]),
        (pl.Time, [dt.time(1, 2, 3), dt.time(1, 2, 3, 500_000)], ["01:02:03", "01:02:03.500"]),
        (pl.Duration("ms"), [dt.timedelta(seconds=90), dt.timedelta(milliseconds=1500)], [90, 1.5]),
        (pl.Categorical, ["a", 'q"', None], ["a", 'q"', None]),
        (pl.Enum(["a", "b"]), ["a", None], ["a", None]),
        (pl.String, ["a", "", None, "\0"], ["a", None, None, "nul"]),
        (pl.Null, [None, None], [None, None]),
        (pl.Struct({"__proto__": pl.Int64}), [{"__proto__": 1}, None], ["reserved", None]),
        (pl.List(pl.Int64), [[1, None], [], None, [2**60]], [[1, None], [], None, "large"]),
        (pl.List(pl.Float64), [[1.5], [NAN]], [[1.5], "infinite"]),
        (pl.List(pl.String), [['q"', ""], ["a\0"]], [['q"', ""], "nul"]),
        (pl.List(pl.Date), [[dt.date(2026, 1, 31), None]], [["2026-01-31", None]]),
        (pl.List(pl.Datetime("us")), [[NOON], []], [[SHOWN], []]),
        (pl.List(pl.List(pl.Boolean)), [[[True], None, []]], [[[True], None, []]]),
        (pl.Array(pl.Int64, 2), [[1, 2], None], [[1, 2], None]),
        (pl.List(pl.Decimal(10, 2)), [[decimal.Decimal("1.50")]], [[1.5]]),
        (pl.List(pl.Categorical), [["a", "b"]], [["a", "b"]]),
    ],
    ids=str,
)  # fmt: skip
def test_a_column_keeps_its_type(dtype: DType, cells: list[object], expected: list[object]) -> None:
    codes = {
        "large": ("integer_too_large",),
        "infinite": ("number_not_finite",),
        "nul": ("nul_character",),
        "reserved": ("reserved_key",),
    }
    wanted = [codes.get(one, one) if isinstance(one, str) else one for one in expected]
    assert outcomes({}, pl.Series(cells, dtype=dtype)) == wanted


def test_what_is_outside_the_years_1_to_9999_is_rejected() -> None:
    days = pl.Series([-800_000, 0, 3_000_000], dtype=pl.Int32).cast(pl.Date)
    outside = ("datetime_out_of_range",)
    assert outcomes({}, days) == [outside, "1970-01-01", outside]
    moments = pl.Series([-(10**15), 0, 10**15]).cast(pl.Datetime("ms"))
    brussels = {"type": "datetime", "timezone": "Europe/Brussels"}
    for declared in ({}, brussels):
        assert [one == outside for one in outcomes(declared, moments)] == [True, False, True]


def test_a_struct_is_an_object_to_any_depth() -> None:
    cells = [
        {"id": 1, "on": dt.date(2026, 1, 31), "lines": [{"price": 1.5, "at": NOON}]},
        {"id": None, "on": None, "lines": None},
        None,
        {"id": 1, "on": None, "lines": [{"price": NAN, "at": None}, None]},
        {"id": 2**60, "on": None, "lines": [{"price": NAN, "at": None}]},
    ]
    assert outcomes({}, pl.Series(cells, strict=False)) == [
        {"id": 1, "on": "2026-01-31", "lines": [{"price": 1.5, "at": SHOWN}]},
        {"id": None, "on": None, "lines": None},
        None,
        ("number_not_finite",),
        ("integer_too_large", "number_not_finite"),
    ]


@pytest.mark.parametrize(
    ("dtype", "cells", "declared", "expected"),
    [
        (pl.Int64, [7, 2**60], {"type": "string"}, ["7", str(2**60)]),
        (pl.Int64, [7], {"type": "number"}, [7]),
        (pl.Int64, [1, 0, 2], {"type": "boolean"}, [True, False, ("invalid_boolean",)]),
        (pl.Int64, [0], {"type": "datetime", "format": "epoch"}, ["1970-01-01T00:00:00.000Z"]),
        (pl.Int64, [1], {"type": "datetime", "format": "epoch_ms"}, ["1970-01-01T00:00:00.001Z"]),
        (pl.Float64, [1.5], {"type": "datetime", "format": "epoch"}, ["1970-01-01T00:00:01.500Z"]),
        (pl.Float64, [12.0, 12.5], {"type": "integer"}, [12, ("invalid_integer",)]),
        (pl.Float64, [12.5], {"type": "string"}, ["12.5"]),
        (pl.Decimal(10, 2), [decimal.Decimal("12.00")], {"type": "integer"}, [12]),
        (pl.Boolean, [True, None], {"type": "string"}, ["true", None]),
        (pl.Date, [dt.date(2026, 7, 1)], {"type": "datetime"}, ["2026-07-01T00:00:00.000Z"]),
        (
            pl.Date,
            [dt.date(2026, 7, 1)],
            {"type": "datetime", "timezone": "Europe/Brussels"},
            ["2026-06-30T22:00:00.000Z"],
        ),
        (pl.Datetime("us"), [NOON], {"type": "date"}, ["2026-01-31"]),
        (pl.Datetime("us"), [NOON], {"type": "string"}, [SHOWN]),
        (
            pl.Datetime("us"),
            [NOON, SKIPPED, TWICE],
            {"type": "datetime", "timezone": "Europe/Brussels"},
            ["2026-01-31T11:30:45.123Z", ("invalid_datetime",), ("ambiguous_datetime",)],
        ),
        (
            pl.Datetime("us", "UTC"),
            [UTC_NOON],
            {"type": "datetime", "timezone": "Europe/Brussels"},
            [SHOWN],
        ),
        (pl.Categorical, ["12.5", "x"], {"type": "number"}, [12.5, ("invalid_number",)]),
        (pl.List(pl.Int64), [[1]], {"type": "json"}, [[1]]),
        (pl.Null, [None], {"type": "number"}, [None]),
    ],
    ids=str,
)
def test_a_declared_type_converts_where_that_makes_sense(
    dtype: DType, cells: list[object], declared: dict[str, str], expected: list[object]
) -> None:
    assert outcomes(declared, pl.Series(cells, dtype=dtype)) == expected


@pytest.mark.parametrize(
    ("dtype", "declared", "message"),
    [
        (pl.List(pl.Int64), {"type": "boolean"}, "List(Int64) cannot be sent as boolean: use json"),
        (pl.Struct({"a": pl.Int64}), {"type": "string"}, "cannot be sent as string"),
        (pl.Boolean, {"type": "number"}, "Boolean cannot be sent as number"),
        (pl.Int64, {"type": "datetime"}, "declare epoch or epoch_ms"),
        (pl.Int64, {"type": "datetime", "format": "%Y"}, "declare epoch or epoch_ms"),
        (pl.Binary, {}, "Binary cannot be sent as it is: JSON has no bytes"),
        (pl.List(pl.Binary), {}, "Binary cannot be sent: JSON has no such value"),
        (pl.Object, {}, "Object cannot be sent"),
    ],
    ids=str,
)
def test_a_type_that_cannot_be_is_a_mapping_error(
    dtype: DType, declared: dict[str, str], message: str
) -> None:
    frame = with_addresses(pl.DataFrame(schema={"x": dtype}))
    with pytest.raises(MappingError) as raised:
        compiled({"data": {"x": {"column": "x", **declared}}}, frame)
    assert message in str(raised.value)
    assert raised.value.problems[0].where.startswith("data.x")


@pytest.mark.parametrize(("persistent", "deepest"), [(True, 122), (False, 121)])
def test_a_value_nested_too_deep_is_refused_and_no_other(persistent: bool, deepest: int) -> None:
    dtype: DType = pl.Boolean
    for _ in range(deepest + 1):
        dtype = pl.List(dtype)
    nested: list[list[object]] = [[]]
    for _ in range(deepest):
        nested.append([nested[-1]])
    cells = pl.Series([nested[deepest], nested[deepest - 1], None, []], dtype=dtype)
    found = outcomes({"persistent": persistent}, cells)
    assert found[0] == ("too_deep",)
    assert [isinstance(one, tuple) for one in found] == [True, False, False, False]
