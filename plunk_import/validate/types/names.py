"""The server's own rules as expressions: takes columns, gives what Plunk would refuse in them.

Each rule stands as the recorded exchanges with the server show it.
"""

import polars as pl

from plunk_import.plunk import LARGEST_BODY_BYTES, LONGEST_EVENT_BYTES
from plunk_import.validate.checks import Check, Reading, Slot, check, escaped, quoted

NUL = "\0"

# The grammar of zod 3's `email()`. Letters are listed, because case folding would let the Kelvin
# sign pass as a K.
_ADDRESS = (
    r"^(?:[A-Za-z0-9_'+\-]+\.)*[A-Za-z0-9_'+\-]*[A-Za-z0-9_+\-]"
    r"@(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"
)
_TIDY_ADDRESS = _ADDRESS.replace("A-Z", "")
_TO_ESCAPE = r'["\\\x00-\x1f]'
_TO_ESCAPE_OR_RESERVED = rf"{_TO_ESCAPE}|^(?:email|contact|segment)\."


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
            check("missing_email", slot.field, is_missing, pl.lit("the address is empty")),
            check(
                "invalid_email",
                slot.field,
                ~is_good & ~is_missing,
                pl.format(
                    "{} is no address that Plunk takes: expected one ASCII address, "
                    "such as ada@example.com",
                    quoted(trimmed),
                ),
            ),
        ),
        is_quoted=True,
    )


def event_name(slot: Slot) -> Reading:
    """Read an event name, as it is: the server neither trims it nor folds its case."""
    cell = slot.cell
    size = cell.str.len_bytes()
    is_plain = ~cell.str.contains(_TO_ESCAPE_OR_RESERVED) & (size <= LONGEST_EVENT_BYTES)
    checks = (
        check("missing_event", slot.field, cell.is_null(), pl.lit("the event name is empty")),
        check(
            "reserved_event",
            slot.field,
            is_reserved(cell),
            pl.format("{} is a name that Plunk keeps for itself", quoted(cell)),
        ),
        check(
            "event_too_long",
            slot.field,
            size > LONGEST_EVENT_BYTES,
            pl.format(
                f"{{}} has {{}} bytes: expected at most {LONGEST_EVENT_BYTES}", quoted(cell), size
            ),
        ),
        nul_check(slot),
    )
    is_good = ~pl.any_horizontal([one.bad for one in checks])
    attempts = (pl.when(is_plain).then(cell), pl.when(is_good).then(escaped(cell)))
    return Reading(attempts, checks, is_quoted=True)


def string(slot: Slot) -> Reading:
    """Read a text as it is."""
    cell = slot.cell
    attempts = (
        pl.when(~cell.str.contains(_TO_ESCAPE)).then(cell),
        pl.when(~has_nul(cell)).then(escaped(cell)),
    )
    return Reading(attempts, (nul_check(slot),), is_quoted=True)


def is_address(trimmed: pl.Expr) -> pl.Expr:
    """Say whether the server takes a text as an address."""
    return trimmed.str.contains(_ADDRESS)


def is_reserved(event: pl.Expr) -> pl.Expr:
    """Say whether Plunk keeps an event name for itself."""
    of_segments = event.str.starts_with("segment.") & (
        event.str.ends_with(".entry") | event.str.ends_with(".exit")
    )
    of_contacts = event.is_in(["contact.subscribed", "contact.unsubscribed"])
    return event.str.starts_with("email.") | of_contacts | of_segments


def has_nul(text: pl.Expr) -> pl.Expr:
    """Say whether a text holds what Plunk's database refuses."""
    return text.str.contains(NUL, literal=True)


def nul_check(slot: Slot) -> Check:
    """Check a text for NUL."""
    message = pl.format("{} holds a NUL character: remove it", quoted(slot.cell))
    return check("nul_character", slot.field, has_nul(slot.cell), message)


def size_check(body: pl.Expr) -> Check:
    """Check the size of the finished body."""
    size = body.str.len_bytes()
    return check(
        "body_too_large",
        "",
        size > LARGEST_BODY_BYTES,
        pl.format(f"the request has {{}} bytes: expected at most {LARGEST_BODY_BYTES}", size),
    )
