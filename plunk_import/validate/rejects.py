"""The registry of reject codes: takes a code, gives its meaning and its remedy."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType


@dataclasses.dataclass(frozen=True, slots=True)
class RejectCode:
    """Why a row will never succeed as it is, and what mends it."""

    code: str
    meaning: str
    remedy: str


def _registry(*codes: RejectCode) -> Mapping[str, RejectCode]:
    return MappingProxyType({entry.code: entry for entry in codes})


REGISTRY: Mapping[str, RejectCode] = _registry(
    RejectCode(
        "missing_email",
        "The address is empty.",
        "Fill the address in, or filter such rows out with `where`.",
    ),
    RejectCode(
        "invalid_email",
        "Plunk does not take this as an address, even trimmed and lower-cased.",
        "Correct the address: one ASCII address, such as ada@example.com, and nothing else.",
    ),
    RejectCode(
        "missing_event",
        "The event name is empty.",
        "Fill the event name in, or give one for all rows: `event: {const: signed_up}`.",
    ),
    RejectCode(
        "reserved_event",
        "Plunk keeps this event name for itself (`email.…`, `contact.subscribed`, "
        "`contact.unsubscribed`, `segment.….entry`, `segment.….exit`).",
        "Rename the event, for instance with `event: {sql: \"'shop.' || name\"}`.",
    ),
    RejectCode(
        "event_too_long",
        "The event name is over 2,600 bytes: Plunk would store the contact and lose the event.",
        "Shorten the event name.",
    ),
    RejectCode(
        "invalid_number",
        "The cell is not a number.",
        "Correct the cell; for numbers written 1.234,50 declare `source: {decimal_comma: true}`.",
    ),
    RejectCode(
        "number_not_finite",
        "NaN, infinite, or too large for a double: JSON has no such number.",
        "Correct the cell, or leave it empty.",
    ),
    RejectCode(
        "invalid_integer",
        "The cell is not a whole number.",
        "Correct the cell, or declare `type: number`.",
    ),
    RejectCode(
        "integer_too_large",
        "Plunk's numbers are doubles: whole numbers beyond 2^53 would be changed on the way.",
        "Send it as text with `type: string`.",
    ),
    RejectCode(
        "invalid_boolean",
        "The cell is none of the words for true and false.",
        "Correct the cell, or list its words under `true:` and `false:` in the mapping.",
    ),
    RejectCode(
        "invalid_datetime",
        "The cell is no date and time of the declared format, or one that its time zone skips.",
        "Correct the cell, or declare its `format` and `timezone`.",
    ),
    RejectCode(
        "ambiguous_datetime",
        "This hour happens twice in its time zone (the clocks go back).",
        "Write the offset into the cell, such as 2026-10-25T02:30:00+01:00.",
    ),
    RejectCode(
        "invalid_date",
        "The cell is no date of the declared format.",
        "Correct the cell, or declare its `format`.",
    ),
    RejectCode(
        "invalid_json",
        "The cell is not JSON.",
        "Correct the cell, or declare `type: string`.",
    ),
    RejectCode(
        "empty_value",
        "The cell is empty, and the mapping says `empty: reject`.",
        "Fill the cell in, or change `empty` in the mapping.",
    ),
    RejectCode(
        "nul_character",
        "The text holds a NUL character, which Plunk's database refuses.",
        "Remove the character.",
    ),
    RejectCode(
        "lone_surrogate",
        "The JSON holds half of a surrogate pair, which Plunk's database refuses.",
        "Repair the escape: \\ud83d\\ude00 is a whole pair.",
    ),
    RejectCode(
        "too_deep",
        "The value is nested deeper than Plunk can store.",
        "Flatten the value.",
    ),
    RejectCode(
        "body_too_large",
        "The request would be over 50 MB.",
        "Shorten the row's largest value.",
    ),
    RejectCode(
        "duplicate_id",
        "An earlier row of this import has the same `id`; the first one counts.",
        "Remove one of the two, or add a column to `id` that tells them apart.",
    ),
    RejectCode(
        "too_many_cells",
        "The row has more cells than the header.",
        "Quote the cell that holds the delimiter.",
    ),
    RejectCode(
        "too_few_cells",
        "The row has fewer cells than the header.",
        "Add the missing cells.",
    ),
    RejectCode(
        "invalid_encoding",
        "The row holds bytes that are not of the declared encoding.",
        "Save the file as UTF-8, or declare its encoding: `source: {encoding: cp1252}`.",
    ),
    RejectCode(
        "stray_quote",
        "A quote stands in the middle of a cell, so that its end cannot be known.",
        'Write a quote inside a cell twice, and the cell in quotes: "6"" nails".',
    ),
    RejectCode(
        "invalid_record",
        "The line is not a JSON object.",
        "Write one JSON object on one line.",
    ),
)


def explanation_of(code: str) -> RejectCode:
    """Look a code up; one that is not ours is Plunk's, and its messages explain it."""
    ours = REGISTRY.get(code)
    if ours is not None:
        return ours
    return RejectCode(code, "Plunk refused the event.", "See the message: it is Plunk's own.")
