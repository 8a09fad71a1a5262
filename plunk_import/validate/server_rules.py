"""The server's own rules about addresses, event names and requests, as expressions.

Each rule stands as the recorded exchanges with the server show it.
"""

import itertools
import unicodedata

import polars as pl

from plunk_import.mapping import is_name_stored
from plunk_import.plunk import LARGEST_BODY_BYTES, LONGEST_EVENT_BYTES
from plunk_import.validate.checks import Check, Quoted, Reading, Slot, check, escaped
from plunk_import.validate.notices import LONG_EVENT
from plunk_import.validate.rejects import (
    BODY_TOO_LARGE,
    EVENT_TOO_LONG,
    INVALID_EMAIL,
    MISSING_EMAIL,
    MISSING_EVENT,
    RESERVED_EVENT,
)
from plunk_import.validate.types import TO_ESCAPE, nul_check

# The grammar of zod 3's `email()`. Letters are listed, because case folding would let the Kelvin
# sign pass as a K.
_ADDRESS = (
    r"^(?:[A-Za-z0-9_'+\-]+\.)*[A-Za-z0-9_'+\-]*[A-Za-z0-9_+\-]"
    r"@(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"
)
_MOST_NAMED = 3
_TIDY_ADDRESS = _ADDRESS.replace("A-Z", "")
_PERHAPS_RESERVED = r"^(?:email|contact|segment)\."
_TO_ESCAPE_OR_RESERVED = rf"{TO_ESCAPE}|{_PERHAPS_RESERVED}"


def address(slot: Slot) -> Reading:
    """Read an address: trimmed and in lower case, so that one person is one contact."""
    trimmed = slot.cell.str.strip_chars()
    is_good = is_address(trimmed)
    is_missing = (trimmed == "").fill_null(value=True)
    return Reading(
        (
            pl.when(slot.cell.str.contains(_TIDY_ADDRESS)).then(slot.cell),
            pl.when(is_good).then(trimmed.str.to_lowercase()),
        ),
        (
            check(MISSING_EMAIL, slot.field, is_missing),
            check(
                INVALID_EMAIL,
                slot.field,
                ~is_good & ~is_missing,
                Quoted(trimmed),
                _strangeness(trimmed),
            ),
        ),
        is_quoted=True,
        sure=is_address(slot.cell),
    )


def event_name(slot: Slot) -> Reading:
    """Read an event name, as it is: the server neither trims it nor folds its case."""
    cell = slot.cell
    size = cell.str.len_bytes()
    is_short = size <= LONGEST_EVENT_BYTES
    is_plain = ~cell.str.contains(_TO_ESCAPE_OR_RESERVED) & is_short
    sure = ~cell.str.contains(_PERHAPS_RESERVED) & is_short
    checks = (
        check(MISSING_EVENT, slot.field, cell.is_null()),
        check(RESERVED_EVENT, slot.field, is_reserved(cell), Quoted(cell)),
        check(EVENT_TOO_LONG, slot.field, _is_too_long(cell), Quoted(cell), size),
        nul_check(slot),
    )
    is_good = ~pl.any_horizontal([one.bad for one in checks])
    attempts = (pl.when(is_plain).then(cell), pl.when(is_good).then(escaped(cell)))
    return Reading(attempts, checks, is_quoted=True, sure=sure, is_text=True)


def long_name_notice(slot: Slot) -> Check:
    """Notice a name that is stored only because the database compresses it."""
    size = slot.cell.str.len_bytes()
    return check(LONG_EVENT, slot.field, size > LONGEST_EVENT_BYTES, Quoted(slot.cell), size)


def is_address(trimmed: pl.Expr) -> pl.Expr:
    """Tell whether the server accepts a text as an address."""
    return trimmed.str.contains(_ADDRESS)


def is_reserved(event: pl.Expr) -> pl.Expr:
    """Tell whether Plunk reserves an event name for itself."""
    of_segments = event.str.starts_with("segment.") & (
        event.str.ends_with(".entry") | event.str.ends_with(".exit")
    )
    of_contacts = event.is_in(["contact.subscribed", "contact.unsubscribed"])
    return event.str.starts_with("email.") | of_contacts | of_segments


def size_check(body: pl.Expr) -> Check:
    """Check the size of the finished body."""
    size = body.str.len_bytes()
    return check(BODY_TOO_LARGE, "", size > LARGEST_BODY_BYTES, size)


def _is_too_long(event: pl.Expr) -> pl.Expr:
    return event.map_batches(_too_long, return_dtype=pl.Boolean, is_elementwise=True)


def _too_long(names: pl.Series) -> pl.Series:
    seen = (name is not None and not is_name_stored(name) for name in names)
    return pl.Series(names.name, seen, dtype=pl.Boolean)


def _strangeness(address: pl.Expr) -> pl.Expr:
    """Name what cannot stand in an address and may not even be seen, by code point."""
    return address.map_batches(_told, return_dtype=pl.String, is_elementwise=True)


def _told(addresses: pl.Series) -> pl.Series:
    said = (None if address is None else _expectation(address) for address in addresses)
    return pl.Series(addresses.name, said, dtype=pl.String)


def _expectation(address: str) -> str:
    strange = dict.fromkeys(one for one in address if not (one.isascii() and one.isprintable()))
    expected = "expected one ASCII address, such as ada@example.com"
    if not strange:
        return expected
    named = ", ".join(_code_point(one) for one in itertools.islice(strange, _MOST_NAMED))
    return f"it contains {named}; {expected}"


def _code_point(character: str) -> str:
    name = unicodedata.name(character, "").lower()
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")
