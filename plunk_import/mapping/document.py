"""YAML with its positions: plain values, each one's line, and what is wrong.

Text stays what its author wrote: outside constants nothing turns into a number, a date or a truth
value, so that a column named `no`, `1_000` or `2026-01-01` is just that. Constants follow the core
schema of YAML 1.2, and what people read in two ways there is a problem that says so.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

from plunk_import.errors import MappingError, Problem

Path: TypeAlias = tuple[str, ...]

MAX_DEPTH = 50
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
    values = reading.value((), _root(file, text))
    return Document(
        values,
        MappingProxyType(reading.lines),
        tuple(reading.problems),
        frozenset(reading.spoiled),
    )


def place(path: Path) -> str:
    """Write a path as problems show it: `data.orders.type`, odd characters escaped."""
    return ".".join(part if part and part.isprintable() else ascii(part) for part in path)


@dataclass(frozen=True, slots=True)
class _Text:
    line: int
    text: str
    plain: bool
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class _List:
    line: int
    items: list["_Node"]
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class _Pairs:
    line: int
    pairs: list[tuple["_Node", "_Node"]]
    tag: str | None = None


_Node: TypeAlias = _Text | _List | _Pairs


def _failure(file: str, line: int | None, message: str) -> MappingError:
    return MappingError((Problem(file, line, "", message),))


def _root(file: str, text: str) -> _Node:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        return _Composer(file, YAML(typ="safe", pure=True).parse(text)).document()
    except MarkedYAMLError as error:
        raise _failure(file, *_explained(error)) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = "a control character, which YAML does not allow: remove it"
        raise _failure(file, line, message) from error
    except ValueError as error:  # what chr() says to "\U00110000" comes through as it is
        message = 'an escape such as "\\U00110000" stands for no character: remove it'
        raise _failure(file, None, message) from error


class _Composer:
    """Makes nodes of the parser's events; an alias stands for the node that it names."""

    def __init__(self, file: str, events: Iterator[Any]) -> None:
        self._file = file
        self._events = events
        self._anchors: dict[str, _Node] = {}

    def document(self) -> _Node:
        """Compose the only document there is."""
        from ruamel.yaml.events import StreamEndEvent

        next(self._events)
        if isinstance(next(self._events), StreamEndEvent):
            message = "the file is empty: write a mapping, `plunk-import init` proposes one"
            raise _failure(self._file, None, message)
        root = self._node(next(self._events), depth=0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, StreamEndEvent):
            message = "a second document starts here: one file holds one mapping, remove the `---`"
            raise _failure(self._file, after.start_mark.line + 1, message)
        return root

    def _node(self, event: Any, *, depth: int) -> _Node:  # noqa: ANN401  ruamel types no events
        from ruamel.yaml.events import AliasEvent

        line = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise _failure(self._file, line, f"nested over {MAX_DEPTH} levels deep: flatten it")
        if isinstance(event, AliasEvent):
            return self._named(event.anchor, line)
        node = self._new_node(event, line=line, depth=depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _new_node(self, event: Any, *, line: int, depth: int) -> _Node:  # noqa: ANN401  as above
        from ruamel.yaml.events import (
            MappingEndEvent,
            ScalarEvent,
            SequenceEndEvent,
            SequenceStartEvent,
        )

        if isinstance(event, ScalarEvent):
            return _Text(line, event.value, plain=event.style is None, tag=event.tag)
        if isinstance(event, SequenceStartEvent):
            return _List(line, list(self._until(SequenceEndEvent, depth)), event.tag)
        nodes = self._until(MappingEndEvent, depth)
        return _Pairs(line, list(zip(nodes, nodes, strict=True)), event.tag)

    def _until(self, end: type, depth: int) -> Iterator[_Node]:
        while not isinstance(event := next(self._events), end):
            yield self._node(event, depth=depth + 1)

    def _named(self, name: str, line: int) -> _Node:
        if name not in self._anchors:
            message = f"`*{name}` names nothing above it: if it is text, put it in quotes"
            raise _failure(self._file, line, message)
        return self._anchors[name]


class _Reading:
    """Makes values of nodes; collects the lines and the problems on the way."""

    def __init__(self, file: str, constant_depth: Callable[[Path], int]) -> None:
        self.lines: dict[Path, int] = {}
        self.problems: list[Problem] = []
        self.spoiled: set[Path] = set()
        self._file = file
        self._constant_depth = constant_depth

    def value(self, path: Path, node: _Node) -> object:
        self.lines.setdefault(path, node.line)
        if len(self.lines) > MAX_VALUES or len(path) > MAX_DEPTH:
            message = "the aliases unfold to more than a mapping holds: write the fields out"
            raise _failure(self._file, node.line, message)
        if node.tag is not None:
            tag = str(node.tag).replace("tag:yaml.org,2002:", "!!")
            self._note(path, f"the tag `{tag}` is not read: remove it, and quote what is text")
            node = dataclasses.replace(node, tag=None)
        match node:
            case _Text():
                return self._text(path, node)
            case _List(items=items):
                return [self.value((*path, str(at)), item) for at, item in enumerate(items)]
            case _Pairs(pairs=pairs):
                return self._mapping(path, pairs)

    def _note(self, path: Path, message: str, line: int | None = None) -> None:
        self.problems.append(Problem(self._file, line or self.lines[path], place(path), message))

    def _spoil(self, path: Path, message: str) -> None:
        self._note(path, message)
        self.spoiled.add(path)

    def _mapping(self, path: Path, pairs: list[tuple[_Node, _Node]]) -> dict[str, object]:
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

    def _key(self, path: Path, key: _Node) -> str | None:
        if not isinstance(key, _Text) or key.tag is not None:
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

    def _text(self, path: Path, node: _Text) -> object:
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

    def _whole(self, path: Path, node: _Text) -> str:
        if not any("\ud800" <= character <= "\udfff" for character in node.text):
            return node.text
        message = 'an escape such as "\\ud800" is half of a character: write the character itself'
        self._note(path, message, node.line)
        return node.text.encode("utf-8", "replace").decode()


_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL"), None),
}
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_READ_TWO_WAYS = re.compile(
    r"""(?ix)
    yes|no|on|off|y|n                         # true and false in YAML 1.1
    | ~                                       # null
    | [-+]?[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?   # with _, with leading zeros, with a +
    | \+?\.[0-9_]+(e[-+]?[0-9]+)?
    | [-+]?0[xob][0-9a-f_]+
    | [-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9_]*)?  # sexagesimal in YAML 1.1
    | [-+]?\.(inf|nan)
    """
)
# Beyond it int() may refuse; such a number becomes an infinite float, which no constant may be.
_LONGEST_INTEGER = 400


