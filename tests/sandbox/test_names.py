"""What the sandbox gives to others."""

import subprocess
import sys

import pytest

from plunk_import import sandbox


@pytest.mark.parametrize("name", dir(sandbox))
def test_every_name_can_be_had(name: str) -> None:
    assert getattr(sandbox, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Sandcastle"):
        sandbox.Sandcastle  # type: ignore[attr-defined]  # noqa: B018 - asking is the test


def test_settings_can_be_made_without_importing_a_server() -> None:
    program = (
        "import sys, plunk_import.sandbox as s; s.SandboxSettings();"
        "print([n for n in ('starlette', 'uvicorn', 'sqlite3') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
