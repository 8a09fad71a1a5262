"""The machine and its programs in words, for the head of a table."""

import contextlib
import os
import platform
import re
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("plunk-import", "polars", "httptools", "uvloop", "pydantic")


def described(command: str) -> str:
    """Say where, with what, when and by which command a table was made."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    others = ", ".join(filter(None, (_version("nginx", "-v"), _version("node", "--version"))))
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    now = datetime.now(UTC)
    return (
        f"Measured {now:%Y-%m-%d %H:%M} UTC by `{command}`.\n\n"
        f"- Machine: {_processor()}, {os.cpu_count()} cores, {_memory_gigabytes():.0f} GB, "
        f"{platform.system()} {platform.release()}; load before: {load}\n"
        f"- Python {platform.python_version()}, {packages}; {others}"
    )


def _processor() -> str:
    with contextlib.suppress(OSError):
        found = re.search(
            r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE
        )
        if found:
            return found[1]
    return platform.processor() or platform.machine()


def _memory_gigabytes() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9


def _version(program: str, option: str) -> str:
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        return ""
    told = subprocess.run([found, option], capture_output=True, text=True, check=False)
    number = re.search(r"\d+(\.\d+)+", told.stdout + told.stderr)
    return f"{program} {number[0]}" if number else program
