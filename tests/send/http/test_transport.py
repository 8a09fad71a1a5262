"""What the transport's errors mean, proven against raw sockets that misbehave on purpose."""

import asyncio
import contextlib
import gzip
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
import trustme

from plunk_import.runtime import (
    NoReplyError,
    NotSentError,
    Received,
    Request,
    Transport,
    TransportError,
)
from plunk_import.send import open_transport
from tests.fakes import HANGING_SECONDS, SETTLING_TURNS

pytestmark = pytest.mark.anyio

CONNECT_SECONDS = 40.0
"""Less than the 60 s that asyncio gives a handshake of TLS."""
BODY = b'{"email":"a@example.com","event":"paid"}'
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"

AUTHORITY = trustme.CA()


def tls_of(*hosts: str) -> ssl.SSLContext:
    """A server's TLS, vouched for by `AUTHORITY`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(*hosts).configure_cert(context)
    return context


@pytest.fixture
def trusting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that trusts `AUTHORITY`."""
    AUTHORITY.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def pass_time(seconds: float) -> None:
    """Move the clock of the loop that runs; what is due by then is done in its next turn."""
    loop = asyncio.get_running_loop()
    time = loop.time
    loop.time = lambda: time() + seconds  # type: ignore[method-assign]


class Peer:
    """One accepted connection, seen from the server's side."""

    def __init__(
        self, server: "RawServer", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer

    async def read_some(self) -> None:
        """Take the first byte of a request off the wire."""
        await self._reader.readexactly(1)

    async def read(self) -> bytes:
        """Take one whole request off the wire."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        body = await self._reader.readexactly(int(fields.get(b"content-length", b"0")))
        self._server.requests.append(head + body)
        return head + body

    async def say(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def wait(self) -> None:
        """Stay silent until the other side has gone."""
        while await self._reader.read(4096):
            pass

    async def outlast(self, seconds: float) -> None:
        """Stay silent until what was said has arrived and so much time has passed."""
        for _ in range(SETTLING_TURNS):
            await anyio.lowlevel.checkpoint()
        pass_time(seconds)
        await self.wait()

    async def reset(self) -> None:
        await anyio.sleep(0.02)  # else the reset overtakes what was said before it
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
        self._writer.transport.abort()


Manner = Callable[[Peer], Awaitable[None]]


class RawServer:
    """A TCP server with a manner: what it does with each connection before it closes it."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._writers: list[asyncio.StreamWriter] = []
        self.connections = 0
        self.requests: list[bytes] = []
        self.url = ""

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self._manner(Peer(self, reader, writer))
        writer.close()

    async def close(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def serving(manner: Manner, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    raw = RawServer(manner)
    server = await asyncio.start_server(raw.accept, "127.0.0.1", 0, ssl=tls)
    raw.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        try:
            yield raw
        finally:
            await raw.close()


@contextlib.asynccontextmanager
async def transport(
    *,
    max_in_flight: int = 10,
    connect: float = CONNECT_SECONDS,
    total: float = HANGING_SECONDS,
    idle: float = HANGING_SECONDS,
) -> AsyncIterator[Transport]:
    opened = open_transport(
        max_in_flight=max_in_flight,
        connect_timeout_seconds=connect,
        request_timeout_seconds=total,
        idle_seconds=idle,
    )
    async with contextlib.aclosing(opened):
        yield opened


async def post(
    through: Transport,
    url: str,
    body: bytes = BODY,
    *,
    longest: int = 1_000_000,
    mark: Callable[[bytes], bytes | None] | None = None,
) -> Received:
    headers = (("Authorization", "Bearer pk_test"), ("Content-Type", "application/json"))
    return await through.exchange(Request("POST", f"{url}/v1/track", headers, body, longest, mark))


async def failure(through: Transport, url: str) -> tuple[type[Exception], str]:
    """Return what kind of failure it was, and how its reason begins."""
    with pytest.raises(TransportError) as caught:
        await post(through, url)
    return caught.type, str(caught.value).partition(":")[0]


def saying(*pieces: bytes, reset: bool = False, wait: bool = False, late: bool = False) -> Manner:
    """Read a request, say the pieces, then close, reset, or stay silent, also for too long."""

    async def manner(peer: Peer) -> None:
        await peer.read()
        for piece in pieces:
            await peer.say(piece)
        if wait:
            await peer.wait()
        if late:
            await peer.outlast(HANGING_SECONDS)
        if reset:
            await peer.reset()

    return manner


async def close_unread(_: Peer) -> None:
    pass


async def reset_unread(peer: Peer) -> None:
    await peer.reset()


async def keep_answering(peer: Peer) -> None:
    while True:
        await peer.read()
        await peer.say(OK)


def head(*fields: bytes) -> bytes:
    return b"\r\n".join((b"HTTP/1.1 200 OK", *fields, b"", b""))


LONG = head(b"content-length: 1000000")
CHUNKED = head(b"transfer-encoding: chunked")
GZIPPED = head(b"content-encoding: gzip", b"content-length: 5")

Failure = tuple[type[Exception], str]
LOST_REPLY: Failure = (NoReplyError, "the connection was lost before the reply was complete")
TOO_LATE: Failure = (NoReplyError, "no reply in time")
NOT_HTTP: Failure = (NoReplyError, "the reply is not HTTP")
NOT_UNPACKED: Failure = (NoReplyError, "the reply cannot be unpacked")
NO_CONNECTION: Failure = (NotSentError, "could not connect")
NOT_ACCEPTED: Failure = (NotSentError, "could not connect in time")
NONE_FREE: Failure = (NotSentError, "no connection was free in time")
LOST: dict[str, tuple[Manner, Failure]] = {
    "closed before the request is read": (close_unread, LOST_REPLY),
    "reset before the request is read": (reset_unread, LOST_REPLY),
    "closed after it was read": (saying(), LOST_REPLY),
    "reset after it was read": (saying(reset=True), LOST_REPLY),
    "never answered": (saying(late=True), TOO_LATE),
    "closed in the head": (saying(b"HTTP/1.1 200 OK\r\ncont"), LOST_REPLY),
    "reset in the head": (saying(b"HTTP/1.1 200 OK\r\ncont", reset=True), LOST_REPLY),
    "silent in the head": (saying(b"HTTP/1.1 200 OK\r\ncont", late=True), TOO_LATE),
    "closed in the body": (saying(LONG, b'{"da'), LOST_REPLY),
    "closed late in a long body": (saying(LONG, b" " * 500_000), LOST_REPLY),
    "reset in the body": (saying(LONG, b'{"da', reset=True), LOST_REPLY),
    "silent in the body": (saying(LONG, b'{"da', late=True), TOO_LATE),
    "a broken chunk": (saying(CHUNKED, b"zz\r\n"), NOT_HTTP),
    "closed in a chunk": (saying(CHUNKED, b"5\r\nab"), LOST_REPLY),
    "closed between chunks": (saying(CHUNKED, b"2\r\n{}\r\n"), LOST_REPLY),
    "not HTTP": (saying(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), NOT_HTTP),
    "broken gzip": (saying(GZIPPED, b"abcde"), NOT_UNPACKED),
}


@pytest.mark.parametrize(("manner", "expected"), LOST.values(), ids=LOST.keys())
async def test_a_request_that_may_have_arrived_is_never_called_unsent_nor_sent_again(
    manner: Manner, expected: Failure
) -> None:
    async with serving(manner) as server, transport() as through:
        assert await failure(through, server.url) == expected
        assert server.connections == 1
        assert len(server.requests) <= 1


async def test_a_refused_connection_is_a_connect_error() -> None:
    with socket.socket() as bound:  # bound but not listening: nobody else can take the port
        bound.bind(("127.0.0.1", 0))
        async with transport() as through:
            url = f"http://127.0.0.1:{bound.getsockname()[1]}"
            assert await failure(through, url) == NO_CONNECTION


async def test_a_name_that_does_not_resolve_is_a_connect_error() -> None:
    async with transport() as through:
        assert await failure(through, "http://plunk.invalid") == NO_CONNECTION


@contextlib.contextmanager
def full_backlog() -> Iterator[str]:
    """A port whose queue of connections is full: the kernel drops further attempts."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}"


async def test_a_connection_that_is_not_accepted_in_time_is_a_connect_timeout() -> None:
    with full_backlog() as url:
        async with transport(connect=0.2) as through:
            assert await failure(through, url) == NOT_ACCEPTED


async def test_a_request_without_a_connection_was_not_sent_however_its_time_runs_out() -> None:
    with full_backlog() as url:
        async with transport(total=0.2) as through:
            assert await failure(through, url) == NOT_ACCEPTED


async def test_waiting_in_vain_for_a_free_connection_is_a_pool_timeout() -> None:
    async def manner(peer: Peer) -> None:
        await peer.read()
        tasks.start_soon(wait_in_vain)
        await peer.outlast(CONNECT_SECONDS)

    async def wait_in_vain() -> None:
        assert await failure(through, server.url) == NONE_FREE
        pass_time(HANGING_SECONDS)

    async with serving(manner) as server, transport(max_in_flight=1) as through:
        async with anyio.create_task_group() as tasks:
            assert await failure(through, server.url) == TOO_LATE
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("manner", "expected"),
    [
        pytest.param(close_unread, NO_CONNECTION, id="closed"),
        pytest.param(reset_unread, NO_CONNECTION, id="reset"),
        pytest.param(lambda peer: peer.say(b"HTTP/1.1 400 \r\n\r\n"), NO_CONNECTION, id="HTTP"),
        pytest.param(lambda peer: peer.outlast(CONNECT_SECONDS), NOT_ACCEPTED, id="silent"),
    ],
)
async def test_tls_to_a_plain_port_fails_before_anything_is_sent(
    manner: Manner, expected: Failure
) -> None:
    async with serving(manner) as server, transport() as through:
        assert await failure(through, server.url.replace("http:", "https:")) == expected


async def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    async with serving(keep_answering, tls_of("127.0.0.1")) as server, transport() as through:
        assert await failure(through, server.url.replace("http:", "https:")) == NO_CONNECTION
        assert server.requests == []


@pytest.mark.usefixtures("trusting")
async def test_a_certificate_for_another_host_is_refused() -> None:
    async with (
        serving(keep_answering, tls_of("elsewhere.example")) as server,
        transport() as through,
    ):
        assert await failure(through, server.url.replace("http:", "https:")) == NO_CONNECTION
        assert server.requests == []


@pytest.mark.parametrize("url", ["ftp://127.0.0.1:1", "127.0.0.1"])
async def test_what_is_no_web_address_is_not_sent(url: str) -> None:
    async with transport() as through:
        assert (await failure(through, url))[0] is NotSentError


async def test_a_connection_is_used_again_while_it_is_fresh() -> None:
    async with serving(keep_answering) as server, transport() as through:
        for _ in range(3):
            assert (await post(through, server.url)).status == 200
        assert (server.connections, len(server.requests)) == (1, 3)


async def test_a_connection_idle_for_too_long_is_not_used_again() -> None:
    async with serving(keep_answering) as server, transport(idle=4) as through:
        await post(through, server.url)
        pass_time(4.5)
        await post(through, server.url)
        assert (server.connections, len(server.requests)) == (2, 2)


async def test_a_connection_closed_while_idle_costs_nothing() -> None:
    async with serving(saying(OK)) as server, transport() as through:
        await post(through, server.url)
        await anyio.sleep(0.05)
        assert (await post(through, server.url)).status == 200
        assert (server.connections, len(server.requests)) == (2, 2)


@pytest.mark.parametrize("reads", [True, False], ids=["after the request", "before it"])
async def test_a_kept_connection_lost_under_a_request_is_not_retried(reads: bool) -> None:
    async def manner(peer: Peer) -> None:
        await peer.read()
        await peer.say(OK)
        if reads:
            await peer.read()
        else:
            await peer.read_some()

    async with serving(manner) as server, transport() as through:
        await post(through, server.url)
        assert await failure(through, server.url) == LOST_REPLY
        assert server.connections == 1
        assert len(server.requests) == 1 + reads


async def test_closing_at_the_moment_of_sending_never_doubles_a_request() -> None:
    """The server closes right after its reply, while the next request is on its way."""
    async with serving(saying(OK)) as server, transport() as through:
        answered = 0
        for number in range(200):
            with contextlib.suppress(NoReplyError):
                await post(through, server.url, b"%d" % number)
                answered += 1
        assert answered <= len(server.requests) == len(set(server.requests))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_and_the_key_goes_nowhere(status: int) -> None:
    async with serving(keep_answering) as elsewhere, transport() as through:
        told = f"HTTP/1.1 {status} X\r\nlocation: {elsewhere.url}/\r\ncontent-length: 0\r\n\r\n"
        async with serving(saying(told.encode())) as server:
            assert (await post(through, server.url)).status == status
        assert elsewhere.connections == 0


async def test_a_request_goes_out_as_it_was_made() -> None:
    async with serving(keep_answering) as server, transport() as through:
        await post(through, server.url)
        lines, _, body = server.requests[0].partition(b"\r\n\r\n")
        assert lines.startswith(b"POST /v1/track HTTP/1.1\r\n")
        assert b"\r\nAuthorization: Bearer pk_test\r\n" in lines + b"\r\n"
        assert b"\r\nUser-Agent: plunk-import\r\n" in lines + b"\r\n"
        assert body == BODY


async def test_a_compressed_reply_is_read() -> None:
    packed = gzip.compress(b'{"success":true}')
    told = head(b"content-encoding: gzip", f"content-length: {len(packed)}".encode())
    async with serving(saying(told, packed)) as server, transport() as through:
        response = await post(through, server.url)
        assert response.content == b'{"success":true}'


ODD_HEADERS = head(
    *(b"retry-after: \xff", "ratelimit-limit: café".encode(), b"x-b: 2"),
    *(b"x-request-id: \x1b]0;owned\x07", b"x-bell: \x07", b"x-rubout: \x7f"),
)


async def test_a_header_that_cannot_be_read_is_not_there() -> None:
    async with serving(saying(ODD_HEADERS + b"{}")) as server, transport() as through:
        _, headers, content = await post(through, server.url)
        assert headers == {"x-b": "2"}
        assert content == b"{}"


NO_HEADERS = (
    *("x-é: 1".encode(), b"\xff: 1", b"x y: 1", b": 1", b"no colon", b"x\0: 1", b"x : 1"),
)


@pytest.mark.parametrize("line", NO_HEADERS, ids=ascii)
@pytest.mark.parametrize("begins", [b"", b"HTTP/1.1 100 Continue\r\nx y: 1\r\n\r\n"], ids=len)
@pytest.mark.parametrize("piece_bytes", [1, 7, 10_000])
async def test_a_line_that_is_no_header_is_left_out(
    piece_bytes: int, begins: bytes, line: bytes
) -> None:
    reply = begins + head(b"x-a: 1", line, b"content-length: 2", b"x-b: 2") + b"{}"
    pieces = [reply[at : at + piece_bytes] for at in range(0, len(reply), piece_bytes)]
    async with serving(saying(*pieces, wait=True)) as server, transport() as through:
        _, headers, content = await post(through, server.url)
        assert headers == {"x-a": "1", "content-length": "2", "x-b": "2"}
        assert content == b"{}"


async def endless_head(peer: Peer) -> None:
    """Say headers without an end."""
    await peer.read()
    await peer.say(b"HTTP/1.1 200 OK\r\n")
    while True:
        await peer.say(b"x-a: " + b"a" * 4_096 + b"\r\n")


async def endless_announcements(peer: Peer) -> None:
    """Announce a reply without an end."""
    await peer.read()
    while True:
        await peer.say(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 100)


@pytest.mark.parametrize("manner", [endless_head, endless_announcements])
async def test_a_head_without_an_end_is_not_waited_for(manner: Manner) -> None:
    async with serving(manner) as server, transport() as through:
        said = (NoReplyError, "the head of the reply does not end")
        assert await failure(through, server.url) == said


async def chatter(peer: Peer) -> None:
    """Answer without an end."""
    await peer.read()
    await peer.say(CHUNKED)
    while True:
        await peer.say(b"1000\r\n" + b" " * 4096 + b"\r\n")


BOMB = gzip.compress(b" " * 50_000_000)
UNPACKS = head(b"content-encoding: gzip", b"content-length: %d" % len(BOMB))
TOO_LONG: dict[str, Manner] = {
    "announced": saying(LONG, b" " * 1_000_000),
    "without an end": chatter,
    "a gzip bomb": saying(UNPACKS, BOMB),
}


@pytest.mark.parametrize("manner", TOO_LONG.values(), ids=TOO_LONG)
async def test_of_a_reply_that_is_too_long_only_the_head_counts(manner: Manner) -> None:
    async with serving(manner) as server, transport() as through:
        status, _, content = await post(through, server.url, longest=1000)
        assert (status, content) == (200, None)


async def test_a_reply_of_exactly_the_allowed_length_is_read() -> None:
    told = head(b"content-length: 1000") + b"x" * 1000
    async with serving(saying(told)) as server, transport() as through:
        assert (await post(through, server.url, longest=1000)).content == b"x" * 1000


async def test_the_environments_proxy_is_used_but_not_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(keep_answering) as proxy, serving(keep_answering) as server:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        async with transport() as through:
            await post(through, server.url)
            await post(through, server.url.replace("127.0.0.1", "localhost"))
            assert (len(proxy.requests), len(server.requests)) == (0, 2)
            await post(through, "http://plunk.invalid")
            assert proxy.requests[0].startswith(b"POST http://plunk.invalid/v1/track HTTP/1.1")


async def test_a_request_cut_off_ends_in_the_scope_that_cut_it_off() -> None:
    scope = anyio.CancelScope()

    async def cut_off(peer: Peer) -> None:
        await peer.read()
        scope.cancel()
        await peer.wait()

    async with serving(cut_off) as server, transport() as client:
        with scope:
            await post(client, server.url)
    assert scope.cancelled_caught


async def test_a_reply_that_ends_with_the_connection_is_whole() -> None:
    async with serving(saying(head(), b"{}")) as server, transport() as through:
        assert (await post(through, server.url)).content == b"{}"


async def test_what_a_server_says_before_its_reply_is_passed_over() -> None:
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
    async with serving(saying(early, OK)) as server, transport() as through:
        assert await post(through, server.url) == (200, {"content-length": "2"}, b"{}")


async def test_what_nobody_asked_for_is_not_taken_for_the_next_reply() -> None:
    async def manner(peer: Peer) -> None:
        await peer.read()
        await peer.say(OK + OK.replace(b"{}", b"[]"))
        await peer.wait()

    async with serving(manner) as server, transport() as through:
        for _ in range(2):
            assert (await post(through, server.url)).content == b"{}"
        assert server.connections == 2


async def test_a_reply_that_comes_again_under_the_next_request_does_not_answer_it() -> None:
    """A proxy repeats itself late: the request's own reply follows, and finds nobody."""

    async def manner(peer: Peer) -> None:
        await peer.read()
        await peer.say(reply_of(b'{"id":"first"}'))
        await peer.read()
        await peer.say(reply_of(b'{"id":"first"}'))
        await peer.wait()

    async with serving(manner) as server, transport() as through:
        assert (await post(through, server.url, mark=id_in)).content == b'{"id":"first"}'
        with pytest.raises(NoReplyError, match="an earlier reply once more"):
            await post(through, server.url, mark=id_in)
        assert (await post(through, server.url, mark=id_in)).content == b'{"id":"first"}'
        assert server.connections == 2


async def test_replies_without_a_mark_may_be_alike() -> None:
    async def manner(peer: Peer) -> None:
        for _ in range(3):
            await peer.read()
            await peer.say(reply_of(b'{"code":"VALIDATION_ERROR"}'))

    async with serving(manner) as server, transport() as through:
        for _ in range(3):
            await post(through, server.url, mark=id_in)
        assert server.connections == 1


def reply_of(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


def id_in(content: bytes) -> bytes | None:
    return json.loads(content).get("id", "").encode() or None


@pytest.mark.usefixtures("trusting")
async def test_tls_that_is_vouched_for_carries_requests() -> None:
    async with (
        serving(keep_answering, tls_of("127.0.0.1")) as server,
        transport() as through,
    ):
        for _ in range(2):
            assert (await post(through, server.url.replace("http:", "https:"))).content == b"{}"
        assert (server.connections, len(server.requests)) == (1, 2)


@contextlib.asynccontextmanager
async def tunnelling(
    monkeypatch: pytest.MonkeyPatch, to: RawServer | None, answer: bytes
) -> AsyncIterator[list[bytes]]:
    """A proxy for https that connects whoever asks to one server."""
    told: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        told.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if to is not None:
            port = int(to.url.rsplit(":", 1)[1])
            inner_reader, inner = await asyncio.open_connection("127.0.0.1", port)
            writers.append(inner)
            await asyncio.gather(copy(reader, inner), copy(inner_reader, writer))
        writer.close()

    proxy = await asyncio.start_server(accept, "127.0.0.1", 0)
    address = f"http://user:pass@127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, address)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with proxy:
        try:
            yield told
        finally:
            for writer in writers:
                writer.transport.abort()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()


async def test_a_refusing_proxy_learns_no_key_and_the_request_has_never_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"
    async with tunnelling(monkeypatch, None, refusal) as told, transport() as through:
        assert await failure(through, "https://plunk.invalid") == NO_CONNECTION
    assert told[0].startswith(b"CONNECT plunk.invalid:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n" in told[0]
    assert b"pk_test" not in told[0]


GRANTED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@pytest.mark.usefixtures("trusting")
async def test_requests_go_through_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(keep_answering, tls_of("plunk.invalid")) as server:
        tunnel = tunnelling(monkeypatch, server, GRANTED)
        async with tunnel as told, transport() as through:
            for _ in range(2):
                assert (await post(through, "https://plunk.invalid")).content == b"{}"
        assert (len(told), len(server.requests)) == (1, 2)


async def test_tls_is_verified_through_a_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(keep_answering, tls_of("plunk.invalid")) as server:
        tunnel = tunnelling(monkeypatch, server, GRANTED)
        async with tunnel as told, transport() as through:
            assert await failure(through, "https://plunk.invalid") == NO_CONNECTION
        assert len(told) == 1
        assert server.requests == []
