"""The standard streams where nobody reads them: closed, or on a disk that is full."""

import contextlib
import os
import sys


def open_closed_streams() -> None:
    """Open what was closed before the start, on nothing.

    Else the next file or connection gets its number: what is printed would go there, and the event
    loop ends a process that has a connection by such a number.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        with contextlib.suppress(OSError):
            os.fstat(number)
            continue
        os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
        mode = "w" if number else "r"
        setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def is_of_printing(error: OSError) -> bool:
    """Tell an error of the standard streams: it was click that wrote."""
    import traceback

    *_, last = traceback.walk_tb(error.__traceback__)
    return str(last[0].f_globals.get("__name__")).startswith("click.")


def silence() -> None:
    """Let standard output go nowhere, so that the end of the program fails no more."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
