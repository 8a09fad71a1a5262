"""How often Python looks for garbage: seldom, not among modules, and not at the very end."""

import atexit
import contextlib
import gc
import threading
from collections.abc import Iterator

# Rows are very many, and what is made for one refers to itself nowhere: to look for such garbage
# after every 700 objects, as Python does, is a twelfth of what a sent row costs, and now and then
# holds everything up for a tenth of a second.
_OBJECTS_BETWEEN_COLLECTIONS = 20_000


class _Collections:
    """Python's own settings, and how many blocks want others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks = 0
        self._before = gc.get_threshold()

    @contextlib.contextmanager
    def seldom(self) -> Iterator[None]:
        """Let Python look for garbage seldom, until the last such block ends."""
        with self._lock:
            self._blocks += 1
            if self._blocks == 1:
                self._before = gc.get_threshold()
                objects, *others = self._before
                # 0 is never: whoever has set that wants it so.
                gc.set_threshold(objects and max(objects, _OBJECTS_BETWEEN_COLLECTIONS), *others)
        try:
            yield
        finally:
            with self._lock:
                self._blocks -= 1
                if self._blocks == 0:
                    gc.set_threshold(*self._before)


collecting_seldom = _Collections().seldom
"""A block in which Python looks for garbage seldom; see `_Collections.seldom`."""


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Import modules without looking for garbage among them, then or later: they stay.

    So does whatever else is garbage by then. For programs, not for libraries.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def end_without_collecting() -> None:
    """Let this process end without looking for garbage once more, which takes a tenth of a second.

    Its memory goes back to the system whole. For programs, not for libraries.
    """
    atexit.register(gc.freeze)
