"""The registry of warning codes, each with its meaning and its remedy.

A warning never rejects a row: it is what a person would want to know before sending.
"""

import enum
from typing import Self

from plunk_import.plan.model import Example, Warnings


class WarningCode(enum.StrEnum):
    """What deserves a look before it is sent: what it means, and what to do about it."""

    def __new__(cls, code: str, *_texts: str) -> Self:
        """Let the code alone be the value."""
        member = str.__new__(cls, code)
        member._value_ = code
        return member

    def __init__(self, _code: str, meaning: str, remedy: str) -> None:
        self.meaning = meaning
        self.remedy = remedy

    HEADER_CHANGED = (
        "header_changed",
        "Some columns had no name of their own in the header, so they were given one.",
        (
            "Look whether the mapping names the right one of them; or name all columns yourself: "
            "`source: {header_line: 1, columns: […]}`."
        ),
    )
    CELLS_WITHOUT_VALUE = (
        "cells_without_value",
        "Some cells of a workbook hold the error of a formula, such as #N/A or #DIV/0!.",
        "They are read as empty. Mend the formulas, or see that these columns may be empty.",
    )
    DATE_AS_TEXT = (
        "date_as_text",
        "These look like dates, but not in a form of Plunk's: segments cannot compare them.",
        "Declare `type: date` or `type: datetime`, with the `format` the file writes.",
    )
    NUMBER_AS_TEXT = (
        "number_as_text",
        "These are numbers that would be sent as text: segments cannot compare them.",
        "Declare `type: number` or `type: integer`.",
    )
    CODE_AS_NUMBER = (
        "code_as_number",
        "These begin with a zero or a plus, which a number loses: codes and phones are text.",
        "Leave `type` out, or declare `type: string`.",
    )
    SHORTENED_NUMBER = (
        "shortened_number",
        "A spreadsheet has shortened these numbers (4.79E+11): their last digits are gone.",
        "Format the column as text in the spreadsheet and export again, or go back to the source.",
    )
    LEADING_APOSTROPHE = (
        "leading_apostrophe",
        "These begin with an apostrophe, a spreadsheet's protection: it would be sent along.",
        "Take it off: `phone: {sql: \"LTRIM(phone, '''')\"}`.",
    )
    NULL_AS_TEXT = (
        "null_as_text",
        "These are words for nothing, such as NULL or N/A: Plunk would keep them as text.",
        "Read them as empty cells: `source: {null_values: [NULL, N/A]}`.",
    )
    DATE_NEAR_EPOCH = (
        "date_near_epoch",
        "These dates are of January 1970: seconds read as milliseconds, or a zero read as a date.",
        "Declare `format: epoch` where the cells are seconds; leave zeros out with `null_values`.",
    )
    YEAR_OUT_OF_RANGE = (
        "year_out_of_range",
        "These dates are before 1900 or after 2200.",
        "Compare the declared `format` with the cells: `%y` reads years of two digits.",
    )
    MIXED_TYPES = (
        "mixed_types",
        (
            "One variable holds values of several types. Plunk takes the type of the first one "
            "for the field, and segments miss the others."
        ),
        (
            "Mend the odd values, turn them into empty cells with `sql` or `source: "
            "{null_values: …}`, or map them to a variable of their own."
        ),
    )
    ROUNDED_NUMBER = (
        "rounded_number",
        "Plunk keeps 16 significant digits of a number, and these have more.",
        "Send them as text with `type: string`, or round them with `sql`.",
    )
    OUT_OF_ORDER = (
        "out_of_order",
        (
            "Some contacts have a newer row before an older one. Plunk keeps the last value of "
            "each persistent variable, so an old one may win."
        ),
        "Sort the file by time, oldest first.",
    )
    EMPTY_ID = (
        "empty_id",
        (
            "A column of the `id` is empty, and the mapping sends such rows: a later import does "
            "not know them again, and a repeated row is sent twice."
        ),
        "Fill the column in, or leave `empty` out so that such rows are rejected.",
    )
    FLOAT_ID = (
        "float_id",
        (
            "Ids are written as `101.0`, as pandas does as soon as one is missing: as text that "
            "is another id than `101`, so rows sent before under `101` would be sent again."
        ),
        "Write the column as whole numbers, in pandas with `astype('Int64')`, or as Parquet.",
    )
    LONG_EVENT = (
        "long_event",
        "Plunk's database holds event names of over 2,600 bytes only if they can be compressed.",
        "Shorten them: what the database holds is not Plunk's promise.",
    )
    SIMILAR_EVENTS = (
        "similar_events",
        "Event names that differ only by capitals or spaces are different events to Plunk.",
        'Choose one spelling, for instance with `event: {sql: "LOWER(TRIM(name))"}`.',
    )
    TYPO_DOMAINS = (
        "typo_domains",
        (
            "Many addresses have a domain that looks misspelt: their mail bounces, and bounces "
            "hurt the reputation of your own domain."
        ),
        "Correct the addresses, or leave such rows out with `where`.",
    )
    ROLE_ADDRESSES = (
        "role_addresses",
        (
            "Many addresses are of a role (info@, sales@), not of a person: they complain more "
            "often, and nobody there has opted in."
        ),
        "Leave them out with `where`, or send `subscribed: false` for them.",
    )
    NO_DATE = (
        "no_date",
        (
            "No variable keeps the date of the event. Plunk stamps an event with the time it "
            "arrives, so when it happened would be lost."
        ),
        "Map the date: `occurred_at: {column: …, type: datetime, persistent: false}`.",
    )
    SUBSCRIBED_LEFT_OUT = (
        "subscribed_left_out",
        (
            "The mapping leaves `subscribed` out: every contact that Plunk does not know yet "
            "would be created as subscribed."
        ),
        "Map it to the column that says who opted in, or send `subscribed: {const: false}`.",
    )
    SUBSCRIBED_ALWAYS_TRUE = (
        "subscribed_always_true",
        (
            "`subscribed` is never false: everyone in the file would be subscribed, those who "
            "had left before as well."
        ),
        (
            "Check that everyone has opted in; else map the column that says so, or leave "
            "`subscribed` out to keep the state of contacts that exist."
        ),
    )
    OUTLIVES_KEYS = (
        "outlives_keys",
        (
            "Sending would take longer than the 24 hours for which the server remembers keys: a"
            " row in doubt could not be settled by its key after that."
        ),
        (
            "Set PLUNK_SECRET_KEY so that doubt is settled by reading back, raise `--rate` if "
            "the server allows more, or send the file in parts with `--max-duration`."
        ),
    )
    ONE_CONTACT_BOUNDS = (
        "one_contact_bounds",
        (
            "One contact has so many rows that they bound the time: requests for one contact go"
            " one at a time, to keep their order."
        ),
        (
            "Look at the busiest contacts: a placeholder such as test@example.com is best left "
            "out with `where`."
        ),
    )

    def found(
        self, count: int = 0, examples: tuple[Example, ...] = (), *, scope: str = ""
    ) -> Warnings:
        """Make the warning.

        Args:
            count: The rows that have it; 0 where it is about the mapping or the whole file.
            examples: A few of those rows.
            scope: A sentence about which rows were looked at, where it was not all of them.

        """
        said = f"{self.meaning} {scope}" if scope else self.meaning
        return Warnings(count=count, meaning=said, remedy=self.remedy, examples=examples)
