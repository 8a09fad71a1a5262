from pathlib import Path
from typing import Any

import pytest

from plunk_import.plan import Subscription
from tests.plan.census.planning import ANY_DATE, make_job, plan_of

MAPPING: dict[str, Any] = {
    "event": {"sql": "'order.' || status || kind || status"},
    "data": {"at": "at", "from": {"const": "shop"}},
}


def plan_with(tmp_path: Path, answers: list[str], subscribed: dict[str, Any]) -> Any:  # noqa: ANN401
    rows = [("ada@example.com", "paid", "x", ANY_DATE, answer) for answer in answers]
    columns = ("email", "status", "kind", "at", "opted")
    return plan_of(make_job(tmp_path, columns, rows, MAPPING | subscribed))


def test_each_field_names_the_columns_it_is_read_from(tmp_path: Path) -> None:
    assert plan_with(tmp_path, ["yes"], {"subscribed": "opted"}).origins == {
        "email": ("email",),
        "event": ("status", "kind"),
        "subscribed": ("opted",),
        "data.at": ("at",),
        "data.from": (),
    }


@pytest.mark.parametrize(
    ("subscribed", "counts"),
    [
        pytest.param({"subscribed": "opted"}, (2, 1, 1), id="a column"),
        pytest.param({"subscribed": {"const": False}}, (0, 4, 0), id="a constant"),
        pytest.param({}, None, id="left out"),
    ],
)
def test_who_would_be_subscribed_is_counted_in_rows(
    subscribed: dict[str, Any], counts: tuple[int, int, int] | None, tmp_path: Path
) -> None:
    found = plan_with(tmp_path, ["yes", "no", "", "yes"], subscribed).subscription

    named = dict(zip(("subscribe", "unsubscribe", "silent"), counts, strict=True)) if counts else {}
    assert found == (Subscription(**named) if counts else None)
