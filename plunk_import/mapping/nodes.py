"""The nodes of a YAML text with their lines, and what is wrong with its syntax in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from plunk_import.errors import MappingError, Problem

MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Text:
    """One scalar; `plain` where it stands without quotes."""

    line: int
    text: str
    plain: bool
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class List:
    """A sequence."""

    line: int
    items: list["Node"]
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Pairs:
    """A mapping, in the order of the text; keys may stand twice."""

    line: int
    pairs: list[tuple["Node", "Node"]]
    tag: str | None = None


Node: TypeAlias = Text | List | Pairs


def failure(file: str, line: int | None, message: str) -> MappingError:
    """Make the error of a text that cannot be read on."""
    return MappingError((Problem(file, line, "", message),))


def root_node(file: str, text: str) -> Node:
    """Read the one document of a text.

    Args:
        file: What errors call it.
        text: The YAML.

    Returns:
        Its outermost node.

    Raises:
        MappingError: The syntax is wrong, the text is empty, or it holds several documents.

    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        return _Composer(file, YAML(typ="safe", pure=True).parse(text)).document()
    except MarkedYAMLError as error:
        raise failure(file, *_explained(error)) from error
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = "a control character, which YAML does not allow: remove it"
        raise failure(file, line, message) from error
    except ValueError as error:  # what chr() says to "\U00110000" comes through as it is
        message = 'an escape such as "\\U00110000" stands for no character: remove it'
        raise failure(file, None, message) from error


class _Composer:
    """Makes nodes of the parser's events; an alias stands for the node that it names."""

    def __init__(self, file: str, events: Iterator[Any]) -> None:
        from ruamel.yaml import events as kinds

        self._kinds: Any = kinds
        self._file = file
        self._events = events
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node:
        """Compose the only document there is."""
        next(self._events)
        if isinstance(next(self._events), self._kinds.StreamEndEvent):
            message = "the file is empty: write a mapping, `plunk-import init` proposes one"
            raise failure(self._file, None, message)
        root = self._node(next(self._events), depth=0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, self._kinds.StreamEndEvent):
            message = "a second document starts here: one file holds one mapping, remove the `---`"
            raise failure(self._file, after.start_mark.line + 1, message)
        return root

    def _node(self, event: Any, *, depth: int) -> Node:  # noqa: ANN401  ruamel types no events
        line = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise failure(self._file, line, f"nested over {MAX_DEPTH} levels deep: flatten it")
        if isinstance(event, self._kinds.AliasEvent):
            return self._named(event.anchor, line)
        node = self._new_node(event, line=line, depth=depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _new_node(self, event: Any, *, line: int, depth: int) -> Node:  # noqa: ANN401  as above
        if isinstance(event, self._kinds.ScalarEvent):
            return Text(line, event.value, plain=event.style is None, tag=event.tag)
        if isinstance(event, self._kinds.SequenceStartEvent):
            return List(line, list(self._until(self._kinds.SequenceEndEvent, depth)), event.tag)
        nodes = self._until(self._kinds.MappingEndEvent, depth)
        return Pairs(line, list(zip(nodes, nodes, strict=True)), event.tag)

    def _until(self, end: type, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), end):
            yield self._node(event, depth=depth + 1)

    def _named(self, name: str, line: int) -> Node:
        if name not in self._anchors:
            message = f"`*{name}` names nothing above it: if it is text, put it in quotes"
            raise failure(self._file, line, message)
        return self._anchors[name]


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
