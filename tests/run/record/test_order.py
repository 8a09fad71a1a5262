from datetime import UTC, datetime

import polars as pl
import pytest

from plunk_import.read import ORDINAL
from plunk_import.run.record import OrderWatch
from plunk_import.storage import RowState

DELIVERED, IN_DOUBT, CLAIMED = RowState.DELIVERED, RowState.IN_DOUBT, RowState.CLAIMED
LATE = "no reply in time"

Row = tuple[str, RowState, float | None, float | None, str | None]
"""Contact, state, when its request left, when Plunk stored it, and why it was ever in doubt."""


def text(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


def frames(rows: list[Row], first: int = 1) -> tuple[pl.DataFrame, pl.DataFrame]:
    ordinals = range(first, first + len(rows))
    events = pl.DataFrame(
        {ORDINAL: ordinals, "email": [row[0] for row in rows]},
        schema={ORDINAL: pl.UInt64, "email": pl.String},
    )
    outcomes = pl.DataFrame(
        {
            ORDINAL: ordinals,
            "state": [row[1] for row in rows],
            "sent_at": [row[2] for row in rows],
            "timestamp": [text(row[3]) for row in rows],
            "reason": [row[4] for row in rows],
        },
        schema={
            ORDINAL: pl.UInt64,
            "state": pl.UInt8,
            "sent_at": pl.Float64,
            "timestamp": pl.String,
            "reason": pl.String,
        },
    )
    return events, outcomes


CASES: dict[str, tuple[list[Row], tuple[str, ...]]] = {
    "nothing was in doubt": (
        [("a", DELIVERED, 1.0, 1.1, None), ("a", DELIVERED, 2.0, 2.1, None)],
        (),
    ),
    "a later row went while one is in doubt": (
        [("a", IN_DOUBT, 1.0, None, LATE), ("a", DELIVERED, 9.0, 9.1, None)],
        ("a",),
    ),
    "two are in doubt": (
        [("a", IN_DOUBT, 1.0, None, LATE), ("a", IN_DOUBT, 9.0, None, LATE)],
        ("a",),
    ),
    "only the last one is in doubt": (
        [("a", DELIVERED, 1.0, 1.1, None), ("a", CLAIMED, None, None, None)],
        (),
    ),
    "another contact's row went": (
        [("a", IN_DOUBT, 1.0, None, LATE), ("b", DELIVERED, 9.0, 9.1, None)],
        (),
    ),
    "settled before the next one went": (
        [("a", DELIVERED, 1.0, 1.1, LATE), ("a", DELIVERED, 9.0, 9.1, None)],
        (),
    ),
    "sent again after the next one": (
        [("a", DELIVERED, 20.0, 20.1, LATE), ("a", DELIVERED, 9.0, 9.1, None)],
        ("a",),
    ),
    "sent again, stored once under its key at an unknown time": (
        [("a", DELIVERED, 20.0, None, LATE), ("a", DELIVERED, 9.0, 9.1, None)],
        ("a",),
    ),
    "stored late by a slow server": (
        [("a", DELIVERED, 1.0, 9.5, LATE), ("a", DELIVERED, 9.0, 9.1, None)],
        ("a",),
    ),
    "stored within one millisecond": (
        [("a", DELIVERED, 1.0, 9.1, LATE), ("a", DELIVERED, 9.0, 9.1, LATE)],
        ("a",),
    ),
    "sent before an older one was stored, and stored after it": (
        [("a", DELIVERED, 1.0, 50.0, LATE), ("a", DELIVERED, 9.0, 176.0, LATE)],
        ("a",),
    ),
    "rejected or pending rows do not count": (
        [("a", IN_DOUBT, 1.0, None, LATE), ("a", RowState.REJECTED, 9.0, None, None)],
        (),
    ),
}


@pytest.mark.parametrize(("rows", "contacts"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("at_once", [True, False], ids=["one look", "a look a row"])
def test_contacts_whose_order_may_differ(
    rows: list[Row], contacts: tuple[str, ...], at_once: bool
) -> None:
    watch = OrderWatch()
    if at_once:
        watch.look(*frames(rows))
    else:
        for number, row in enumerate(rows, start=1):
            watch.look(*frames([row], first=number))
    assert watch.contacts() == contacts
