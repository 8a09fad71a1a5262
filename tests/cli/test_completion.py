"""Shells complete commands, options, choices, and directories where directories are wanted."""

import pytest
from click.shell_completion import get_completion_class

from plunk_import.cli import main

SHELLS = ("bash", "zsh", "fish")


def completed(shell: str, *words: str, incomplete: str = "") -> list[tuple[str, str]]:
    """What the shell's own function is told: kinds and values."""
    kind = get_completion_class(shell)
    assert kind is not None
    asked = kind(main, {}, "plunk-import", "_PLUNK_IMPORT_COMPLETE")
    return [(item.type, item.value) for item in asked.get_completions(list(words), incomplete)]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    "words", [("status",), ("resume",), ("verify",), ("run", "-o"), ("merge",), ("merge", "-o")]
)
def test_a_run_s_directory_is_completed_with_directories(
    shell: str, words: tuple[str, ...]
) -> None:
    assert completed(shell, *words, incomplete="ru") == [("dir", "ru")]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_mapping_is_completed_with_files(shell: str) -> None:
    assert completed(shell, "run", "-m", incomplete="or") == [("file", "or")]


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_options_and_choices_are_completed(shell: str) -> None:
    assert ("plain", "resolve") in completed(shell, incomplete="res")
    assert ("plain", "--max-rejects") in completed(shell, "run", incomplete="--max")
    assert ("plain", "autumn") in completed(shell, "run", "--profile")


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_is_given_its_own_script(shell: str) -> None:
    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(main, {}, "plunk-import", "_PLUNK_IMPORT_COMPLETE").source()
    assert f"_PLUNK_IMPORT_COMPLETE={shell}_complete" in script
