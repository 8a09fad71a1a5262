"""Loading a mapping from a YAML file or a dict, as a checked model that knows its lines."""

import hashlib
import json
from collections import abc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pydantic

from plunk_import.errors import MappingError, Problem
from plunk_import.mapping.document import Document, place, read_document
from plunk_import.mapping.fields import Address, EventName, Field, Subscribed, Variable, long_form
from plunk_import.mapping.models import DEFAULT_MARKER, Mapping, known_keys, marker_name
from plunk_import.mapping.parts import SourceOptions
from plunk_import.mapping.wording import worded

__all__ = [
    "Address",
    "EventName",
    "Field",
    "LoadedMapping",
    "Mapping",
    "SourceOptions",
    "Subscribed",
    "Variable",
    "load_mapping",
    "mapping_from",
    "mapping_schema",
]

_Place = tuple[str, ...]
# Far above any mapping, far below the data file that someone gives in its stead.
_MAX_BYTES = 1_000_000
_FROM_PYTHON = "mapping"


@dataclass(frozen=True, slots=True)
class LoadedMapping:
    """A checked mapping and where it came from.

    Attributes:
        mapping: The model.
        path: The file as the user named it, or `mapping` for one from Python.
        sha256: Over the content: comments, order and spelled-out defaults do not change it.
        lines: The 1-based line of each key, as ("data", "orders", "type"), and of each list item;
            empty for a mapping from Python.

    """

    mapping: Mapping
    path: str
    sha256: str
    lines: abc.Mapping[_Place, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def name(self) -> str:
        """What the mapping is called from night to night: its file, or its content without one."""
        return Path(self.path).name if self.lines else self.sha256[:16]

    def problem(self, where: _Place, message: str) -> Problem:
        """Describe a problem in the place that `where` names, with the nearest line there is."""
        return _problem(self.path, self.lines, where, message)


def load_mapping(path: str | Path) -> LoadedMapping:
    """Read and check a mapping file.

    Raises:
        MappingError: With every problem at once, each with the file's name and its line.

    """
    file = str(path)
    document = read_document(file, _text_of(file), constant_depth=_constant_depth)
    return _checked(file, document)


def mapping_from(given: abc.Mapping[str, Any] | Mapping | str | Path) -> LoadedMapping:
    """Check a mapping written in Python, or read the file of that path.

    Raises:
        MappingError: With every problem at once.

    """
    if isinstance(given, str | Path):
        return load_mapping(given)
    if isinstance(given, Mapping):
        given = given.model_dump(by_alias=True, exclude_unset=True)
    return _checked(_FROM_PYTHON, Document(dict(given)))


def mapping_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the mapping file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "plunk-import mapping",
        **_for_editors(Mapping.model_json_schema()),
    }


def _for_editors(schema: Any) -> Any:  # noqa: ANN401  any part of a schema
    """Drop what pydantic adds and a mapping lacks: null for what is left out, and echoed titles."""
    if isinstance(schema, list):
        return [_for_editors(part) for part in schema if part != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    tidy = {
        key: _for_editors(part)
        for key, part in schema.items()
        if key != "title" and not (key == "default" and (part is None or isinstance(part, dict)))
    }
    if len(tidy.get("anyOf", ())) == 1:
        tidy |= tidy.pop("anyOf")[0]
    return tidy


def _text_of(file: str) -> str:
    try:
        file.encode()
    except UnicodeEncodeError as error:
        shown = file.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        raise _refused(shown, "the name of the file is no UTF-8 text: rename it") from error
    try:
        with Path(file).open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise _refused(file, "there is no such file: check the path") from error
    except IsADirectoryError as error:
        raise _refused(file, "is a directory: name the mapping file in it") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise _refused(file, f"cannot be read ({reason}): check the path and its rights") from error
    if len(content) > _MAX_BYTES:
        raise _refused(file, "is too large for a mapping: is it the data file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused(file, "is not UTF-8: save it as UTF-8") from error


def _refused(file: str, message: str) -> MappingError:
    return MappingError((Problem(file, None, "", message),))


def _constant_depth(path: _Place) -> int:
    match path:
        case ("data", _, "const", *inner):
            return 1 + len(inner)
        case ("email" | "event" | "subscribed", "const", *inner):
            return 1 + len(inner)
        case _:
            return 0


def _checked(file: str, document: Document) -> LoadedMapping:
    if not isinstance(document.values, dict):
        message = "is not a mapping of keys such as `email: Email`: is it the data file?"
        raise MappingError((_problem(file, document.lines, (), message),))
    problems = list(document.problems)
    mapping, wrong = _modelled(document.values, document.spoiled)
    for path, message in (*wrong, *_wrong_in_data(document.values)):
        if path not in document.spoiled:
            problems.append(_problem(file, document.lines, path, message))
    if problems or mapping is None:
        raise MappingError(tuple(sorted(problems, key=lambda problem: problem.line or 0)))
    return LoadedMapping(mapping, file, _digest(mapping), document.lines)


def _modelled(
    values: dict[str, Any], spoiled: frozenset[_Place]
) -> tuple[Mapping | None, Iterable[tuple[_Place, str]]]:
    """Make the model, or tell what is wrong, but for what follows from a spoiled value."""
    try:
        return Mapping.model_validate(values), ()
    except pydantic.ValidationError as error:
        return None, worded(error, known_keys=known_keys, spoiled=spoiled)


def _wrong_in_data(values: dict[str, Any]) -> Iterator[tuple[_Place, str]]:
    """Yield what is wrong with a variable that is called `locale`, or as the marker is."""
    data = values.get("data")
    if isinstance(data, dict):
        yield from _locale_that_plunk_refuses(data)
        yield from _marker_in_use(values, data)


def _locale_that_plunk_refuses(data: dict[str, Any]) -> Iterator[tuple[_Place, str]]:
    """Plunk answers 400 to a `locale` that is not a persistent string (plunk-api: `data`)."""
    where = ("data", "locale")
    try:
        locale = Variable.model_validate(long_form(data["locale"]))
    except (KeyError, pydantic.ValidationError):
        return
    if not locale.persistent:
        yield (*where, "persistent"), "Plunk refuses a one-shot `locale`: remove this"
    if locale.type not in (None, "string"):
        yield (*where, "type"), "Plunk accepts `locale` only as text: remove this"
    elif locale.const is not None and not isinstance(locale.const, str):
        yield (*where, "const"), "Plunk accepts `locale` only as text: put it in quotes"


def _marker_in_use(values: dict[str, Any], data: dict[str, Any]) -> Iterator[tuple[_Place, str]]:
    marker = marker_name(values.get("marker", DEFAULT_MARKER))
    if isinstance(marker, str) and marker in data:
        remedy = "rename one of them (`marker: other_name`), or `marker: off`"
        yield ("data", marker), f"the marker has this name too: {remedy}"


def _problem(file: str, lines: abc.Mapping[_Place, int], where: _Place, message: str) -> Problem:
    known = (where[:length] for length in range(len(where), -1, -1))
    line = next((lines[path] for path in known if path in lines), None)
    return Problem(file, line, place(where), message)


def _digest(mapping: Mapping) -> str:
    # Without defaults, so that an option added by a later version changes no digest of today.
    content = mapping.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
