"""How deep values are nested, and how deep they may be."""

import re

from plunk_import.mapping import Variable
from plunk_import.plunk import DEEPEST_LEVEL

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|([\[{])|([\]}])')


def levels_of(variable: Variable) -> int:
    """Tell how deep a value may be nested, within `data` and maybe within a one-shot's wrapper."""
    return DEEPEST_LEVEL - (1 if variable.persistent else 2)


def depth_of(text: str) -> int:
    """Measure how deep a JSON text is nested: 0 where it is no object and no list."""
    deepest = depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        if match[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif match[2]:
            depth -= 1
    return deepest
