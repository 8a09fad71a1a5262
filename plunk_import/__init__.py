"""Bulk importer for Plunk: a file of events in, every row accounted for.

::

    import plunk_import

    report = plunk_import.validate_file("orders.csv", "orders.yaml")
    report = plunk_import.import_file("orders.csv", "orders.yaml", directory="runs/orders")

Everything below is imported when it is first asked for, so that the command line starts at once.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plunk_import.consent import Consent, Foresight
    from plunk_import.edges import Control, Edges, StopRequest
    from plunk_import.errors import (
        ExitCode,
        MappingError,
        OutputError,
        PlunkImportError,
        RunDirectoryError,
        RunLockedError,
        SettingsError,
        SourceChangedError,
        SourceError,
        StoppedError,
        UnreachableError,
    )
    from plunk_import.inspection import acheck_file, check_file, validate_file
    from plunk_import.pipeline import (
        aimport_file,
        aresolve,
        aresume,
        import_file,
        resolve,
        resume,
        status,
    )
    from plunk_import.report import Books, Report
    from plunk_import.sandbox import SandboxSettings
    from plunk_import.settings import Connection, Delivery

_HOMES = {
    "consent": ("Consent", "Foresight"),
    "edges": ("Control", "Edges", "StopRequest"),
    "errors": (
        "ExitCode",
        "MappingError",
        "OutputError",
        "PlunkImportError",
        "RunDirectoryError",
        "RunLockedError",
        "SettingsError",
        "SourceChangedError",
        "SourceError",
        "StoppedError",
        "UnreachableError",
    ),
    "inspection": ("acheck_file", "check_file", "validate_file"),
    "pipeline": (
        "aimport_file",
        "aresolve",
        "aresume",
        "import_file",
        "resolve",
        "resume",
        "status",
    ),
    "report": ("Books", "Report"),
    "sandbox": ("SandboxSettings",),
    "settings": ("Connection", "Delivery"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [  # noqa: RUF022 - by what they are, as in _HOMES
    "Control",
    "Edges",
    "StopRequest",
    "ExitCode",
    "MappingError",
    "OutputError",
    "PlunkImportError",
    "RunDirectoryError",
    "RunLockedError",
    "SettingsError",
    "SourceChangedError",
    "SourceError",
    "StoppedError",
    "UnreachableError",
    "Consent",
    "Foresight",
    "acheck_file",
    "aimport_file",
    "aresolve",
    "aresume",
    "check_file",
    "import_file",
    "resolve",
    "resume",
    "status",
    "validate_file",
    "Books",
    "Report",
    "SandboxSettings",
    "Connection",
    "Delivery",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"plunk_import.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
