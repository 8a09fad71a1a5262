"""What is said of a row that is sent all the same: the warnings that every row is checked for."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Notice:
    """Why a row deserves a look; what the code means stands among the plan's warnings.

    Attributes:
        code: The stable name of the warning.
        message: What is said of one row; each `{}` stands for what the check shows there.
    """

    code: str
    message: str


EMPTY_ID = Notice("empty_id", "{} is empty: the row is sent, but not known again")
FLOAT_ID = Notice("float_id", "{} is {}: as text that is another id than the whole number")

LONG_EVENT = Notice("long_event", "{} is {} bytes long, and stored only because it repeats itself")

NOTICES = (EMPTY_ID, FLOAT_ID, LONG_EVENT)
"""Every notice there is."""
