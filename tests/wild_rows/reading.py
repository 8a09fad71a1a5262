"""What Plunk should store of a cell, as another reader than the program's own gives it."""

import datetime as dt
import decimal
import enum
import math
import sys
from typing import Any, TypeAlias

Json: TypeAlias = Any

_LARGEST_INTEGER = 2**53


class Absent(enum.Enum):
    """What is stored of a cell that says nothing."""

    ABSENT = enum.auto()


class Unstorable(Exception):  # noqa: N818 - what a cell may be, not a fault of the reader
    """Plunk cannot keep the cell as it is: its row has to be rejected."""


def stored_cell(cell: object) -> Json:
    """Return what Plunk should keep of a whole cell: of an empty one, nothing."""
    return Absent.ABSENT if cell is None or cell == "" else stored(cell)


def stored(value: object) -> Json:
    """Return what Plunk should keep of a value; raise `Unstorable` where it cannot."""
    match value:
        case None | bool():
            return value
        case str():
            return _text(value)
        case int() | float() | decimal.Decimal():
            return _number(value)
        case dt.date() | dt.time() | dt.timedelta():
            return _time(value)
        case list():
            return [stored(item) for item in value]
        case dict():
            return _members(value)
    raise Unstorable(f"JSON has no {type(value).__name__}")


def _text(text: str) -> str:
    if "\0" in text:
        raise Unstorable("NUL")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Unstorable("half of a surrogate pair") from error
    return text


def _number(number: float | decimal.Decimal) -> float:
    if isinstance(number, int | decimal.Decimal) and abs(number) > _LARGEST_INTEGER:
        raise Unstorable("rounded")
    if not math.isfinite(number) or abs(float(number)) >= sys.float_info.max:
        raise Unstorable("no number that Plunk keeps")
    return float(number)


def _time(moment: dt.date | dt.time | dt.timedelta) -> Json:
    match moment:
        case dt.timedelta():
            return moment.total_seconds()
        case dt.datetime():
            utc = moment.astimezone(dt.UTC) if moment.tzinfo else moment
            return f"{utc.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"
        case dt.time() if moment.microsecond and not moment.microsecond % 1_000:
            return moment.isoformat(timespec="milliseconds")
    return moment.isoformat()


def _members(members: dict[str, object]) -> Json:
    if "__proto__" in members:
        raise Unstorable("a key that Plunk drops")
    return {_text(name): stored(value) for name, value in members.items()}


def is_same(kept: Json, wanted: Json) -> bool:
    """Compare as Plunk keeps JSON: true is not 1, but 1 is 1.0; of a fraction 16 digits count."""
    match kept, wanted:
        case dict(), dict():
            return kept.keys() == wanted.keys() and all(
                is_same(kept[name], value) for name, value in wanted.items()
            )
        case list(), list():
            return len(kept) == len(wanted) and all(map(is_same, kept, wanted))
        case (int() | float(), float()) if not isinstance(kept, bool):
            return float(kept) in (wanted, float(f"{wanted:.16g}"))
    return type(kept) is type(wanted) and bool(kept == wanted)