def constant(text: str) -> bool | int | float | str | None:
    """Read a plain constant by the core schema of YAML 1.2.

    Raises:
        ValueError: Readers of YAML differ, or people would: `no`, `1_000`, `0123`, `1:30`.

    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) < _LONGEST_INTEGER and _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _READ_TWO_WAYS.fullmatch(text):
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise ValueError(
            f'{shown} can be read in two ways: for the text put it in quotes, "{shown}", '
            "else write true, false or a plain number such as 1000"
        )
    return text


_REMEDIES = (
    ("character '\\t'", "a tab stands where YAML allows only spaces: indent with spaces"),
    (
        "that cannot start any token",
        "a text cannot start with this character: put the whole text in quotes",
    ),
    (
        "mapping values are not allowed",
        "a second colon, or an indent that does not fit: put a text that holds `: ` in quotes",
    ),
    ("sequence entries are not allowed", "a list item cannot stand here: put it on its own line"),
    (
        "unknown escape character",
        "a backslash in double quotes starts an escape: write it twice, or use single quotes",
    ),
    ("quoted scalar", "this quote is never closed: close it with the same quote"),
    (
        "flow mapping",
        "this `{` lacks its end or a comma: add it, or put a text that starts with `{` in quotes",
    ),
    (
        "flow sequence",
        "this `[` lacks its end or a comma: add it, or put a text that starts with `[` in quotes",
    ),
    ("could not find expected ':'", "a key lacks its colon: write `key: value`"),
    (
        "but found '<scalar>'",
        "text follows a closed quote or an alias: put all of it in one pair of quotes",
    ),
    ("expected <block end>", "the indent does not fit: indent keys of one level alike"),
    (
        "block scalar",
        "`|` or `>` here starts a text of several lines: put the value in one pair of quotes",
    ),
    ("scanning a directive", "a line cannot start with `%`: put the text in quotes"),
    (
        "expected the node content",
        "a value is missing, or starts with a character that needs quotes",
    ),
)


def _explained(error: Any) -> tuple[int, str]:  # noqa: ANN401  ruamel types no errors
    """Return the line of a syntax error, and what is wrong in plain words."""
    told = f"{error.context or ''}; {error.problem or ''}"
    never_closed = any(opened in told for opened in ("quoted scalar", "flow mapping", "flow seq"))
    mark = error.context_mark if never_closed else None
    line = (mark or error.problem_mark or error.context_mark).line + 1
    for symptom, remedy in _REMEDIES:
        if symptom in told:
            return line, f"this is not YAML: {remedy}"
    return line, f"this is not YAML ({error.problem}): if it is text, put it in quotes"
