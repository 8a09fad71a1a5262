"""How work says how far it has come, to whoever shows it."""

import contextlib
from collections.abc import Iterator
from typing import Protocol


class Phase(Protocol):
    """One stretch of work, of a known number of rows or an unknown one."""

    def reached(self, rows: int, **details: int | str) -> None:
        """Say that so many rows are done, and what else is worth a word."""


class Progress(Protocol):
    """Where work says how far it has come."""

    def phase(self, name: str, total: int | None) -> contextlib.AbstractContextManager[Phase]:
        """Begin one stretch of work."""


class _SilentPhase:
    def reached(self, rows: int, **details: int | str) -> None:
        """Say nothing."""


class SilentProgress:
    """For logs, pipes and libraries: nothing is shown."""

    @contextlib.contextmanager
    def phase(self, name: str, total: int | None) -> Iterator[Phase]:  # noqa: ARG002 - the protocol
        """Begin a stretch of work that nobody watches."""
        yield _SilentPhase()
