import json
from typing import Any

import polars as pl
import pytest

from plunk_import.validate.bodies import Member, body, constant_member, member

TEXTS = pl.DataFrame(
    {
        "email": ["a@b.co", "c@d.co"],
        "event": ["one", "two"],
        "full": ["x", "y"],
        "holes": [None, "1"],
        "flag": ["true", None],
    }
)


def written(data: list[Member], subscribed: Member | None = None) -> list[Any]:
    bodies = TEXTS.select(body(TEXTS, subscribed=subscribed, data=data).alias("body"))["body"]
    return [json.loads(text) for text in bodies]


def test_without_data_there_are_only_address_and_event() -> None:
    assert written([]) == [
        {"email": "a@b.co", "event": "one"},
        {"email": "c@d.co", "event": "two"},
    ]


def test_an_absent_subscription_is_left_out() -> None:
    [first, second] = written([], Member("flag", ',"subscribed":'))
    assert first["subscribed"] is True
    assert "subscribed" not in second


FULL = member("full", "full", is_quoted=True)
HOLES = member("holes", "holes", is_quoted=False)
DELETED = member("holes", "holes", is_quoted=False, is_deleted=True)
ONCE = member("holes", "holes", is_quoted=True, is_persistent=False)
FIXED = constant_member("fixed", {"a": [None]}, is_persistent=True)


@pytest.mark.parametrize(
    ("data", "first", "second"),
    [
        ([FULL, HOLES], {"full": "x"}, {"full": "y", "holes": 1}),
        ([HOLES, FULL], {"full": "x"}, {"full": "y", "holes": 1}),
        ([HOLES], None, {"holes": 1}),
        ([DELETED], {"holes": None}, {"holes": 1}),
        ([ONCE], None, {"holes": {"value": "1", "persistent": False}}),
        ([HOLES, FIXED], {"fixed": {"a": [None]}}, {"fixed": {"a": [None]}, "holes": 1}),
        ([FIXED, HOLES], {"fixed": {"a": [None]}}, {"fixed": {"a": [None]}, "holes": 1}),
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
    data: list[Member], first: object, second: object
) -> None:
    assert [one.get("data") for one in written(data)] == [first, second]
