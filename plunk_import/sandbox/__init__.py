"""The embedded Plunk: a real HTTP server on loopback that behaves as Plunk does.

It shares no code with the importer, so that each can check the other. The server itself is
imported only when one is asked for.
"""

import importlib
from typing import TYPE_CHECKING

from plunk_import.sandbox.clock import ServerClock
from plunk_import.sandbox.durations import parse_duration, parse_lifetime
from plunk_import.sandbox.faults import (
    DESCRIPTIONS,
    Fault,
    FaultKind,
    FaultPlan,
    FaultSchedule,
    parse_fault,
)
from plunk_import.sandbox.limiter import Limit, parse_limiter
from plunk_import.sandbox.project import (
    Filter,
    Logic,
    Operator,
    Project,
    SeededContact,
    Segment,
    Step,
    StepType,
    Workflow,
)
from plunk_import.sandbox.settings import (
    DISABLED_PUBLIC_KEY,
    DISABLED_SECRET_KEY,
    KEY_LIFETIME_SECONDS,
    PUBLIC_KEY,
    SECRET_KEY,
    Profile,
    SandboxSettings,
)

if TYPE_CHECKING:
    from plunk_import.sandbox.app import SandboxApp, build_app
    from plunk_import.sandbox.lock import WriteLock
    from plunk_import.sandbox.project_file import read_project
    from plunk_import.sandbox.server import Sandbox, running, serve
    from plunk_import.sandbox.store import Counts, Store

_HOMES = {
    "Counts": "store",
    "Sandbox": "server",
    "SandboxApp": "app",
    "Store": "store",
    "WriteLock": "lock",
    "build_app": "app",
    "read_project": "project_file",
    "running": "server",
    "serve": "server",
}
"""Where the names are that cost too much to import for who does not use them."""

__all__ = [
    "DESCRIPTIONS",
    "DISABLED_PUBLIC_KEY",
    "DISABLED_SECRET_KEY",
    "KEY_LIFETIME_SECONDS",
    "PUBLIC_KEY",
    "SECRET_KEY",
    "Counts",
    "Fault",
    "FaultKind",
    "FaultPlan",
    "FaultSchedule",
    "Filter",
    "Limit",
    "Logic",
    "Operator",
    "Profile",
    "Project",
    "Sandbox",
    "SandboxApp",
    "SandboxSettings",
    "SeededContact",
    "Segment",
    "ServerClock",
    "Step",
    "StepType",
    "Store",
    "Workflow",
    "WriteLock",
    "build_app",
    "parse_duration",
    "parse_fault",
    "parse_lifetime",
    "parse_limiter",
    "read_project",
    "running",
    "serve",
]


def __getattr__(name: str) -> object:
    """Import what is asked for by name for the first time."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_HOMES[name]}")
    globals()[name] = getattr(module, name)
    return globals()[name]
