"""The server's own rules as expressions: takes columns, gives what Plunk would refuse in them.

Each rule stands as the recorded exchanges with the server show it.
"""

import polars as pl

from plunk_import.checks import Check, check, quoted

LARGEST_INTEGER = 2**53
"""Plunk's numbers are doubles: whole numbers beyond it are rounded on the way."""

LONGEST_EVENT_BYTES = 2_600
"""UTF-8 bytes of an event name that the server's index still holds."""

LARGEST_BODY_BYTES = 50_000_000
"""UTF-8 bytes of a request; a larger one is answered 500."""

DEEPEST_LEVEL = 123
"""Levels of objects and lists that are stored, `data` itself being the first."""

NUL = "\0"
ESCAPED_NUL = "\\u0000"

_LOCAL = r"(?:[A-Za-z0-9_'+\-]+\.)*[A-Za-z0-9_'+\-]*[A-Za-z0-9_+\-]"
_DOMAIN = r"(?:[A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}"
# The letters are listed, because case folding would let the Kelvin sign pass as a K.
_ADDRESS = rf"^{_LOCAL}@{_DOMAIN}$"

_RESERVED_EVENTS = ("contact.subscribed", "contact.unsubscribed")


def is_address(trimmed: pl.Expr) -> pl.Expr:
    """Say whether the server takes a text as an address (the grammar of zod 3's `email()`)."""
    return trimmed.str.contains(_ADDRESS)


def is_reserved(event: pl.Expr) -> pl.Expr:
    """Say whether Plunk keeps an event name for itself."""
    of_segments = event.str.starts_with("segment.") & (
        event.str.ends_with(".entry") | event.str.ends_with(".exit")
    )
    reserved = event.str.starts_with("email.") | of_segments
    for name in _RESERVED_EVENTS:
        reserved |= event == name
    return reserved


def address_checks(trimmed: pl.Expr) -> tuple[Check, ...]:
    """Check the trimmed address, which is null where it is absent."""
    return (
        check("missing_email", "email", trimmed.is_null(), pl.lit("the address is empty")),
        check(
            "invalid_email",
            "email",
            ~is_address(trimmed),
            pl.format(
                "{} is no address that Plunk takes: expected one ASCII address, "
                "such as ada@example.com",
                quoted(trimmed),
            ),
        ),
    )


def event_checks(event: pl.Expr) -> tuple[Check, ...]:
    """Check the event name, which is null where it is absent."""
    size = event.str.len_bytes()
    return (
        check("missing_event", "event", event.is_null(), pl.lit("the event name is empty")),
        check(
            "reserved_event",
            "event",
            is_reserved(event),
            pl.format("{} is a name that Plunk keeps for itself", quoted(event)),
        ),
        check(
            "event_too_long",
            "event",
            size > LONGEST_EVENT_BYTES,
            pl.format(
                f"{{}} has {{}} bytes: expected at most {LONGEST_EVENT_BYTES}", quoted(event), size
            ),
        ),
        nul_check("event", event),
    )


def nul_check(field: str, text: pl.Expr) -> Check:
    """Check a text for NUL; the hint comes from the body, which shows the NUL of any part."""
    return check(
        "nul_character",
        field,
        text.str.contains(NUL, literal=True),
        pl.format("{} holds a NUL character: remove it", quoted(text)),
        hint=pl.lit(value=False),
    )


def body_check(body: pl.Expr) -> Check:
    """Check the size of the finished body; its hint points also at every NUL within."""
    size = body.str.len_bytes()
    too_large = size > LARGEST_BODY_BYTES
    return check(
        "body_too_large",
        "",
        too_large,
        pl.format(f"the request has {{}} bytes: expected at most {LARGEST_BODY_BYTES}", size),
        hint=too_large | body.str.contains(ESCAPED_NUL, literal=True),
    )
