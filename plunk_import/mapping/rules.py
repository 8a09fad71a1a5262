"""What a mapping may say: checks of one name or value, which is returned as it is to be used.

Every function raises ValueError with a sentence that says what is wrong and what to do.
"""

import codecs
import datetime
import difflib
import encodings.aliases
import re
import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from plunk_import.mapping.name_size import is_name_stored
from plunk_import.plunk import (
    CONTACT_NAMES,
    DROPPED_KEY,
    DROPPED_NAMES,
    LARGEST_INTEGER,
    LONGEST_EVENT_BYTES,
    RESERVED_EVENT_NAMES,
    URL_NAMES,
)

_RENAME = "choose another name, such as `{name}`"
_DROPPED = "Plunk drops this name without a word, so that the value never reaches the contact"
_EFFECTS = (
    (DROPPED_NAMES, _DROPPED),
    (URL_NAMES, "Plunk drops this name and fills in an address of its own"),
    (CONTACT_NAMES, "Plunk keeps this name for the contact itself"),
)
_WHERE_IT_GOES = MappingProxyType(
    {
        "email": "the address itself goes under the top-level `email`",
        "subscribed": "its state goes under the top-level `subscribed`",
    }
)
_OTHER_NAMES = MappingProxyType(
    {
        "id": "external_id",
        "email": "other_email",
        "plunk_id": "old_plunk_id",
        "plunk_email": "old_plunk_email",
        "unsubscribeUrl": "old_unsubscribe_url",
        "subscribeUrl": "old_subscribe_url",
        "manageUrl": "old_manage_url",
        "createdAt": "created_at",
        "updatedAt": "updated_at",
        "subscribed": "opted_in",
        "__proto__": "proto",
    }
)
RESERVED_NAMES = tuple(_OTHER_NAMES)

_DEEPEST = 50

