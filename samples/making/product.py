"""A product's event log with a type of its own for each column."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import polars as pl

from making.cast import Flaw, Person, Sample, invite

SCHEMA = pl.Schema(
    {
        "user_email": pl.String(),
        "full_name": pl.String(),
        "event": pl.Categorical(),
        "occurred_at": pl.Datetime("us", "Europe/Brussels"),
        "workspace_id": pl.Int64(),
        "plan": pl.Enum(["free", "team", "business"]),
        "seats": pl.Int32(),
        "mrr": pl.Decimal(10, 2),
        "health_score": pl.Float64(),
        "trial": pl.Boolean(),
        "trial_ends_at": pl.Datetime("us"),
        "tags": pl.List(pl.String()),
        "device": pl.Struct(
            {
                "os": pl.String(),
                "version": pl.String(),
                "screen": pl.Struct({"width": pl.Int32(), "height": pl.Int32()}),
            }
        ),
        "birthday": pl.Date(),
        "marketing_opt_in": pl.Boolean(),
        "internal": pl.Boolean(),
    }
)
ROWS = 240
EVENTS = ("project created", "invite sent", "report exported", "plan upgraded", "comment added")
PRICES = {"free": Decimal("0.00"), "team": Decimal("12.50"), "business": Decimal("29.90")}
TAGS = ("beta", "early, adopter", "référent", "日本")
SCREENS = ({"width": 1920, "height": 1080}, {"width": 390, "height": 844})
STARTS = datetime(2026, 3, 27, 7, 15, 0, 250_000, tzinfo=UTC)

# By row, the first being 1; these rows are made as rows of customers.
FLAWS = {
    6: Flaw({"user_email": None}, ("missing_email",)),
    19: Flaw({"user_email": "noor@localhost"}, ("invalid_email",)),
    33: Flaw({"event": "email.opened"}, ("reserved_event",)),
    34: Flaw({"event": "segment.power-users.entry"}, ("reserved_event",)),
    58: Flaw({"event": "contact.unsubscribed"}, ("reserved_event",)),
    77: Flaw({"event": None}, ("missing_event",)),
    102: Flaw({"health_score": float("nan")}, ("number_not_finite",)),
    103: Flaw({"health_score": float("inf")}, ("number_not_finite",)),
    140: Flaw({"workspace_id": 2**53 + 1}, ("integer_too_large",)),
    168: Flaw({"full_name": "Bj\x00rn Ångström"}, ("nul_character",)),
    181: Flaw({"workspace_id": None}, ("empty_value",)),
    215: Flaw(
        {"user_email": "zoë@exämple.com", "event": "email.clicked", "health_score": float("-inf")},
        ("invalid_email", "reserved_event", "number_not_finite"),
    ),
}


def make(rng: Random) -> Sample:
    """Return the events in order of time; those of the company's own staff are for the mapping."""
    people = invite(rng, 30)
    birthdays = [date(1958, 2, 28) + timedelta(days=rng.randrange(17_000)) for _ in people]
    users = list(zip(people, birthdays, strict=True))
    rows = []
    moment = STARTS
    for number in range(1, ROWS + 1):
        moment += timedelta(microseconds=rng.randrange(40_000_000, 3_600_000_000))
        who, birthday = rng.choice(users)
        row = _event(rng, who, birthday, moment)
        row["internal"] = number not in FLAWS and rng.random() < 0.05
        rows.append(row)
    for number, flaw in FLAWS.items():
        rows[number - 1] |= flaw.cells
    filtered = sum(row["internal"] for row in rows)
    return Sample(rows, filtered, {number: flaw.codes for number, flaw in FLAWS.items()})


def _event(rng: Random, who: Person, birthday: date, moment: datetime) -> dict[str, Any]:
    plan = rng.choice(tuple(PRICES))
    seats = 1 if plan == "free" else rng.randrange(2, 40)
    trial = plan != "free" and rng.random() < 0.3
    trial_ends_at = (moment + timedelta(days=14)).replace(tzinfo=None, microsecond=0)
    return {
        "user_email": who.email,
        "full_name": who.name,
        "event": rng.choice(EVENTS),
        "occurred_at": moment,
        "workspace_id": rng.choice((70_012, 70_388, 9_007_199_254_740_991)),
        "plan": plan,
        "seats": seats,
        "mrr": Decimal(0) if trial else PRICES[plan] * seats,
        "health_score": None if rng.random() < 0.1 else rng.randrange(1000) / 1000,
        "trial": trial,
        "trial_ends_at": trial_ends_at if trial else None,
        "tags": rng.sample(TAGS, rng.randrange(3)),
        "device": _device(rng),
        "birthday": birthday,
        "marketing_opt_in": rng.choice((True, False, None)),
    }


def _device(rng: Random) -> dict[str, Any] | None:
    if rng.random() < 0.1:
        return None
    version = f"{rng.randrange(10, 18)}.{rng.randrange(7)}"
    system = rng.choice(("iOS", "Android", "Windows", "macOS"))
    return {"os": system, "version": version, "screen": rng.choice((*SCREENS, None))}
