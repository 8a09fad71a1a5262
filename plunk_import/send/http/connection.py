"""One HTTP/1.1 connection that knows which of its bytes have left.

An `asyncio.Protocol` with llhttp's parser. It takes one request at a time and is kept between them.
"""

import asyncio
import zlib
from collections import deque
from typing import TYPE_CHECKING, cast

import httptools

from plunk_import.runtime import NoReplyError, NotSentError, Received, Request
from plunk_import.send.http.odd_heads import LONGEST_HEAD_BYTES, readable_head

if TYPE_CHECKING:
    from collections.abc import Callable

_MARKS = 8
"""How many replies back one that comes twice is known."""


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


class Connection(asyncio.Protocol):
    """A connection to one server; ask `is_usable` before `exchange`.

    Args:
        loop: the running event loop.

    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser: httptools.HttpResponseParser | None = None
        self._longest_reply_bytes = 0
        self._head = b""
        self._reply = _Reply(0)
        self._waiter: asyncio.Future[Received] | None = None
        self._find_mark: Callable[[bytes], bytes | None] | None = None
        self._marks: deque[bytes] = deque(maxlen=_MARKS)
        self._stays_open = False
        self.idle_since = 0.0
        """When it was last given back, by the loop's clock, in seconds."""

    @property
    def is_usable(self) -> bool:
        """Whether a request can be written: connected, idle, and not closed by the other side."""
        transport = self._transport
        return transport is not None and not transport.is_closing() and self._waiter is None

    async def exchange(self, written: bytes, request: Request, *, deadline: float) -> Received:
        """Write a request and read its reply to the end.

        Args:
            written: the whole request, head and body, as it goes out.
            request: what bounds its reply, and tells it from others.
            deadline: the loop's time, in seconds, after which no reply is waited for.

        Returns:
            The reply.

        Raises:
            NoReplyError: no complete reply came; TimeoutError stands as its cause where that is so.
            NotSentError: the connection was gone before the first byte.

        """
        if not self.is_usable or self._transport is None:
            raise NotSentError("the connection was closed while it was idle")
        self._waiter = self._loop.create_future()
        self._longest_reply_bytes, self._find_mark = request.longest_reply_bytes, request.mark
        self._reply, self._stays_open = _Reply(self._longest_reply_bytes), False
        self._begin_parsing()
        timer = self._loop.call_at(deadline, self._give_up)
        self._transport.write(written)
        try:
            return await self._waiter
        finally:
            timer.cancel()
            self._waiter = None
            if not self._stays_open:
                self.close()

    def _begin_parsing(self) -> None:
        self._head = b""
        self._parser = httptools.HttpResponseParser(self)
        # A header with a control character is one that cannot be read, not the end of the reply.
        self._parser.set_dangerous_leniencies(lenient_headers=True)

    def close(self) -> None:
        """Close it at once; what was not written is thrown away."""
        if self._transport is not None:
            self._transport.abort()

    def _give_up(self) -> None:
        error = NoReplyError("no reply in time")
        error.__cause__ = TimeoutError()
        self._fail(error)

    def _fail(self, error: NoReplyError) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def _finish(self) -> None:
        if self._waiter is None or self._waiter.done():
            return
        received = self._reply.received()
        if self._was_there_before(received):
            self._stays_open = False  # the reply to this request is still to come
            self._fail(NoReplyError("the server sent an earlier reply once more"))
        else:
            self._waiter.set_result(received)

    def _was_there_before(self, received: Received) -> bool:
        """Whether a reply was sent twice: the second one must not answer the next request."""
        if self._find_mark is None or received.content is None:
            return False
        mark = self._find_mark(received.content)
        if mark is None:
            return False
        is_repeated = mark in self._marks
        self._marks.append(mark)
        return is_repeated

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        if self._waiter is None or self._parser is None or self._waiter.done():
            self.close()  # nobody asked: what comes next could be taken for another's reply
            return
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
            self._stays_open = False  # what is left of it must not be taken for the next reply
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
        self._begin_parsing()
        self.data_received(readable)

    def eof_received(self) -> bool:
        """See `asyncio.Protocol`."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._transport = None
        if self._reply.ends_with_the_connection and error is None:
            self._finish()
        reason = str(error) if error else "closed by the server"
        self._fail(NoReplyError(f"the connection was lost before the reply was complete: {reason}"))

    # httptools' callbacks

    def on_message_begin(self) -> None:
        """See `httptools.HttpResponseParser`."""
        if self._waiter is None or self._waiter.done():
            self._stays_open = False  # nobody asked: it could be taken for another's reply
        else:
            self._reply = _Reply(self._longest_reply_bytes)

    def on_header(self, name: bytes, value: bytes) -> None:
        """See `httptools.HttpResponseParser`."""
        text = value.decode("latin-1")
        if name.isascii() and text.isascii() and text.isprintable():
            self._reply.headers[name.decode().lower()] = text

    def on_headers_complete(self) -> None:
        """See `httptools.HttpResponseParser`."""
        assert self._parser is not None  # noqa: S101 - it is what calls
        self._reply.begin_body(self._parser.get_status_code())

    def on_body(self, body: bytes) -> None:
        """See `httptools.HttpResponseParser`."""
        try:
            self._reply.add(body)
        except zlib.error as error:
            self._fail(NoReplyError(f"the reply cannot be unpacked: {error}"))

    def on_message_complete(self) -> None:
        """See `httptools.HttpResponseParser`."""
        if self._reply.status < 200 or self._waiter is None or self._waiter.done():
            return  # `100 Continue` and its kin only announce the reply
        self._stays_open = self._parser is not None and self._parser.should_keep_alive()
        self._finish()
