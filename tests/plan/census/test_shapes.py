import pytest

from plunk_import.plan.census.shapes import (
    are_codes,
    json_type,
    loses_digits,
    names_a_code,
    shape_of,
)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("2026-01-31", "date"),
        ("2026-01-31T10:00:00Z", "date"),
        ("2026-01-31T10:00:00.123Z", "date"),
        ("2026-01-31T10:00:00", "odd date"),
        ("2026-01-31 10:00:00", "odd date"),
        ("2026-01-31T10:00:00+01:00", "odd date"),
        ("2026-01-31 10:00 UTC", "odd date"),
        ("31/01/2026", "odd date"),
        ("1/31/26 9:05 PM", "odd date"),
        ("31.01.2026 10:00", "odd date"),
        ("Jan 31, 2026", "odd date"),
        ("31 January 2026", "odd date"),
        ("2026/01/31", "odd date"),
        (" 31/01/2026 ", "odd date"),
        ("03/14", "text"),
        ("12", "number"),
        ("-12.50", "number"),
        ("1,234.50", "number"),
        ("007", "text"),
        ("12345678901234567890", "text"),
        ("1.234.567", "text"),
        ("1.2.2026", "odd date"),
        ("True", "boolean"),
        ("no", "boolean"),
        ("hello", "text"),
        ("", "text"),
    ],
)
def test_a_text_is_seen_as(text: str, shape: str) -> None:
    assert shape_of(text) == shape


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        (True, "boolean"),
        (0, "number"),
        (1.5, "number"),
        ("x", "string"),
        ("2026-01-31", "date"),
        ([1], "array"),
        ({"a": 1}, "object"),
    ],
)
def test_a_value_is_to_plunk(value: object, kind: str) -> None:
    assert json_type(value) == kind


@pytest.mark.parametrize(
    ("number", "loses"),
    [
        (0.12345678901234568, True),
        (-12345678901.123457, True),
        (0.30000000000000004, False),
        (157.92000000000002, False),
        (1.5, False),
        (1e17, False),
        (float(2**53), False),
        (0.0, False),
    ],
)
def test_only_real_digits_are_lost(number: float, *, loses: bool) -> None:
    assert loses_digits(number) is loses


@pytest.mark.parametrize("name", ["order_id", "orderId", "Zip", "PhoneNumber", "customerID", "sku"])
def test_names_of_codes_are_known(name: str) -> None:
    assert names_a_code(name)


@pytest.mark.parametrize("name", ["ltv", "orders", "amount", "width", "idle", "total_spent"])
def test_names_of_quantities_are_no_codes(name: str) -> None:
    assert not names_a_code(name)


def test_long_numbers_of_one_length_are_codes() -> None:
    assert are_codes(["10023", "10024"])
    assert not are_codes(["10023", "9"])
    assert not are_codes(["12.50", "10.25"])
    assert not are_codes([])
