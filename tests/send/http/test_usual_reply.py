"""The quick way to read a reply, held against the parser's."""

import asyncio

import pytest
from hypothesis import given, strategies as st

from plunk_import.runtime import NoReplyError, Received, Request
from plunk_import.send.http import Connection

BODY = b'{"success":true,"data":{"contact":"co","event":"ev-12345678","timestamp":"t"}}'
NAMES = st.sampled_from(
    ["Date", "X-Request-Id", "content-type", "Content-Length", "Connection", "Transfer-Encoding",
     "Content-Encoding", "Upgrade", "ETag", "a_b", "", "RateLimit-Limit", "bad name"]
)  # fmt: skip
VALUES = st.sampled_from(
    ["keep-alive", "close", "chunked", "gzip", "", " spaced  ", "tab\tbed", "Zoë", "\x01", "0", "2",
     str(len(BODY)), f"0{len(BODY)}", "h2c", "W/\"a\"", "identity", "a\rb", "a\nb"]
)  # fmt: skip
FIRST_LINES = st.sampled_from(
    ["HTTP/1.1 200 OK", "HTTP/1.1 200 ", "HTTP/1.1 200", "HTTP/1.0 200 OK", "HTTP/1.1 204 No",
     "HTTP/1.1 100 Continue", "HTTP/1.1 500 Oh", "HTTP/1.1 200 \x02"]
)  # fmt: skip
# Mostly one header that is odd: where several are, the parser is asked anyway.
HEADS = st.tuples(
    st.just("HTTP/1.1 200 OK") | FIRST_LINES,
    st.lists(st.tuples(NAMES, st.sampled_from([":", ": "]), VALUES), max_size=2),
)
BODIES = st.sampled_from([BODY, b"", b"{}", BODY + b"x", BODY * 2, BODY[:-1]])


class Wire:
    """A transport that takes everything, until it is broken off."""

    is_broken_off = False

    def write(self, data: bytes) -> None:
        """Let it go."""

    def abort(self) -> None:
        self.is_broken_off = True

    def is_closing(self) -> bool:
        return self.is_broken_off


def read(*pieces: bytes, longest_bytes: int = 1000) -> tuple[object, bool]:
    """Return what a connection makes of what comes in these pieces, and whether it stays open."""
    loop = asyncio.new_event_loop()
    try:
        connection = Connection(loop, lambda _: None)
        connection.connection_made(Wire())  # type: ignore[arg-type]
        request = Request("POST", "http://x", (("a", "b"),), b"", longest_bytes)
        exchange = connection.begin(b"", request, lambda outcome: outcome)
        for piece in pieces:
            connection.data_received(piece)
        outcome = exchange.result() if exchange.done() else None
        exchange.cancel()
        return _told(outcome), connection.is_usable and outcome is not None
    finally:
        loop.close()


def _told(outcome: object) -> object:
    return str(outcome) if isinstance(outcome, NoReplyError) else outcome


def reply(first: str, fields: list[tuple[str, str, str]], body: bytes) -> bytes:
    lines = [first, *("".join(field) for field in fields), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


@given(HEADS, BODIES, st.booleans(), st.sampled_from([10, 1000]))
def test_a_reply_read_at_once_is_what_the_parser_makes_of_it(
    head: tuple[str, list[tuple[str, str, str]]], body: bytes, is_long: bool, longest: int
) -> None:
    first, fields = head
    length = [("Content-Length", ": ", str(len(body)))] if is_long else []
    said = reply(first, [*fields, *length], body)
    # The parser reads what comes in more than one piece.
    assert read(said, longest_bytes=longest) == read(said[:1], said[1:], longest_bytes=longest)


@pytest.mark.parametrize(
    ("fields", "stays_open"),
    [
        pytest.param([], True, id="nothing said"),
        pytest.param([("Connection", ": ", "keep-alive")], True, id="keep-alive"),
        pytest.param([("Connection", ": ", "close")], False, id="close"),
    ],
)
def test_a_usual_reply_is_read_and_the_connection_kept_unless_it_says_otherwise(
    fields: list[tuple[str, str, str]], stays_open: bool
) -> None:
    length = ("Content-Length", ": ", str(len(BODY)))
    outcome, is_open = read(reply("HTTP/1.1 200 OK", [length, *fields], BODY))
    assert isinstance(outcome, Received)
    assert (outcome.status, outcome.content, is_open) == (200, BODY, stays_open)
