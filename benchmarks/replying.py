"""Answers every event after a fixed time.

``python -m benchmarks.replying 75`` prints its address and goes on until it is ended.
"""

import asyncio
import sys

import httptools

_STORED = (
    b'{"success":true,"data":{"event":"5f0c7f5e-0000-4000-8000-000000000000",'
    b'"contact":"5f0c7f5e-0000-4000-8000-000000000001","timestamp":"2026-01-01T00:00:00.000Z"}}'
)
_REFUSED = b'{"success":false,"error":{"code":"BAD_REQUEST","message":"Key too long"}}'
_LONGEST_KEY = 255


def _reply(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


class _Replying(asyncio.Protocol):
    """One connection; refuses the key of the importer's probe as a real server does."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._reply = _reply(b"200 OK", _STORED)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"idempotency-key" and len(value) > _LONGEST_KEY:
            self._reply = _reply(b"400 Bad Request", _REFUSED)

    def on_message_complete(self) -> None:
        write = self._transport.write  # type: ignore[attr-defined]  # of a stream
        asyncio.get_running_loop().call_later(self._seconds, write, self._reply)
        self._reply = _reply(b"200 OK", _STORED)


async def serve(milliseconds: float) -> None:
    """Serve on a free port of this machine until cancelled, having printed the address."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Replying(milliseconds / 1000), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
