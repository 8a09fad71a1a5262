"""How deep JSON is nested."""

import re

_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"|([\[{])|([\]}])')


def depth_of(text: bytes) -> int:
    """Measure how deep a JSON text is nested: 0 where it is no object and no list.

    Args:
        text: The JSON, in UTF-8 or nearly so.

    """
    deepest = depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        if match[1]:
            depth += 1
            deepest = max(deepest, depth)
        elif match[2]:
            depth -= 1
    return deepest
