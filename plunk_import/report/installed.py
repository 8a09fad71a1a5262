"""The versions of this program and of what it stands on."""

import functools
import platform
import re
from collections.abc import Mapping
from importlib import metadata

_VERSIONED = ("plunk-import", "polars", "httptools", "pydantic", "anyio")


@functools.cache
def versions() -> Mapping[str, str]:
    """Collect the versions of this program, of Python and of what the program stands on."""
    found = {name: version_of(name) for name in _VERSIONED}
    return {**found, "python": platform.python_version()}


@functools.cache
def version_of(name: str) -> str:
    """Read the version of an installed package at the head of its metadata.

    To parse all of that takes far longer, since whole README files stand in it.
    """
    package = metadata.distribution(name)
    head = (package.read_text("METADATA") or "").partition("\n\n")[0]
    found = re.search(r"^Version: *(.+)", head, re.MULTILINE)
    return found[1] if found else package.version
