"""How far a command has come, as a bar on a terminal. Only here is tqdm known."""

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

from plunk_import.runtime import Phase, detail_shown

if TYPE_CHECKING:
    from tqdm import tqdm


# What is waited for takes the place of bar, rate and time left, which say nothing meanwhile.
_WAITING = "{desc}: {n_fmt}/{total_fmt}{postfix}"
_WAITING_FOR_ALL = "{desc}{postfix}"


class _Bar:
    def __init__(self, bar: "tqdm[NoReturn]") -> None:
        self._bar = bar
        self._waiting = _WAITING if bar.total is not None else _WAITING_FOR_ALL

    def reached(self, rows: int, **details: int | str) -> None:
        shown = {name: detail_shown(detail) for name, detail in details.items()}
        waits = {"waiting": shown.pop("waiting")} if "waiting" in shown else {}
        self._bar.bar_format = self._waiting if waits else None
        details = {**waits, **shown}
        self._bar.update(rows - self._bar.n)
        if details:
            # Drawn at once: the bar by itself draws only when rows go on, not while they wait.
            self._bar.set_postfix(details)


class TerminalProgress:
    """A bar on standard error: rows, rate, what went wrong so far, and the time left."""

    @contextlib.contextmanager
    def phase(self, name: str, total: int | None) -> Iterator[Phase]:
        """Begin a stretch of work with a bar of its own, which is gone at its end."""
        from tqdm import tqdm

        with tqdm(
            total=total,
            desc=name,
            unit=" rows",
            unit_scale=True,
            leave=False,
            dynamic_ncols=True,
            file=sys.stderr,
        ) as bar:
            yield _Bar(bar)
