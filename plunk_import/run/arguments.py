"""The arguments of the public functions, checked before anything is made."""

import functools
import inspect
import os
import pkgutil
from collections.abc import Callable, Mapping
from types import MappingProxyType, NoneType
from typing import Any, ParamSpec, TypeVar, get_args

from plunk_import.errors import SettingsError

P = ParamSpec("P")
T = TypeVar("T")

_PATH, _TEXT = "a path", "a text that is not empty"
_COUNT, _NUMBER = "a whole number from 1", "a whole number from 0"
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "directory": _PATH,
        "history": _PATH,
        "name": _TEXT,
        "rate": _TEXT,
        "limit": _COUNT,
        "rows": _COUNT,
        "show": _NUMBER,
        # Found by name, so that what is not given need not be imported.
        "connection": "Connection",
        "settings": "SendSettings",
        "sandbox": "SandboxSettings",
        "consent": "Consent",
        "runtime": "Runtime",
    }
)


def checked(function: Callable[P, T]) -> Callable[P, T]:
    """Have a public function refuse arguments of the wrong kind, all of them at once.

    Raises:
        SettingsError: Instead of the TypeError that would come from deep inside.

    """
    signature = inspect.signature(function)

    def check(*args: P.args, **given: P.kwargs) -> None:
        wrong = [
            f"{function.__name__}({name}=…): expected {_KINDS[name]}, not {_shown(value)}."
            for name, value in signature.bind(*args, **given).arguments.items()
            if name in _KINDS and not _fits(value, _KINDS[name], signature.parameters[name])
        ]
        if wrong:
            raise SettingsError("\n".join(wrong))

    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def waiting(*args: P.args, **given: P.kwargs) -> Any:  # noqa: ANN401 - passed on
            check(*args, **given)
            return await function(*args, **given)

        return waiting  # type: ignore[return-value]  # of the same kind as the function

    @functools.wraps(function)
    def plain(*args: P.args, **given: P.kwargs) -> T:
        check(*args, **given)
        return function(*args, **given)

    return plain


def _shown(value: object) -> str:
    """Show what was given; of anything but names and numbers, which may hold a key, its type."""
    if isinstance(value, str) and not value.startswith(("pk_", "sk_")):
        return f"{value!r:.80}"
    return repr(value) if isinstance(value, int) else f"of type {type(value).__name__}"


def _fits(value: object, kind: str, parameter: inspect.Parameter) -> bool:
    if value is None:
        return parameter.default is None or NoneType in get_args(parameter.annotation)
    match kind:
        case "a path":
            return isinstance(value, str | os.PathLike) and "\0" not in os.fspath(value)
        case "a text that is not empty":
            return isinstance(value, str) and bool(value.strip())
        case "a whole number from 1" | "a whole number from 0":
            least = 1 if kind == _COUNT else 0
            return isinstance(value, int) and not isinstance(value, bool) and value >= least
    return isinstance(value, pkgutil.resolve_name(f"plunk_import:{kind}"))
