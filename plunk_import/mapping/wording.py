"""Plain words for what pydantic found wrong: each place and a sentence to act on."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import pydantic

from plunk_import.mapping.rules import kind, nearest, shown

Path: TypeAlias = tuple[str, ...]


class NoOriginError(ValueError):
    """Neither column nor sql nor const: about the whole field, though found in one of its keys."""


def worded(
    error: pydantic.ValidationError,
    *,
    known_keys: Callable[[Path], Iterable[str]],
    spoiled: frozenset[Path] = frozenset(),
) -> Iterator[tuple[Path, str]]:
    """Yield the place and the message of each problem.

    `known_keys` gives the keys that a path may hold, to name the nearest one for an unknown key;
    `spoiled` are the places whose value was found wrong before.
    """
    details = error.errors(include_url=False)
    unknown = {_path(detail["loc"]) for detail in details if detail["type"] == "extra_forbidden"}
    explained = {path[:-1] for path in unknown | spoiled}
    for detail in details:
        path = _path(detail["loc"])
        if isinstance(detail.get("ctx", {}).get("error"), NoOriginError):
            if path[:-1] not in explained:  # else a misspelt or empty key is the whole story
                yield path[:-1], _message(detail)
        elif path in unknown:
            yield path, _unknown_key(path, tuple(known_keys(path[:-1])))
        else:
            yield path, _message(detail)


def _path(loc: tuple[int | str, ...]) -> Path:
    return tuple(str(part) for part in loc if part != "[key]")


def _unknown_key(path: Path, known: tuple[str, ...]) -> str:
    hint = nearest(path[-1], known)
    if not hint and len(path) == 1:
        hint = "; variables stand under `data`, options of the file under `source`"
    return f"this key is not known{hint or '; known here: ' + ', '.join(known)}"


_SENTENCES: Mapping[str, str] = {
    "missing": "is required, and missing",
    "string_type": "must be text, not {kind}",
    "string_too_short": "is empty: write something, or remove it",
    "string_unicode": "holds half of a surrogate pair: write the character whole",
    "bool_parsing": "must be true or false, not {shown}",
    "bool_type": "must be true or false, not {kind}",
    "int_parsing": "must be a whole number, not {shown}",
    "int_parsing_size": "must be a whole number of a sensible size",
    "int_from_float": "must be a whole number, not {shown}",
    "int_type": "must be a whole number, not {kind}",
    "greater_than_equal": "must be {ge} or more, not {shown}",
    "tuple_type": "must be a list such as [a, b], not {kind}",
    "dict_type": "must be a mapping of `name: column`, not {kind}",
    "model_type": "must be a column's name or such as `{{column: Name}}`, not {kind}",
    "options_type": "must be a mapping of `key: value`, not {kind}",
    "too_short": "is an empty list: fill it, or remove it",
    "invalid_key": "a key must be text: put it in quotes",
}


def _message(detail: Any) -> str:  # noqa: ANN401  pydantic's ErrorDetails, with a context of any shape
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(context["error"])
    given = detail["input"]
    if detail["type"] == "literal_error":
        allowed = re.findall(r"'([^']*)'", context["expected"]) or [context["expected"]]
        return _not_allowed(given, allowed)
    is_options = context.get("class_name") in {"SourceOptions", "Expectation"}
    sentence = _SENTENCES.get("options_type" if is_options else detail["type"])
    if sentence is None:
        return str(detail["msg"])
    return sentence.format(kind=kind(given), shown=shown(given), **context)


def one_of(given: str, allowed: Sequence[str]) -> str:
    """Check that a word is one of those allowed.

    Raises:
        ValueError: It is not; the message lists them, and the nearest.

    """
    if given not in allowed:
        raise ValueError(_not_allowed(given, allowed))
    return given


def _not_allowed(given: object, allowed: Sequence[str]) -> str:
    near = nearest(given, allowed) if isinstance(given, str) else ""
    return f"{shown(given)} is not allowed here, only {' | '.join(allowed)}{near}"
