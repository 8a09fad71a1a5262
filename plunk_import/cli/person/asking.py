"""Questions to the person at the terminal, wherever the program's own streams lead."""

import contextlib
import dataclasses
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

if TYPE_CHECKING:
    from plunk_import.plan import Foresight, GateQuestion

TERMINAL = Path("/dev/tty")
"""The terminal that a process belongs to, also where its streams are redirected."""

_QUESTIONS = {
    ("drop", "fires"): "The file is far from that of the last run:",
    ("workflows", "fires"): "Workflows in Plunk would run for people of this file:",
    ("workflows", "unread"): "Nobody knows which workflows in Plunk these events would start:",
    ("workflows", "unknowable"): "Nobody knows which workflows in Plunk these events would start:",
    ("resubscription", "fires"): "People who unsubscribed would be subscribed again:",
    ("resubscription", "unread"): "Nobody knows who of these people has unsubscribed:",
    ("resubscription", "unknowable"): "Nobody knows who of these people has unsubscribed:",
}
_MOST = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a terminal who can be shown something and asked."""

    reads_from: TextIO
    writes_to: TextIO

    def show(self, text: str) -> None:
        """Write lines to the terminal, with colours unless NO_COLOR is set."""
        color = False if os.environ.get("NO_COLOR") else None
        click.echo(text, file=self.writes_to, color=color)

    def answer(self, question: str) -> str:
        """Ask on one line; the answer is in lower case, and empty where the terminal is gone."""
        click.echo(f"{question} ", file=self.writes_to, nl=False)
        return self.reads_from.readline().strip().lower()


@contextlib.contextmanager
def person_here() -> Iterator[Person | None]:
    """Open the terminal for the block; None where nobody is there to answer."""
    with contextlib.ExitStack() as stack:
        yield _person(stack)


def somebody_is_here() -> bool:
    """Tell whether a person could be asked."""
    with person_here() as person:
        return person is not None


def _person(stack: contextlib.ExitStack) -> Person | None:
    if sys.platform == "win32":
        attended = sys.stdin.isatty() and sys.stderr.isatty()
        return Person(sys.stdin, sys.stderr) if attended else None
    try:
        reads_from = stack.enter_context(TERMINAL.open(encoding="utf-8", errors="replace"))
        writes_to = stack.enter_context(TERMINAL.open("w", encoding="utf-8", errors="replace"))
        # A process in the background would be suspended as soon as it read.
        is_in_front = os.tcgetpgrp(reads_from.fileno()) == os.getpgrp()
    except OSError:
        return None
    return Person(reads_from, writes_to) if is_in_front else None


def agreed(foresight: "Foresight", open_gates: tuple["GateQuestion", ...]) -> bool:
    """Show what a run would do, and ask whether to go on.

    Args:
        foresight: What would happen.
        open_gates: What must be agreed to beyond that.

    Returns:
        Whether the person agreed to all of it; each open gate takes the whole word.

    """
    from plunk_import.report import displayed, foretell

    with person_here() as person:
        if person is None:
            return False
        person.show(foretell(foresight))
        if open_gates:
            return all(_opened(gate, person) for gate in displayed(open_gates))
        question = f"Send {foresight.plan.valid:,} rows to {foresight.server}? [y/N]"
        return person.answer(question) in {"y", "yes"}


def _opened(gate: "GateQuestion", person: Person) -> bool:
    person.show(_QUESTIONS[gate.name, gate.state])
    told = [one.message for one in gate.consequences] or [gate.reason]
    for line in told[:_MOST]:
        person.show(f"  {line}")
    if len(told) > _MOST:
        person.show(f"  … and {len(told) - _MOST:,} more")
    return person.answer("Type yes to go on all the same:") == "yes"
