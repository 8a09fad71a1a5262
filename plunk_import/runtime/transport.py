"""The way to the network: one request goes out, one reply comes back or none does."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import asyncio

Headers = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """One HTTP request.

    Attributes:
        longest_reply_bytes: How much is read of its reply's body.
        mark: Finds in a reply's body what no other reply has, if it has that: a reply with the mark
            of an earlier one on its connection was sent twice, and answers nothing.

    """

    method: str
    url: str
    headers: Headers
    body: bytes
    longest_reply_bytes: int
    mark: Callable[[bytes], bytes | None] | None = None


class Received(NamedTuple):
    """A reply that was read to its end; `content` is unpacked, and None where it is too long.

    The names of `headers` are in lower case. A value that is not ASCII is not there.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes | None


class TransportError(Exception):
    """No complete reply came."""


class NotSentError(TransportError):
    """Not a byte of the request left."""


class NoReplyError(TransportError):
    """The request left, or may have: the server may have acted on it."""


class Transport(Protocol):
    """What carries requests. It follows no redirects, and sends nothing twice by itself."""

    async def exchange(self, request: Request) -> Received:
        """Send one request and read its whole reply.

        Raises:
            NotSentError: Not a byte of the request left.
            NoReplyError: It may have arrived, and no complete reply of its own came.

        """
        ...

    async def aclose(self) -> None:
        """Close every connection."""


@runtime_checkable
class QuickTransport(Transport, Protocol):
    """A transport that carries many requests without a task for each."""

    def begin(
        self, request: Request, into: Callable[[Received | TransportError], Any]
    ) -> "asyncio.Future[Any] | None":
        """Begin an exchange; None where that takes waiting, which `exchange` does.

        `into` makes the future's result of the reply, or of the error in place of one. Cancelling
        the future breaks the exchange off.
        """