DELIMITERS = MappingProxyType({"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"})
_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_SPELLED_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` where a known name is close, else nothing."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(name.lower()[:100], by_lower, n=1, cutoff=0.6)
    return f"; did you mean `{by_lower[close[0]]}`?" if close else ""


def check_text(text: str) -> str:
    """Refuse what Postgres refuses: NUL and half characters, a 500 on every try."""
    if "\0" in text:
        raise ValueError("holds a NUL character, which Plunk's database refuses: remove it")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds half of a surrogate pair, which Plunk refuses: write it whole")
    return text


def check_variable_name(name: str) -> str:
    """Refuse names of `data` that Plunk drops or keeps (plunk-api: variables in `data`)."""
    if not name:
        raise ValueError("the name is empty: give it one")
    for names, effect in _EFFECTS:
        if name in names:
            told = "; ".join(filter(None, (effect, _WHERE_IT_GOES.get(name))))
            raise ValueError(f"{told}: {_RENAME.format(name=_OTHER_NAMES[name])}")
    return check_text(name)


def check_marker_name(name: str) -> str:
    """Refuse what no variable may be called, and `locale`, which must be a persistent string."""
    if name == "locale":
        raise ValueError("Plunk refuses a one-shot `locale`: choose another name for the marker")
    return check_variable_name(name)


def check_event_name(name: object) -> str:
    """Refuse event names that the API refuses, by its own rules."""
    if not isinstance(name, str):
        message = "an event name is text: put it in quotes"
        raise ValueError(message)  # noqa: TRY004  pydantic collects ValueErrors
    if not name:
        raise ValueError("an event name cannot be empty")
    if RESERVED_EVENT_NAMES.fullmatch(name):
        raise ValueError(
            "Plunk keeps such event names for itself (`email.…`, `contact.subscribed`, "
            "`contact.unsubscribed`, `segment.….entry`, `segment.….exit`): choose another, "
            f"such as `shop.{name[:40]}`"
        )
    if not is_name_stored(check_text(name)):
        size = len(name.encode())
        raise ValueError(f"{size} bytes are more than Plunk's {LONGEST_EVENT_BYTES}: shorten it")
    return name


def check_constant(value: object) -> object:
    """Refuse constants that JSON, JavaScript's doubles or Plunk's database cannot hold."""
    _check_json(value, depth=0)
    return value


def _check_json(value: object, *, depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"is nested over {_DEEPEST} levels deep: flatten it")
    match value:
        case str():
            check_text(value)
        case bool() | None:
            pass
        case int() | float():
            _check_number(value)
        case list():
            for item in value:
                _check_json(item, depth=depth + 1)
        case dict():
            for key, item in value.items():
                _check_key(key)
                _check_json(item, depth=depth + 1)
        case _:
            allowed = "text, a number, true, false, a list or a mapping"
            raise ValueError(f"a constant is {allowed}, not {kind(value)}")


def _check_number(value: float) -> None:
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError("Plunk rounds whole numbers beyond 2^53: put it in quotes")
    elif not abs(value) < sys.float_info.max:
        raise ValueError("JSON has no such number: write a smaller, finite one")


def _check_key(key: object) -> None:
    if not isinstance(key, str):
        message = f"JSON has only text for keys, not {kind(key)}: put it in quotes"
        raise ValueError(message)  # noqa: TRY004  pydantic collects ValueErrors
    if key == DROPPED_KEY:
        raise ValueError("Plunk drops a key `__proto__` at any depth: rename it")
    check_text(key)


_TYPE_OF = {bool: "boolean", int: "integer", float: "number", str: "string"}


def check_constant_type(value: object, declared: str) -> None:
    """Refuse a type that the constant, sent exactly as it is written, does not have."""
    own = _TYPE_OF.get(type(value), "json")
    fits = (
        declared in (own, "json")
        or (declared == "number" and own == "integer")
        or (declared == "date" and _is_date(value))
        or (declared == "datetime" and _is_datetime(value))
    )
    if not fits:
        raise ValueError(
            f"the constant {shown(value)} is {_ARTICLE[own]}, not {_ARTICLE[declared]}: "
            "leave `type` out, or write the constant as it shall be sent"
        )


_ARTICLE = {
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "json": "a list or a mapping",
    "date": "a date such as 2026-01-31",
    "datetime": "a date and time such as 2026-01-31T12:00:00Z",
}


def _is_date(value: object) -> bool:
    return isinstance(value, str) and len(value) == len("2026-01-31") and _is_iso(value)


def _is_datetime(value: object) -> bool:
    return isinstance(value, str) and bool(_SPELLED_DATETIME.fullmatch(value)) and _is_iso(value)


def _is_iso(value: str) -> bool:
    try:
        datetime.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def check_timezone(name: str) -> str:
    """Refuse what cannot be an IANA name; whether the zone exists is known where it is used."""
    if not _TIMEZONE.fullmatch(name):
        raise ValueError(
            f"{shown(name)} is not the name of a time zone: write a place such as "
            "Europe/Brussels, or UTC"
        )
    return name


def check_delimiter(given: str) -> str:
    """Return the character that a delimiter names: itself, or comma, semicolon, tab, pipe."""
    character = "\t" if given == r"\t" else DELIMITERS.get(given.lower(), given)
    if len(character) != 1 or character in '\r\n\0"':
        words = ", ".join(DELIMITERS)
        raise ValueError(
            f"{shown(given)} is not a delimiter: write one character in quotes, or {words}"
        )
    return character


def check_encoding(name: str) -> str:
    """Return Python's own name of an encoding of text."""
    try:
        b"a".decode(name, errors="ignore")
        return codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        aliases = (alias.replace("_", "-") for alias in encodings.aliases.aliases)
        near = nearest(name, [alias for alias in aliases if not alias.isalpha()])
        raise ValueError(
            f"{shown(name)} is not a known encoding of text; "
            f"usual ones are utf-8, utf-16, cp1252, iso-8859-15{near}"
        ) from error


def shown(value: object) -> str:
    """Write a value as a message shows it: quoted where it is text, and never long."""
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return "a number beyond 2^53"
    if not isinstance(value, str | int | float):
        return kind(value)
    text = f'"{value}"' if isinstance(value, str) and value.isprintable() else ascii(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


_KINDS: Mapping[type, str] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    tuple: "a list",
    dict: "a mapping",
    type(None): "nothing",
}


def kind(value: object) -> str:
    """Name what sort of value it is."""
    return _KINDS.get(type(value), f"a Python {type(value).__name__}")
