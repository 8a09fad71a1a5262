"""How a project is asked: how far reading goes, and what is said where there is no answer."""

import dataclasses
from collections.abc import Sequence

from plunk_import.plan.model import Check
from plunk_import.send import ReadFailedError

SET_SECRET_KEY = "Set PLUNK_SECRET_KEY to the project's secret key (sk_…) to have this checked."  # noqa: S105 - says how a key is set


@dataclasses.dataclass(frozen=True, slots=True)
class Bounds:
    """How much is read at most.

    `contacts`: of the file, about how many the project is asked; `pages`: of the project's
    contacts, 100 a page.
    """

    contacts: int = 25_000
    pages: int = 500


def without_secret_key(name: str) -> Check:
    """Report a check that only the secret key could make."""
    message = "Not checked: only the secret key may read this."
    return Check(name=name, state="unknown", message=message, remedy=SET_SECRET_KEY)


def unanswered(name: str, error: ReadFailedError) -> Check:
    """Report a check that the project did not answer."""
    refused = error.status in {401, 403}
    remedy = SET_SECRET_KEY if refused else "Check it in Plunk, or try again later."
    message = f"Not checked: {error}"
    return Check(name=name, state="wrong" if refused else "unknown", message=message, remedy=remedy)


def counted(count: int, noun: str) -> str:
    """Write a number with its noun, in the plural where it needs that."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def listed(items: Sequence[str], most: int = 20) -> tuple[str, ...]:
    """List the first `most` items, and how many there are beyond."""
    beyond = len(items) - most
    return (*items[:most], *([f"and {beyond:,} more"] if beyond > 0 else []))
