"""Reads what a sandbox's project holds from a YAML (or JSON) file."""

from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from plunk_import.sandbox.project import Project


def read_project(path: Path) -> Project:
    """Read a project from a file.

    Args:
        path: A YAML file with any of `contacts`, `workflows` and `segments`, as in `Project`.

    Returns:
        What the file says.

    Raises:
        ValueError: When it says something else; the message names every place.
        OSError: When it cannot be read.
    """
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} is not YAML: {error}") from error
    try:
        return TypeAdapter(Project).validate_python({} if content is None else content)
    except ValidationError as error:
        problems = "".join(
            f"\n  {'.'.join(map(str, problem['loc'])) or 'the file'}: "
            f"{problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        )
        raise ValueError(f"{path} describes no project:{problems}") from error
