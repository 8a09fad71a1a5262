"""Variables that are nearly ours: whoever set one believes that it counts."""

import difflib
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic_settings import BaseSettings, DotEnvSettingsSource, EnvSettingsSource

_NEAR = 0.5
# Kubernetes tells every container of a namespace where its services are: one may be named plunk.
_OF_KUBERNETES = re.compile(r"(\w+_)?(service_(host|port)\w*|port(_\d+_(tcp|udp)\w*)?)")


def misspelt_variables(
    settings: BaseSettings, env_file: Path | None, *, others: str
) -> Iterator[str]:
    """Find variables that nothing reads, though a field is near them that is not set.

    Args:
        settings: What was read; a field that is set, by itself or by a file's name, is meant as it
            is, and what is near it belongs to another program.
        env_file: The file that was read beside the environment.
        others: How the variables begin that share the prefix and are looked at elsewhere.

    Yields:
        A sentence for each, with the name that was probably meant; values are never shown.

    """
    prefix = settings.model_config.get("env_prefix", "").lower()
    given = {name.removesuffix("_file") for name in settings.model_fields_set}
    missing = [name for name in type(settings).model_fields if name not in given]
    for variable in sorted(_variables(type(settings), env_file)):
        if not variable.startswith(prefix) or variable.startswith(others.lower()):
            continue
        if near := _meant(variable.removeprefix(prefix), type(settings).model_fields, missing):
            yield (
                f"{variable.upper()} is set, but nothing reads it: did you mean "
                f"{(prefix + near).upper()}? Rename it; if it is another program's, set "
                f"{(prefix + near).upper()} too, so that it is clear which Plunk is meant."
            )


def _meant(name: str, fields: Collection[str], missing: Collection[str]) -> str | None:
    if name in fields or _OF_KUBERNETES.fullmatch(name):
        return None
    near = difflib.get_close_matches(name, fields, n=1, cutoff=_NEAR)
    return near[0] if near and near[0] in missing else None


def _variables(settings: type[BaseSettings], env_file: Path | None) -> set[str]:
    """Return the names of what is set and not empty, in small letters."""
    written = DotEnvSettingsSource(settings, env_file=env_file)
    return {*EnvSettingsSource(settings).env_vars, *written.env_vars}
