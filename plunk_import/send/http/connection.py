"""One HTTP/1.1 connection that knows which of its bytes have left.

An `asyncio.Protocol`. It takes one request at a time and is kept between them.
"""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from plunk_import.runtime import NoReplyError, NotSentError, Received, Request
from plunk_import.send.http.reply_parser import ReplyParser
from plunk_import.send.http.usual_reply import usual_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    Into: TypeAlias = Callable[[Received | NoReplyError], Any]

_MARKS = 8
"""How many replies back one that comes twice is known."""


class Exchange(asyncio.Future[Any]):
    """An exchange under way; cancelling it closes its connection."""

    connection: "Connection"

    def cancel(self, msg: Any = None) -> bool:  # noqa: ANN401 - asyncio's own
        """See `asyncio.Future`."""
        is_broken_off = super().cancel(msg)
        if is_broken_off:
            self.connection.break_off()
        return is_broken_off


class Connection(asyncio.Protocol):
    """A connection to one server; ask `is_usable` before `begin`.

    Args:
        loop: the running event loop.
        give_back: called with it whenever an exchange is over; it may not be usable any more.

    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, give_back: "Callable[[Connection], None]"
    ) -> None:
        self._loop = loop
        self._give_back = give_back
        self._transport: asyncio.Transport | None = None
        self._parser: ReplyParser | None = None
        self._exchange: Exchange | None = None
        self._outcome: Received | NoReplyError | None = None
        self._marks: deque[bytes] = deque(maxlen=_MARKS)
        self._stays_open = False
        self.idle_since = 0.0
        """When it was last given back, by the loop's clock, in seconds."""

    @property
    def is_usable(self) -> bool:
        """Whether a request can be written: connected, idle, and not closed by the other side."""
        transport = self._transport
        return transport is not None and not transport.is_closing() and self._exchange is None

    def begin(self, written: bytes, request: Request, into: "Into") -> Exchange:
        """Write a request; its reply is read to the end.

        Args:
            written: the whole request, head and body, as it goes out.
            request: what bounds its reply, and tells it from others.
            into: makes the exchange's result of the reply, or of the error in place of a complete
                one; TimeoutError is its cause where that is so.

        Raises:
            NotSentError: the connection was gone before the first byte.

        """
        if not self.is_usable or self._transport is None:
            raise NotSentError("the connection was closed while it was idle")
        exchange = self._exchange = Exchange(loop=self._loop)
        exchange.connection = self
        self._request, self._into = request, into
        self._outcome = self._parser = None
        self._stays_open = False
        self._transport.write(written)
        return exchange

    def close(self) -> None:
        """Close it at once; what was not written is thrown away."""
        if self._transport is not None:
            self._transport.abort()

    def break_off(self) -> None:
        """End the exchange without a result."""
        self._exchange = None
        self.close()
        self._give_back(self)

    def give_up(self) -> None:
        """End the exchange for its time is over."""
        error = NoReplyError("no reply in time")
        error.__cause__ = TimeoutError()
        self._fail(error)
        self._end()

    def _fail(self, error: NoReplyError) -> None:
        if self._outcome is None:
            self._outcome = error

    def _finish(self, received: Received) -> None:
        if self._outcome is not None:
            return
        if self._was_there_before(received):
            self._stays_open = False  # the reply to this request is still to come
            self._fail(NoReplyError("the server sent an earlier reply once more"))
        else:
            self._outcome = received

    def _end(self) -> None:
        """Give the connection back, then the result, once there is an outcome."""
        exchange, outcome = self._exchange, self._outcome
        if exchange is None or outcome is None:
            return
        self._exchange = None
        if not self._stays_open:
            self.close()
        self.idle_since = self._loop.time()
        self._give_back(self)
        try:
            exchange.set_result(self._into(outcome))
        except Exception as error:  # noqa: BLE001 - of whoever waits
            exchange.set_exception(error)

    def _was_there_before(self, received: Received) -> bool:
        """Whether a reply was sent twice: the second one must not answer the next request."""
        if self._request.mark is None or received.content is None:
            return False
        mark = self._request.mark(received.content)
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
        if self._exchange is None or self._outcome is not None:
            self.close()  # nobody asked: what comes next could be taken for another's reply
            return
        usual = None
        if self._parser is None:
            usual = usual_reply(data, self._request.longest_reply_bytes)
        if usual is not None:
            self._stays_open = True
            self._finish(usual)
        else:
            self._parse(data)
        self._end()

    def _parse(self, data: bytes) -> None:
        if self._parser is None:
            self._parser = ReplyParser(self._request.longest_reply_bytes)
        self._parser.feed(data)
        self._stays_open = self._parser.stays_open
        self._adopt(self._parser.outcome)

    def _adopt(self, outcome: Received | NoReplyError | None) -> None:
        if isinstance(outcome, NoReplyError):
            self._fail(outcome)
        elif outcome is not None:
            self._finish(outcome)

    def eof_received(self) -> bool:
        """See `asyncio.Protocol`."""
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self._transport = None
        if self._parser is not None and error is None:
            self._parser.end()
            self._adopt(self._parser.outcome)
        reason = str(error) if error else "closed by the server"
        self._fail(NoReplyError(f"the connection was lost before the reply was complete: {reason}"))
        self._end()
