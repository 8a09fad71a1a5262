"""The usual reply: whole in one piece, and so plain that it is read without a parser."""

import functools

from plunk_import.runtime import Received

_FIRST_LINE = "HTTP/1.1 200 "
_END = b"\r\n\r\n"
# What says how long the body is, what it is packed in, or what becomes of the connection.
_TELLING = frozenset({"transfer-encoding", "content-encoding", "proxy-connection", "upgrade"})


def usual_reply(data: bytes, longest_bytes: int) -> Received | None:
    """Read what came on a connection as exactly one usual reply, after which it stays open.

    Args:
        data: All that came since the request left.
        longest_bytes: How long the body may be.

    Returns:
        What the parser would find; None where the parser has to be asked.

    """
    head, end, body = data.partition(_END)
    if not end or not head.isascii() or len(body) > longest_bytes:
        return None
    first, *lines = head.decode("ascii").split("\r\n")
    if not first.startswith(_FIRST_LINE) or not first.isprintable():
        return None
    headers = _headers(lines)
    if headers is None or headers.get("content-length") != str(len(body)):
        return None
    return Received(200, headers, body)


def _headers(lines: list[str]) -> dict[str, str] | None:
    headers: dict[str, str] = {}
    for line in lines:
        header = _header(line)
        if header is None or header[0] in headers:
            return None
        headers[header[0]] = header[1]
    if headers.get("connection", "keep-alive") != "keep-alive":
        return None
    return headers if _TELLING.isdisjoint(headers) else None


@functools.lru_cache(maxsize=512)  # most lines are the same in reply after reply
def _header(line: str) -> tuple[str, str] | None:
    name, colon, value = line.partition(":")
    value = value.lstrip(" ")
    if not colon or not value or not value.isprintable() or value.endswith(" "):
        return None
    return (name.lower(), value) if name.replace("-", "").isalnum() else None
