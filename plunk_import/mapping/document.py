"""YAML with its positions: plain values, each one's line, and what is wrong.

Text stays what its author wrote: outside constants nothing turns into a number, a date or a truth
value, so that a column named `no`, `1_000` or `2026-01-01` is just that. Constants follow the core
schema of YAML 1.2, and what people read in two ways there is a problem that says so.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from plunk_import.errors import Problem
from plunk_import.mapping.constants import constant
from plunk_import.mapping.nodes import MAX_DEPTH, List, Node, Pairs, Text, failure, root_node

Path: TypeAlias = tuple[str, ...]

MAX_VALUES = 50_000


@dataclass(frozen=True, slots=True)
class Document:
    """What a YAML text says, the 1-based line of each key and item, and what is wrong with it.

    In the places of `spoiled` stands None, because what was written there could not be read.
    """

    values: object
    lines: Mapping[Path, int] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    problems: tuple[Problem, ...] = ()
    spoiled: frozenset[Path] = frozenset()


def read_document(file: str, text: str, *, constant_depth: Callable[[Path], int]) -> Document:
    """Read the one document of a YAML text; `file` is what problems call it.

    `constant_depth` says how deep in a constant a path lies: 0 outside, 1 for the constant itself.

    Raises:
        MappingError: The text cannot be read on: syntax, empty, several documents.

    """
    reading = _Reading(file, constant_depth)
    values = reading.value((), root_node(file, text))
    return Document(
        values,
        MappingProxyType(reading.lines),
        tuple(reading.problems),
        frozenset(reading.spoiled),
    )


def place(path: Path) -> str:
    """Write a path as problems show it: `data.orders.type`, odd characters escaped."""
    return ".".join(part if part and part.isprintable() else ascii(part) for part in path)


class _Reading:
    """Makes values of nodes; collects the lines and the problems on the way."""

    def __init__(self, file: str, constant_depth: Callable[[Path], int]) -> None:
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self.spoiled: set[Path] = set()
        self._file = file
        self._constant_depth = constant_depth

    def value(self, path: Path, node: Node) -> object:
        self.lines.setdefault(path, node.line)
        if len(self.lines) > MAX_VALUES or len(path) > MAX_DEPTH:
            message = "the aliases unfold to more than a mapping holds: write the fields out"
            raise failure(self._file, node.line, message)
        if node.tag is not None:
            tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
            self._note(path, f"the tag `{tag}` is not read: remove it, and quote what is text")
            node = dataclasses.replace(node, tag=None)
        match node:
            case Text():
                return self._text(path, node)
            case List(items=items):
                return [self.value((*path, str(at)), item) for at, item in enumerate(items)]
            case Pairs(pairs=pairs):
                return self._mapping(path, pairs)

    def _note(self, path: Path, message: str, line: int | None = None) -> None:
        self.problems.append(Problem(self._file, line or self.lines[path], place(path), message))

    def _spoil(self, path: Path, message: str) -> None:
        self._note(path, message)
        self.spoiled.add(path)

    def _mapping(self, path: Path, pairs: list[tuple[Node, Node]]) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, node in pairs:
            name = self._key(path, key)
            if name is None:
                continue
            inner = (*path, name)
            if name in values:
                both = f"lines {self.lines[inner]} and {key.line}"
                message = f"stands here twice, on {both}: keep one, or rename one"
                self._note(inner, message, key.line)
                continue
            self.lines[inner] = key.line
            values[name] = self.value(inner, node)
        return values

    def _key(self, path: Path, key: Node) -> str | None:
        if not isinstance(key, Text) or key.tag is not None:
            message = (
                "a key here is not plain text: put a text that starts with `{` or `[` in quotes"
            )
            self._note((*path, "{…}"), message, key.line)
            return None
        if key.plain and key.text == "<<":
            message = "merge keys (`<<`) are not read: write the fields out"
            self._note((*path, "<<"), message, key.line)
            return None
        return self._whole(path, key)

    def _text(self, path: Path, node: Text) -> object:
        depth = self._constant_depth(path)
        if node.plain and not node.text:
            self._spoil(path, "has no value: write one after it, or remove it")
            return None
        if not (node.plain and depth):
            return self._whole(path, node)
        try:
            value = constant(node.text)
        except ValueError as error:
            self._spoil(path, str(error))
            return None
        if value is None and depth == 1:
            message = (
                'null is not a value to send: to delete a field, `{sql: "NULL", empty: delete}`'
            )
            self._spoil(path, message)
        return value

    def _whole(self, path: Path, node: Text) -> str:
        if not any("\ud800" <= character <= "\udfff" for character in node.text):
            return node.text
        message = 'an escape such as "\\ud800" is half of a character: write the character itself'
        self._note(path, message, node.line)
        return node.text.encode("utf-8", "replace").decode()
