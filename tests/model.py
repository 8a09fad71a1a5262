"""MAP once more, row by row and without polars: takes a row, gives its body or its codes.

It serves the tests as the second opinion on what the columns say.
"""

import datetime as dt
import json
import math
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from plunk_import.sandbox import index_bytes

Row: TypeAlias = dict[str, str | None]

MAPPING: dict[str, Any] = {
    "email": "email",
    "event": "event",
    "subscribed": "flag",
    "data": {
        "text": "text",
        "once": {"column": "text", "persistent": False},
        "number": {"column": "number", "type": "number"},
        "whole": {"column": "number", "type": "integer", "empty": "delete"},
        "flag": {"column": "flag", "type": "boolean"},
        "day": {"column": "moment", "type": "date"},
        "at": {"column": "moment", "type": "datetime"},
        "document": {"column": "doc", "type": "json"},
    },
}

_WHITE_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d))"
    r"(?:[Tt ](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?"
    r"(?: ?([Zz]|UTC|[+-]\d\d(?::?\d\d(?::?\d\d)?)?))?)?",
    re.ASCII,
)


class BadError(Exception):
    """A cell is bad; its arguments are the codes."""


def validated(row: Row) -> tuple[dict[str, Any], set[str]]:
    """Return the body of a row and the codes it is rejected with."""
    codes: set[str] = set()

    def read(reader: Callable[[str], Any], cell: str | None) -> Any:  # noqa: ANN401 - JSON
        try:
            return reader(cell) if cell else None
        except BadError as bad:
            codes.update(bad.args)
            return None

    email, event = read(_email, row["email"]), read(_event, row["event"])
    codes |= {"missing_email"} if email == "" or not row["email"] else set()
    codes |= set() if row["event"] else {"missing_event"}
    flag, text = read(_boolean, row["flag"]), read(_text, row["text"])
    data = {
        "text": text,
        "once": None if text is None else {"value": text, "persistent": False},
        "number": read(_number, row["number"]),
        "flag": flag,
        "day": read(_date, row["moment"]),
        "at": read(_moment, row["moment"]),
        "document": read(_document, row["doc"]),
    }
    present = {name: value for name, value in data.items() if value is not None}
    body: dict[str, Any] = {"email": email, "event": event}
    if flag is not None:
        body["subscribed"] = flag
    body["data"] = {**present, "whole": read(_integer, row["number"])}
    return body, codes


def _email(cell: str) -> str:
    address = cell.strip(_WHITE_SPACE)
    local, _, domain = address.rpartition("@")
    is_local = re.fullmatch(r"[A-Za-z0-9_'+.-]*[A-Za-z0-9_+-]", local) and local[0] != "."
    *labels, last = domain.split(".")
    is_domain = (
        labels
        and all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", label) for label in labels)
        and re.fullmatch(r"[A-Za-z]{2,}", last)
    )
    if address and not (is_local and is_domain and ".." not in address):
        raise BadError("invalid_email")
    return address.lower()


def _event(cell: str) -> str:
    codes = []
    is_reserved = cell.startswith("email.") or cell in (
        "contact.subscribed",
        "contact.unsubscribed",
    )
    if is_reserved or (cell.startswith("segment.") and cell.endswith((".entry", ".exit"))):
        codes.append("reserved_event")
    if index_bytes(cell) > 2600:
        codes.append("event_too_long")
    if "\0" in cell:
        codes.append("nul_character")
    if codes:
        raise BadError(*codes)
    return cell


def _text(cell: str) -> str:
    if "\0" in cell:
        raise BadError("nul_character")
    return cell


def _number(cell: str) -> float | None:
    text = cell.strip(_WHITE_SPACE)
    if not text:
        return None
    if re.fullmatch(r"[+-]?(nan|inf|infinity)", text, re.IGNORECASE | re.ASCII):
        raise BadError("number_not_finite")
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        raise BadError("invalid_number")
    if not _is_kept(float(text)):
        codes = {"number_not_finite"}
        raise BadError(*codes | _too_large(text))
    if _too_large(text):
        raise BadError("integer_too_large")
    return float(text)


