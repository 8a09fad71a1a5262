"""The versions that must be the same on all machines of a cluster."""

from plunk_import.errors import ExitCode, StoppedError
from plunk_import.report import versions

_DECIDING = ("plunk-import", "polars")


def own_versions() -> tuple[tuple[str, str], ...]:
    """Collect those of this machine."""
    return tuple((name, versions()[name]) for name in _DECIDING)


def require_same_versions(wanted: tuple[tuple[str, str], ...]) -> None:
    """Refuse to work with others than the client has: rows could be judged otherwise.

    Raises:
        StoppedError: With all that differ.

    """
    here = dict(own_versions())
    differing = [
        f"{name} {here[name]} instead of {version}"
        for name, version in wanted
        if here[name] != version
    ]
    if differing:
        raise StoppedError(
            f"This worker has {' and '.join(differing)}: install the same everywhere. Nothing was "
            "sent from here.",
            ExitCode.CANNOT_START,
        )
