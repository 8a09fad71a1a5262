"""Parses one reply of a connection with llhttp's parser, piece by piece."""

import zlib

import httptools

from plunk_import.runtime import NoReplyError, Received
from plunk_import.send.http.odd_heads import LONGEST_HEAD_BYTES, readable_head


class _Reply:
    """What the parser has found of one reply so far."""

    def __init__(self, longest_bytes: int) -> None:
        self.status = 0
        self._longest_bytes = longest_bytes
        self.headers: dict[str, str] = {}
        self.parts: list[bytes] = []
        self.size = 0
        self.has_head = False
        self.inflate: zlib._Decompress | None = None

    def begin_body(self, status: int) -> None:
        self.status, self.has_head = status, True
        if self.headers.get("content-encoding", "").lower() in {"gzip", "x-gzip", "deflate"}:
            self.inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)

    def add(self, data: bytes) -> None:
        """Keep a piece of the body, but not beyond the bound."""
        room = self._longest_bytes + 1 - self.size
        if room > 0 and self.inflate is not None:
            data = self.inflate.decompress(data, room)
        if room > 0:
            self.parts.append(data[:room])
            self.size += len(self.parts[-1])

    @property
    def is_too_large(self) -> bool:
        return self.size > self._longest_bytes

    @property
    def ends_with_the_connection(self) -> bool:
        lengths = {"content-length", "transfer-encoding"}
        return self.has_head and not lengths & self.headers.keys()

    def received(self) -> Received:
        content = None if self.is_too_large else b"".join(self.parts)
        return Received(self.status, self.headers, content)


class ReplyParser:
    """What was said since a request left, as its reply; `outcome` is there once that is known.

    Args:
        longest_bytes: How long the body may be; one that is longer is cut.

    """

    def __init__(self, longest_bytes: int) -> None:
        self._longest_bytes = longest_bytes
        self.outcome: Received | NoReplyError | None = None
        self.stays_open = False
        """Whether another request may follow, once there is an outcome."""
        self._begin()

    def _begin(self) -> None:
        self._head = b""
        self._reply = _Reply(self._longest_bytes)
        self._parser = httptools.HttpResponseParser(self)
        # A header with a control character is one that cannot be read, not the end of the reply.
        self._parser.set_dangerous_leniencies(lenient_headers=True)

    def end(self) -> None:
        """Take the end of the connection for that of a reply which has no other end."""
        if self._reply.ends_with_the_connection:
            self._finish()

    def _finish(self) -> None:
        self.outcome = self.outcome or self._reply.received()

    def _fail(self, error: NoReplyError) -> None:
        self.outcome = self.outcome or error

    def feed(self, data: bytes) -> None:
        """Take in what came next."""
        if not self._reply.has_head:
            self._head += data
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._fail(NoReplyError("the server changed to another protocol"))
        except httptools.HttpParserError as error:
            self._parse_again(error)
        if len(self._head) > LONGEST_HEAD_BYTES:
            self._fail(NoReplyError("the head of the reply does not end"))
        if self._reply.is_too_large:
            self.stays_open = False  # what is left of it must not be taken for the next reply
            self._finish()

    def _parse_again(self, error: httptools.HttpParserError) -> None:
        """Parse a head once more, without what no header is; what else is wrong ends the reply."""
        is_head = not self._reply.has_head and self._head.startswith(b"HTTP/1.")
        readable = readable_head(self._head) if is_head else b""
        if readable is None:
            return  # the rest of the head is still to come
        if not readable or readable == self._head:
            self._fail(NoReplyError(f"the reply is not HTTP: {error}"))
            return
        self._begin()
        self.feed(readable)

    # httptools' callbacks

    def on_message_begin(self) -> None:
        """See `httptools.HttpResponseParser`."""
        if self.outcome is not None:
            self.stays_open = False  # nobody asked: it could be taken for another's reply
        else:
            self._reply = _Reply(self._longest_bytes)

    def on_header(self, name: bytes, value: bytes) -> None:
        """See `httptools.HttpResponseParser`."""
        text = value.decode("latin-1")
        if name.isascii() and text.isascii() and text.isprintable():
            self._reply.headers[name.decode().lower()] = text

    def on_headers_complete(self) -> None:
        """See `httptools.HttpResponseParser`."""
        self._reply.begin_body(self._parser.get_status_code())

    def on_body(self, body: bytes) -> None:
        """See `httptools.HttpResponseParser`."""
        try:
            self._reply.add(body)
        except zlib.error as error:
            self._fail(NoReplyError(f"the reply cannot be unpacked: {error}"))

    def on_message_complete(self) -> None:
        """See `httptools.HttpResponseParser`."""
        if self._reply.status < 200 or self.outcome is not None:
            return  # `100 Continue` and its kin only announce the reply
        self.stays_open = self._parser.should_keep_alive()
        self._finish()
