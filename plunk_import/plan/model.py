"""What a plan consists of, as models that the report shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from plunk_import.validate import explanation_of

FROZEN = ConfigDict(frozen=True, extra="forbid")


def place_of(row: int, line: int | None) -> str:
    """Say where a row is: by its number, and by its line where the file has lines."""
    return f"row {row:,}" if line is None else f"row {row:,}, line {line:,}"


class Example(BaseModel):
    """One row, as the report quotes it; `row` is 0 and `file` empty where it is about them all.

    `line` is where its text begins in the file; None in files that have no lines.
    """

    model_config = FROZEN

    file: str
    row: int
    field: str
    message: str
    line: int | None = None

    @property
    def place(self) -> str:
        """The row as a person looks it up: `row 7`, or `row 7, line 9`."""
        return place_of(self.row, self.line)


class FieldRejects(BaseModel):
    """The rejects of one code in one field: how many rows, and two of them."""

    model_config = FROZEN

    field: str
    count: int
    examples: tuple[Example, ...] = ()


class Rejects(BaseModel):
    """The rejects of one code: how many, what it means, what mends it, and two of them.

    `by_field` tells them apart by the field that is wrong, the most frequent first; it is empty
    for those of the API, of which the journal keeps the code alone.
    """

    model_config = FROZEN

    count: int
    meaning: str
    remedy: str
    examples: tuple[Example, ...] = ()
    by_field: tuple[FieldRejects, ...] = ()

    @classmethod
    def of(
        cls,
        code: str,
        count: int,
        examples: tuple[Example, ...] = (),
        by_field: tuple[FieldRejects, ...] = (),
    ) -> Self:
        """Explain the rejects of one code: ours by the registry, Plunk's by its own messages."""
        reason = explanation_of(code)
        return cls(
            count=count,
            meaning=reason.meaning,
            remedy=reason.remedy,
            examples=examples,
            by_field=by_field,
        )


class Warnings(BaseModel):
    """What does not reject, but deserves a look: one code's rows, meaning, remedy and examples.

    `count` is in rows; 0 where the warning is about the mapping or the file as a whole.
    """

    model_config = FROZEN

    count: int = 0
    meaning: str
    remedy: str
    examples: tuple[Example, ...] = ()

    def joined(self, other: "Warnings") -> "Warnings":
        """Add another warning of the same code, found in another way."""
        return self.model_copy(
            update={
                "count": self.count + other.count,
                "examples": (*self.examples, *other.examples),
            }
        )


class Check(BaseModel):
    """One line of what the live project says: its answer in words, and what to do when wrong.

    `unknown` is what could not be asked, for want of the secret key or of an endpoint. `details`
    are what the line is about, such as the workflows that would fire, the most weighty first.
    """

    model_config = FROZEN

    name: str
    state: Literal["ok", "wrong", "unknown"]
    message: str
    remedy: str | None = None
    details: tuple[str, ...] = ()


class Counted(BaseModel):
    """A value and the number of rows that have it. A value that is not text is its JSON."""

    model_config = FROZEN

    value: str
    count: int


class FieldProfile(BaseModel):
    """What one variable of `data` would send, over all valid rows or a sample of them.

    `types` counts rows by JSON type (`string`, `number`, `boolean`, `object`, `array`, `null`),
    with strings that Plunk takes for dates counted as `date`. Rows where the variable is left out
    are not in it; they are `rows` less `filled`. `distinct` is None where it was not counted.
    `minimum` and `maximum` are of its
    numbers, or of its dates where it has no numbers; None where it has neither.
    """

    model_config = FROZEN

    name: str
    persistent: bool
    types: Mapping[str, int] = {}
    rows: int
    filled: int
    distinct: int | None = None
    minimum: str | None = None
    maximum: str | None = None
    top_values: tuple[Counted, ...] = ()

    @property
    def fill(self) -> float:
        """The share of rows that hold a value, 0 to 1."""
        return self.filled / self.rows if self.rows else 0.0


class Subscription(BaseModel):
    """What rows say of `subscribed`: how many subscribe, unsubscribe, and say nothing of it."""

    model_config = FROZEN

    subscribe: int
    unsubscribe: int
    silent: int


class Estimate(BaseModel):
    """How long sending would take at the pace; `bound_by` says what bounds it, where not pace."""

    model_config = FROZEN

    per_second: float
    duration_seconds: float
    ends: datetime
    outlives_keys: bool = False
    bound_by: str | None = None
