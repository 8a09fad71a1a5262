"""The reject codes: what each says of a row, what it means, and what mends it."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from plunk_import.plunk import LARGEST_BODY_BYTES, LONGEST_EVENT_BYTES
from plunk_import.read import RecordFault


@dataclasses.dataclass(frozen=True, slots=True)
class RejectCode:
    """Why a row will never succeed as it is, and what mends it.

    Attributes:
        code: The stable name, as it stands in `rejects.csv`.
        message: What is said of one row. Each `{}` stands for what the check shows there, first
            of all the offending value. Codes of the readers bring their own sentence.
        meaning: What the code means, for whoever looks it up.
        remedy: What to do about it.

    """

    code: str
    message: str
    meaning: str
    remedy: str


MISSING_EMAIL = RejectCode(
    "missing_email",
    "the address is empty",
    "The address is empty.",
    "Fill the address in, or filter such rows out with `where`.",
)
INVALID_EMAIL = RejectCode(
    "invalid_email",
    "{} is not an email address that Plunk accepts: {}",
    "Plunk does not accept this as an email address, even trimmed and lower-cased.",
    "Correct the address: one ASCII address, such as ada@example.com, and nothing else.",
)
MISSING_EVENT = RejectCode(
    "missing_event",
    "the event name is empty",
    "The event name is empty.",
    "Fill the event name in, or give one for all rows: `event: {const: signed_up}`.",
)
RESERVED_EVENT = RejectCode(
    "reserved_event",
    "{} is an event name that Plunk reserves for itself",
    "Plunk reserves this event name for itself (`email.…`, `contact.subscribed`, "
    "`contact.unsubscribed`, `segment.….entry`, `segment.….exit`).",
    "Rename the event, for instance with `event: {sql: \"'shop.' || name\"}`.",
)
EVENT_TOO_LONG = RejectCode(
    "event_too_long",
    f"{{}} is {{}} bytes long: expected at most {LONGEST_EVENT_BYTES}",
    f"The event name is over {LONGEST_EVENT_BYTES:,} bytes, compressed too: Plunk would store the "
    "contact and lose the event.",
    "Shorten the event name.",
)
INVALID_NUMBER = RejectCode(
    "invalid_number",
    "{} is not a number: expected {}",
    "The cell is not a number.",
    "Correct the cell; for numbers written 1.234,50 declare `source: {decimal_comma: true}`.",
)
NUMBER_NOT_FINITE = RejectCode(
    "number_not_finite",
    "{} is not a finite number that a double can hold",
    "The number is NaN, infinite, or too large for a double: JSON has no such number.",
    "Correct the cell, or leave it empty.",
)
INVALID_INTEGER = RejectCode(
    "invalid_integer",
    "{} is not a whole number: expected digits, such as 1234",
    "The cell is not a whole number.",
    "Correct the cell, or declare `type: number`.",
)
INTEGER_TOO_LARGE = RejectCode(
    "integer_too_large",
    "{} is beyond 2^53, where Plunk rounds whole numbers: declare `type: string`",
    "Plunk's numbers are doubles: whole numbers beyond 2^53 would be changed on the way.",
    "Send it as text with `type: string`.",
)
INVALID_BOOLEAN = RejectCode(
    "invalid_boolean",
    "{} is not a word for true ({}) or false ({})",
    "The cell is none of the words for true and false.",
    "Correct the cell, or list its words under `true:` and `false:` in the mapping.",
)
INVALID_DATETIME = RejectCode(
    "invalid_datetime",
    "{} is not a date and time: {}",
    "The cell is not a date and time of the declared format, or its time zone skips that hour.",
    "Correct the cell, or declare its `format` and `timezone`.",
)
AMBIGUOUS_DATETIME = RejectCode(
    "ambiguous_datetime",
    "{} happens twice in its time zone: write its offset",
    "This hour happens twice in its time zone (the clocks go back).",
    "Write the offset into the cell, such as 2026-10-25T02:30:00+01:00.",
)
DATETIME_OUT_OF_RANGE = RejectCode(
    "datetime_out_of_range",
    "{} is not a moment of the years 1 to 9999",
    "The date is outside the years 1 to 9999, or infinite: Plunk has no such date.",
    "Correct the cell, or leave it empty.",
)
INVALID_DATE = RejectCode(
    "invalid_date",
    "{} is not a date: {}",
    "The cell is not a date of the declared format.",
    "Correct the cell, or declare its `format`.",
)
INVALID_JSON = RejectCode(
    "invalid_json",
    "{} is not JSON",
    "The cell is not JSON.",
    "Correct the cell, or declare `type: string`.",
)
EMPTY_VALUE = RejectCode(
    "empty_value",
    "is empty, and the mapping says `empty: reject`",
    "The cell is empty, and the mapping says `empty: reject`.",
    "Fill the cell in, or change `empty` in the mapping.",
)
NUL_CHARACTER = RejectCode(
    "nul_character",
    "{} contains a NUL character: remove it",
    "The text contains a NUL character, which Plunk's database refuses.",
    "Remove the character.",
)
LONE_SURROGATE = RejectCode(
    "lone_surrogate",
    "{} contains half of a surrogate pair",
    "The JSON contains half of a surrogate pair, which Plunk's database refuses.",
    "Repair the escape: \\ud83d\\ude00 is a whole pair.",
)
TOO_DEEP = RejectCode(
    "too_deep",
    "{} is nested deeper than Plunk can store",
    "The value is nested deeper than Plunk can store.",
    "Flatten the value.",
)
RESERVED_KEY = RejectCode(
    "reserved_key",
    "{} has a key `__proto__`, which Plunk drops without a word",
    "The value has a key `__proto__`: Plunk would drop it, with all that it holds.",
    "Rename the key.",
)
BODY_TOO_LARGE = RejectCode(
    "body_too_large",
    f"the request would be {{}} bytes long: expected at most {LARGEST_BODY_BYTES}",
    "The request would be over 50 MB.",
    "Shorten the row's largest value.",
)
MISSING_ID = RejectCode(
    "missing_id",
    "{} is empty, and the row's id needs it",
    "A column of the row's `id` is empty: a later import could not know the row again.",
    "Fill it in, or send such rows without an identity: `id: {columns: […], empty: send}`.",
)
DUPLICATE_ID = RejectCode(
    "duplicate_id",
    "an earlier row has the same event and id; the first one counts",
    "An earlier row of this import has the same event and `id`; the first one counts.",
    "Remove one of the two, or add a column to `id` that tells them apart.",
)
TOO_MANY_CELLS = RejectCode(
    "too_many_cells",
    "{}",
    "The row has more cells than the header.",
    "Quote the cell that holds the delimiter.",
)
TOO_FEW_CELLS = RejectCode(
    "too_few_cells",
    "{}",
    "The row has fewer cells than the header.",
    "Add the missing cells.",
)
INVALID_ENCODING = RejectCode(
    "invalid_encoding",
    "{}",
    "The row holds bytes that are not of the declared encoding.",
    "Save the file as UTF-8, or declare its encoding: `source: {encoding: cp1252}`.",
)
STRAY_QUOTE = RejectCode(
    "stray_quote",
    "{}",
    "A quote stands in the middle of a cell, so that its end cannot be known.",
    'Write a quote inside a cell twice, and the cell in quotes: "6"" nails".',
)
RUNAWAY_QUOTE = RejectCode(
    "runaway_quote",
    "{}",
    "A quote closes many lines after it opens, and what it holds looks like rows of the file.",
    "Remove the stray quote, or double it; if quotes mean nothing in the file, declare "
    "`source: {quote: none}`; if such cells are right, `source: {multiline: true}`.",
)
INVALID_RECORD = RejectCode(
    "invalid_record",
    "{}",
    "The line is not a JSON object.",
    "Write one JSON object on one line.",
)

REGISTRY: Mapping[str, RejectCode] = MappingProxyType(
    {found.code: found for found in list(vars().values()) if isinstance(found, RejectCode)}
)
"""Every code of ours, in the order above; what is not here is a code of Plunk's."""

OF_UNREADABLE_RECORDS = tuple(REGISTRY[fault] for fault in RecordFault)
"""Codes that `read` gives; one that nothing explains is a `KeyError` here, at import."""


def explanation_of(code: str) -> RejectCode:
    """Look a code up; one that is not ours is Plunk's, and its messages explain it."""
    ours = REGISTRY.get(code)
    if ours is not None:
        return ours
    return RejectCode(code, "{}", "Plunk refused the event.", "See the message: it is Plunk's own.")
