"""How many files and connections this process may have open at once."""

import importlib
import importlib.util

from plunk_import.errors import SettingsError

LEAST = 256
"""Of files, connections and their ends in the sandbox; Windows has no such limit."""
_PLENTY = 4_096


def allow_enough() -> None:
    """Raise the limit of open files as far as the system lets this process.

    Raises:
        SettingsError: Even then it is too low: polars and the event loop would fail anywhere.

    """
    if importlib.util.find_spec("resource") is None:
        return
    resource = importlib.import_module("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _PLENTY if hard == resource.RLIM_INFINITY else min(hard, _PLENTY)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    if soft != resource.RLIM_INFINITY and soft < LEAST:
        raise SettingsError(
            f"Only {soft} files may be open at once here, and {LEAST} are needed: raise the limit "
            "with `ulimit -n 4096`, or where this service or container is set up."
        )
