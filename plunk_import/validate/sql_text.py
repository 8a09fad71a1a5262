"""The text of an SQL expression, as far as it has to be known before polars parses it.

polars builds a tree as deep as the expression is long, and its own tools break on deep trees. So a
condition of many alternatives is taken apart here, and what stays too deep is refused.
"""

import re
from collections.abc import Iterator

from plunk_import.validate.checks import UnfitError

_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | (?P<word>\w+) | \|\| | --.* | /\*.*?\*/ | [^\s\w]""",
    re.VERBOSE | re.DOTALL,
)
_NESTING = frozenset({"when", "and", "or", "||", "+", "-", "*", "/", "%", "("})
_MOST_NESTED = 250
_SIGNS_BEFORE = frozenset({"not", "-", "+"})
_DEEPEST_LEVEL = 45
"""Of brackets, and of signs before one another: polars parses no more than about 50."""
_LONGEST_CHARACTERS = 1_000_000


def alternatives(sql: str) -> list[str]:
    """Split a condition at the `OR`s that are not within brackets or CASE.

    Raises:
        UnfitError: It has a subquery, or one of its parts is nested too deep.

    """
    if len(sql) > _LONGEST_CHARACTERS:
        raise UnfitError(f"is longer than {_LONGEST_CHARACTERS:,} characters: shorten it")
    starts = [0]
    ends: list[int] = []
    nested = 0
    signs = 0
    for word, depth, position in _tokens(sql):
        if word == "select":
            raise UnfitError(
                "it has a subquery (SELECT), which looks at more than one row: use only what the "
                "row itself holds"
            )
        nested += word in _NESTING
        if word == "or" and depth == 0:
            ends.append(position)
            starts.append(position + len(word))
            nested = 0
        signs = signs + 1 if word in _SIGNS_BEFORE else 0
        if nested > _MOST_NESTED or depth + signs > _DEEPEST_LEVEL:
            raise too_deep()
    return [sql[start:end] for start, end in zip(starts, [*ends, len(sql)], strict=True)]


def too_deep() -> UnfitError:
    """Say that an expression has too many parts."""
    return UnfitError(
        "it has too many parts, one within the other: write a long list of values as "
        "`column IN ('a', 'b')`, or prepare the column in the file"
    )


def _tokens(sql: str) -> Iterator[tuple[str, int, int]]:
    """Yield each word and sign in lower case, how deep it stands in brackets or CASE, and where."""
    depth = 0
    for match in _TOKEN.finditer(sql):
        word = match[0].lower()
        depth -= word in (")", "end")
        yield word, depth, match.start()
        depth += word in ("(", "case")
