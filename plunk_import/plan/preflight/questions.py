"""How a project is asked: how far reading goes, and what is said where there is no answer."""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from plunk_import.plan.model import Check
from plunk_import.runtime import Clock
from plunk_import.send import ReadFailedError

SET_SECRET_KEY = "Set PLUNK_SECRET_KEY to the project's secret key (sk_…) to have this checked."  # noqa: S105 - says how a key is set
_MEND_SECRET_KEY = "Check PLUNK_SECRET_KEY: it is the project's secret key (sk_…)."  # noqa: S105 - as above

PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""How long to wait before a question that failed is asked again."""

_LONGEST_PAUSE_SECONDS = 60.0
_Answer = TypeVar("_Answer")


@dataclasses.dataclass(frozen=True, slots=True)
class Bounds:
    """How much is read at most.

    Attributes:
        contacts: Of the file, about how many the project is asked about.
        pages: Of the project's contacts, 100 a page: at the documented pace a minute of reading.

    """

    contacts: int = 1_000_000
    pages: int = 1_000


async def ask(question: Callable[[], Awaitable[_Answer]], clock: Clock) -> _Answer:
    """Ask the project, again after a pause where the question failed and may yet be answered.

    Args:
        question: Makes the requests; called anew for every try.
        clock: Measures the pauses.

    Raises:
        ReadFailedError: The project refuses to answer, or does not after the last pause.

    """
    for pause_seconds in PAUSES_SECONDS:
        try:
            return await question()
        except ReadFailedError as error:
            if not _may_be_answered_later(error):
                raise
            told_seconds = min(error.retry_after_seconds or 0.0, _LONGEST_PAUSE_SECONDS)
        await clock.sleep(max(pause_seconds, told_seconds))
    return await question()


def _may_be_answered_later(error: ReadFailedError) -> bool:
    status = error.status
    return status is None or status in {200, 408, 429} or status >= 500


def without_secret_key(name: str) -> Check:
    """Report a check that only the secret key could make."""
    message = "Not checked: only the secret key may read this."
    return Check(name=name, state="unknown", message=message, remedy=SET_SECRET_KEY)


def unanswered(name: str, error: ReadFailedError) -> Check:
    """Report a check that the project did not answer; a refused key is one answer for all."""
    if error.status in {401, 403}:
        message = f"Not checked: Plunk refuses the secret key: {error.answer}"
        return Check(name=name, state="wrong", message=message, remedy=_MEND_SECRET_KEY)
    remedy = "Check it in Plunk, or try again later."
    return Check(name=name, state="unknown", message=f"Not checked: {error}", remedy=remedy)


def counted(count: int, noun: str) -> str:
    """Write a number with its noun, in the plural where it needs that."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(items: Sequence[str], most: int = 20) -> tuple[str, ...]:
    """List the first `most` items, and how many there are beyond."""
    beyond = len(items) - most
    return (*items[:most], *([f"and {beyond:,} more"] if beyond > 0 else []))
