import json
from typing import Any

import polars as pl
import pytest

from tests.mapped import validated

ROWS = pl.DataFrame(
    {
        "Email": ["a@b.co", "c@d.co"],
        "full": ["x", "y"],
        "holes": [None, "1"],
        "flag": ["yes", None],
    }
)
FLAG = {"column": "flag", "true": ["yes"], "false": ["no"]}


def written(mapping: dict[str, Any]) -> list[Any]:
    return [json.loads(body) for body in validated(mapping, ROWS).events["body"]]


def test_without_data_there_are_only_address_and_event() -> None:
    assert written({}) == [
        {"email": "a@b.co", "event": "probe"},
        {"email": "c@d.co", "event": "probe"},
    ]


def test_an_absent_subscription_is_left_out() -> None:
    [first, second] = written({"subscribed": FLAG})
    assert first["subscribed"] is True
    assert "subscribed" not in second


FULL = ("full", "full")
HOLES = ("holes", {"column": "holes", "type": "integer"})
DELETED = ("holes", {"column": "holes", "type": "integer", "empty": "delete"})
ONCE = ("holes", {"column": "holes", "persistent": False})
FIXED = ("fixed", {"const": "always"})


@pytest.mark.parametrize(
    ("data", "first", "second"),
    [
        ([FULL, HOLES], {"full": "x"}, {"full": "y", "holes": 1}),
        ([HOLES, FULL], {"full": "x"}, {"full": "y", "holes": 1}),
        ([HOLES], None, {"holes": 1}),
        ([DELETED], {"holes": None}, {"holes": 1}),
        ([ONCE], None, {"holes": {"value": "1", "persistent": False}}),
        ([HOLES, FIXED], {"fixed": "always"}, {"fixed": "always", "holes": 1}),
        ([FIXED, HOLES], {"fixed": "always"}, {"fixed": "always", "holes": 1}),
    ],
    ids=[
        "hole last",
        "hole first",
        "hole only",
        "deleted",
        "one-shot",
        "fixed last",
        "fixed first",
    ],
)
def test_commas_stand_just_between_the_members_that_are_there(
    data: list[tuple[str, object]], first: object, second: object
) -> None:
    assert [one.get("data") for one in written({"data": dict(data)})] == [first, second]
