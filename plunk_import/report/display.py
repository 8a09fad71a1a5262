"""Takes a text from a file or a server; gives it as one line can show it, hiding nothing.

A cell may hold what moves a terminal's cursor, a space that nobody sees, or letters two columns
wide.
"""

import json
import unicodedata

_JOINERS = "\u200c\u200d"
"""They have no width of their own, and join letters and emoji that belong together."""


def exact(name: str) -> str:
    """Give a name as it is; in quotes, as JSON, where that would not show all that is in it."""
    if name == " ".join(name.split()) and all(map(_shows, name)):
        return name
    quoted = json.dumps(name, ensure_ascii=False)
    return "".join(sign if _shows(sign) else f"\\u{ord(sign):04x}" for sign in quoted)


def one_line(text: str, columns: int) -> str:
    """Give a text on one line of so many columns, cut where it is longer."""
    line = "".join(sign if _shows(sign) else "�" for sign in " ".join(text.split()))
    if columns_of(line) <= columns:
        return line
    end, taken = 0, 1
    while taken + columns_of(line[end]) <= columns:
        taken += columns_of(line[end])
        end += 1
    return line[:end] + "…"


def columns_of(text: str) -> int:
    """Count the columns that a text takes on a terminal: two for wide letters, none for accents."""
    return sum(map(_columns_of_sign, text))


def _columns_of_sign(sign: str) -> int:
    if sign in _JOINERS or unicodedata.category(sign) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _shows(sign: str) -> bool:
    return sign.isprintable() or sign in _JOINERS
