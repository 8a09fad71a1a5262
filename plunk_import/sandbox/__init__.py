"""The embedded Plunk: takes settings, gives a real HTTP server that behaves as Plunk does.

It shares no code with the importer, so that each can be judged against the other. The server itself
(`plunk_import.sandbox.server`) is imported only when one is started.
"""

from plunk_import.sandbox.faults import Fault, FaultKind, parse_fault
from plunk_import.sandbox.limiter import Limit, parse_limiter
from plunk_import.sandbox.settings import (
    DISABLED_PUBLIC_KEY,
    DISABLED_SECRET_KEY,
    PUBLIC_KEY,
    SECRET_KEY,
    Profile,
    SandboxSettings,
)

__all__ = [
    "DISABLED_PUBLIC_KEY",
    "DISABLED_SECRET_KEY",
    "PUBLIC_KEY",
    "SECRET_KEY",
    "Fault",
    "FaultKind",
    "Limit",
    "Profile",
    "SandboxSettings",
    "parse_fault",
    "parse_limiter",
]
