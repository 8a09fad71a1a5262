"""The registry of warning codes: takes a code, gives its meaning and its remedy.

A warning never rejects a row: it is what a person would want to know before sending.
"""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from plunk_import.plan.model import Example, Warnings


@dataclasses.dataclass(frozen=True, slots=True)
class WarningCode:
    """What deserves a look before it is sent, and what to do about it."""

    code: str
    meaning: str
    remedy: str

    def found(
        self, count: int = 0, examples: tuple[Example, ...] = (), *, scope: str = ""
    ) -> Warnings:
        """Give the warning; `count` in rows, `scope` a sentence about which rows were looked at."""
        meaning = f"{self.meaning} {scope}" if scope else self.meaning
        return Warnings(count=count, meaning=meaning, remedy=self.remedy, examples=examples)


def _registry(*cautions: WarningCode) -> Mapping[str, WarningCode]:
    return MappingProxyType({caution.code: caution for caution in cautions})


WARNING_CODES: Mapping[str, WarningCode] = _registry(
    WarningCode(
        "date_as_text",
        "These look like dates, but not in a form that Plunk takes for one: segments cannot "
        "compare them.",
        "Declare `type: date` or `type: datetime`, with the `format` the file writes.",
    ),
    WarningCode(
        "number_as_text",
        "These are numbers that would be sent as text: segments cannot compare them.",
        "Declare `type: number` or `type: integer`.",
    ),
    WarningCode(
        "code_as_number",
        "These begin with a zero or a plus, which a number loses: codes and phone numbers are "
        "text.",
        "Leave `type` out, or declare `type: string`.",
    ),
    WarningCode(
        "mixed_types",
        "One variable holds values of several types. Plunk takes the type of the first one for "
        "the field, and segments miss the others.",
        "Mend the odd values, turn them into empty cells with `sql` or `source: {null_values: …}`, "
        "or map them to a variable of their own.",
    ),
    WarningCode(
        "rounded_number",
        "Plunk keeps 16 significant digits of a number, and these have more.",
        "Send them as text with `type: string`, or round them with `sql`.",
    ),
    WarningCode(
        "out_of_order",
        "Some contacts have a newer row before an older one. Plunk keeps the last value of each "
        "persistent variable, so an old one may win.",
        "Sort the file by time, oldest first.",
    ),
    WarningCode(
        "similar_events",
        "Event names that differ only by capitals or spaces are different events to Plunk.",
        'Choose one spelling, for instance with `event: {sql: "LOWER(TRIM(name))"}`.',
    ),
    WarningCode(
        "typo_domains",
        "Many addresses have a domain that looks misspelt: their mail bounces, and bounces hurt "
        "the reputation of your own domain.",
        "Correct the addresses, or leave such rows out with `where`.",
    ),
    WarningCode(
        "role_addresses",
        "Many addresses are of a role (info@, sales@), not of a person: they complain more often, "
        "and nobody there has opted in.",
        "Leave them out with `where`, or send `subscribed: false` for them.",
    ),
    WarningCode(
        "no_date",
        "No variable keeps the date of the event. Plunk stamps an event with the time it arrives, "
        "so when it happened would be lost.",
        "Map the date: `occurred_at: {column: …, type: datetime, persistent: false}`.",
    ),
    WarningCode(
        "subscribed_left_out",
        "The mapping leaves `subscribed` out: every contact that Plunk does not know yet would be "
        "created as subscribed.",
        "Map it to the column that says who opted in, or send `subscribed: {const: false}`.",
    ),
    WarningCode(
        "subscribed_always_true",
        "`subscribed` is never false: everyone in the file would be subscribed, those who had left "
        "before as well.",
        "Check that everyone has opted in; else map the column that says so, or leave "
        "`subscribed` out to keep the state of contacts that exist.",
    ),
    WarningCode(
        "outlives_keys",
        "Sending would take longer than the 24 hours for which the server remembers keys: a row "
        "in doubt could not be settled by its key after that.",
        "Set PLUNK_SECRET_KEY so that doubt is settled by reading back, raise `--rate` if the "
        "server allows more, or send the file in parts with `--max-duration`.",
    ),
    WarningCode(
        "one_contact_bounds",
        "One contact has so many rows that they bound the time: requests for one contact go one "
        "at a time, to keep their order.",
        "Look at the busiest contacts: a placeholder such as test@example.com is best left out "
        "with `where`.",
    ),
)
