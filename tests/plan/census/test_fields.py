from pathlib import Path

import pytest

from plunk_import.plan import Counted
from tests.plan.census.planning import make_job, plan_of, plan_of_column

COLUMNS = ("email", "plan", "n", "cart")


def test_each_variable_is_profiled_by_what_would_be_sent(tmp_path: Path) -> None:
    rows = [
        ("a@x.co", "free", "1", '{"a":1}'),
        ("b@x.co", "pro", "2.5", "[1,2]"),
        ("c@x.co", "pro", "", "null"),
        ("d@x.co", "", "1", '"text"'),
    ]
    mapping = {
        "data": {
            "plan": "plan",
            "n": {"column": "n", "type": "number", "persistent": False},
            "cart": {"column": "cart", "type": "json"},
            "gone": {"column": "plan", "empty": "delete"},
            "source": {"const": "shop"},
            "day": {"const": "2026-01-31"},
        }
    }
    fields = {
        field.name: field for field in plan_of(make_job(tmp_path, COLUMNS, rows, mapping)).fields
    }

    assert list(fields) == list(mapping["data"])
    assert (fields["plan"].rows, fields["plan"].filled) == (4, 3)
    assert fields["plan"].top_values[0] == Counted(value="pro", count=2)
    assert (fields["n"].persistent, fields["n"].types) == (False, {"number": 3})
    assert fields["n"].top_values == (Counted(value="1", count=2), Counted(value="2.5", count=1))
    assert fields["cart"].types == {"object": 1, "array": 1, "string": 1}
    assert fields["gone"].types == {"string": 3, "null": 1}
    assert fields["source"].types == {"string": 4}
    assert (fields["day"].types, fields["day"].distinct) == ({"date": 4}, 1)


@pytest.mark.parametrize(
    ("values", "variable", "expected"),
    [
        (["10", "9", "-2.5"], {"type": "number"}, ("-2.5", "10")),
        (["2026-01-31", "1970-01-20"], {}, ("1970-01-20", "2026-01-31")),
        (["2026-01-31", "free"], {}, ("2026-01-31", "2026-01-31")),
        (["free", "pro"], {}, (None, None)),
        (["yes", "no"], {"type": "boolean"}, (None, None)),
    ],
    ids=["numbers", "dates", "a date among words", "words", "booleans"],
)
def test_a_profile_has_the_least_and_the_greatest_value(
    tmp_path: Path,
    values: list[str],
    variable: dict[str, str],
    expected: tuple[str | None, str | None],
) -> None:
    field = plan_of_column(tmp_path, values, variable).fields[0]

    assert (field.minimum, field.maximum) == expected


def test_long_values_are_cut(tmp_path: Path) -> None:
    rows = [("a@x.co", "x" * 10_000, "", "")]

    plan = plan_of(make_job(tmp_path, COLUMNS, rows, {"data": {"plan": "plan"}}))

    assert len(plan.fields[0].top_values[0].value) == 100
