import subprocess
import sys

import pytest

import plunk_import

NAMES = dir(plunk_import)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_can_be_had_and_is_documented(name: str) -> None:
    assert getattr(plunk_import, name).__doc__


@pytest.mark.parametrize(
    "name",
    ["validate_file", "check_file", "import_file", "resume", "resolve", "status"],
)
def test_what_commands_do_can_be_done_from_python(name: str) -> None:
    assert name in NAMES


def test_a_star_import_gives_the_public_names() -> None:
    namespace: dict[str, object] = {}
    exec("from plunk_import import *", namespace)  # noqa: S102 - there is no other way to say it
    assert set(NAMES) <= set(namespace)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="import_flie"):
        plunk_import.import_flie  # type: ignore[attr-defined]  # noqa: B018 - asking is the test


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = "import sys, plunk_import; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    assert not {"polars", "httpx", "pydantic", "tqdm"} & set(loaded)
