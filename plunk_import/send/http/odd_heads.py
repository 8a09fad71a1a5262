"""Heads of replies with lines that are no headers: what cannot be read is left out."""

import re

LONGEST_HEAD_BYTES = 1 << 20
"""Of everything before a reply's body, and of what a server says before its reply."""

_END = b"\r\n\r\n"
_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:|[ \t]")


def readable_head(said: bytes) -> bytes | None:
    """Leave out the lines whose names no header can have.

    Args:
        said: What came of a reply, from its first byte on.

    Returns:
        The same without them; None where the head has not come whole.

    """
    heads: list[bytes] = []
    rest = said
    while not heads or heads[-1].startswith((b"HTTP/1.1 1", b"HTTP/1.0 1")):
        head, end, rest = rest.partition(_END)
        if not end:
            return None
        first, *lines = head.split(b"\r\n")
        heads.append(b"\r\n".join([first, *filter(_LINE.match, lines)]) + end)
    return b"".join(heads) + rest