def _is_kept(number: float) -> bool:
    """Tell whether Plunk stores a double: the very largest becomes null there."""
    return math.isfinite(number) and abs(number) != 1.7976931348623157e308


def _too_large(text: str) -> set[str]:
    is_whole = re.fullmatch(r"[+-]?[0-9]+", text)
    return {"integer_too_large"} if is_whole and abs(int(text)) > 2**53 else set()


def _integer(cell: str) -> int | None:
    text = cell.strip(_WHITE_SPACE)
    if not text:
        return None
    found = re.fullmatch(r"([+-]?[0-9]+)(\.0*)?", text)
    if not found:
        raise BadError("invalid_integer")
    if _too_large(found[1]):
        raise BadError("integer_too_large")
    return int(found[1])


def _boolean(cell: str) -> bool | None:
    word = cell.strip(_WHITE_SPACE).lower()
    if word not in ("", "true", "t", "yes", "y", "1", "false", "f", "no", "n", "0"):
        raise BadError("invalid_boolean")
    return word in ("true", "t", "yes", "y", "1") if word else None


def _date(cell: str) -> str | None:
    text = cell.strip(_WHITE_SPACE)
    try:
        if text and not re.fullmatch(r"[0-9]{4}(-[0-9]{2}-[0-9]{2}|[0-9]{4})", text):
            raise BadError("invalid_date")
        return dt.date.fromisoformat(text).isoformat() if text else None
    except ValueError as error:
        raise BadError("invalid_date") from error


def _moment(cell: str) -> str | None:
    text = cell.strip(_WHITE_SPACE)
    if not text:
        return None
    found = _ISO.fullmatch(text)
    if not found:
        raise BadError("invalid_datetime")
    year, *dates, hour, minute, second, fraction, offset = found.groups()
    month, day = (int(number) for number in dates if number)
    hours, minutes, seconds = (int(number or 0) for number in (hour, minute, second))
    microsecond = int((fraction or "").ljust(3, "0")[:3]) * 1_000
    try:
        is_end = (hours, minutes, seconds, microsecond) == (24, 0, 0, 0)
        hours = 0 if is_end else hours
        time = dt.time(hours, minutes, seconds, microsecond, _zone(offset))
        # The calendar repeats every 400 years; Python's own has no year 0 and none after 9999.
        alike = int(year) % 400 + 2000
        clock = dt.datetime.combine(dt.date(alike, month, day), time)
        utc = clock.astimezone(dt.UTC) + dt.timedelta(days=is_end)
    except ValueError as error:
        raise BadError("invalid_datetime") from error
    real = utc.year - alike + int(year)
    if not 1 <= real <= 9999:
        raise BadError("datetime_out_of_range")
    return f"{real:04}-{utc:%m-%dT%H:%M:%S}.{utc.microsecond // 1_000:03}Z"


def _zone(offset: str | None) -> dt.timezone:
    if offset is None or offset in ("Z", "z", "UTC"):
        return dt.UTC
    digits = offset[1:].replace(":", "").ljust(6, "0")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if minutes > 59 or seconds > 59:
        raise ValueError(offset)
    ahead = dt.timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return dt.timezone(-ahead if offset[0] == "-" else ahead)


def _document(cell: str) -> Any:  # noqa: ANN401 - JSON
    text = cell.strip(_WHITE_SPACE)
    if not text:
        return None
    try:
        value = json.loads(text, parse_constant=_refuse)
    except ValueError as error:
        raise BadError("invalid_json") from error
    codes = set(_faults(value))
    if codes:
        raise BadError(*codes)
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _faults(value: Any) -> list[str]:  # noqa: ANN401 - JSON
    match value:
        case str():
            is_half = any("\ud800" <= character <= "\udfff" for character in value)
            return ["nul_character"] * ("\0" in value) + ["lone_surrogate"] * is_half
        case dict():
            parts = [part for pair in value.items() for part in pair]
            dropped = ["reserved_key"] * ("__proto__" in value)
            return dropped + [code for part in parts for code in _faults(part)]
        case list():
            return [code for part in value for code in _faults(part)]
        case float():
            return [] if _is_kept(value) else ["number_not_finite"]
        case int():
            return ["integer_too_large"] * (abs(value) > 2**53)
    return []
