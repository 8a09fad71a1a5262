"""Answers every event after a fixed time, as often as a token bucket allows.

``python -m benchmarks.replying 75 --rate 100`` prints its address and goes on until it is
terminated; then it prints how many events it stored and how many it refused for their pace.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import math
import signal
import time

import httptools

_STORED = (
    b'{"success":true,"data":{"event":"5f0c7f5e-0000-4000-8000-%012x",'
    b'"contact":"5f0c7f5e-0000-4000-8000-000000000001","timestamp":"2026-01-01T00:00:00.000Z"}}'
)
_TOO_LONG = b'{"success":false,"error":{"code":"BAD_REQUEST","message":"Key too long"}}'
_TOO_MANY = b'{"success":false,"error":{"code":"RATE_LIMIT_EXCEEDED","message":"Too many"}}'
_LONGEST_KEY = 255
_NUMBERS = itertools.count()


class _Bucket:
    """A token bucket as the real server has one: a burst of two seconds; counts what it lets by."""

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._burst = self._tokens = 2 * per_second
        self._filled = time.monotonic()
        self.stored = self.refused = 0

    def take(self) -> bool:
        """Take a token, if there is one."""
        now = time.monotonic()
        self._tokens += (now - self._filled) * self._per_second
        self._tokens, self._filled = min(self._burst, self._tokens), now
        has_one = self._tokens >= 1
        self._tokens -= has_one
        self.stored += has_one
        self.refused += not has_one
        return has_one

    def headers(self) -> bytes:
        """Tell clients how it stands."""
        reset = math.ceil((self._burst - self._tokens) / self._per_second)
        limits = (int(self._burst), int(self._tokens), reset)
        return b"ratelimit-limit: %d\r\nratelimit-remaining: %d\r\nratelimit-reset: %d\r\n" % limits


def _stored() -> bytes:
    """Say that an event is stored; no two have one id."""
    return _STORED % next(_NUMBERS)


def _reply(status: bytes, body: bytes, headers: bytes = b"") -> bytes:
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\n%bcontent-length: %d\r\n\r\n"
    return head % (status, headers, len(body)) + body


class _Replying(asyncio.Protocol):
    """One connection; refuses the key of the importer's probe as a real server does."""

    def __init__(self, seconds: float, bucket: _Bucket | None) -> None:
        self._seconds = seconds
        self._bucket = bucket

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._parser = httptools.HttpRequestParser(self)
        self._is_probe = False

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"idempotency-key" and len(value) > _LONGEST_KEY:
            self._is_probe = True

    def on_message_complete(self) -> None:
        write = self._transport.write  # type: ignore[attr-defined]  # of a stream
        asyncio.get_running_loop().call_later(self._seconds, write, self._answer())
        self._is_probe = False

    def _answer(self) -> bytes:
        if self._is_probe:
            return _reply(b"400 Bad Request", _TOO_LONG)
        if self._bucket is None:
            return _reply(b"200 OK", _stored())
        if self._bucket.take():
            return _reply(b"200 OK", _stored(), self._bucket.headers())
        headers = self._bucket.headers() + b"retry-after: 1\r\n"
        return _reply(b"429 Too Many Requests", _TOO_MANY, headers)


async def serve(milliseconds: float, bucket: _Bucket | None) -> None:
    """Serve on a free port of this machine until terminated, having printed the address."""
    loop, ending = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ending.set)
    make = lambda: _Replying(milliseconds / 1000, bucket)  # noqa: E731
    server = await loop.create_server(make, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await ending.wait()
    if bucket is not None:
        print(json.dumps({"stored": bucket.stored, "refused": bucket.refused}), flush=True)


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replying")
    parser.add_argument("milliseconds", type=float)
    parser.add_argument("--rate", type=float, help="events a second")
    arguments = parser.parse_args()
    bucket = None if arguments.rate is None else _Bucket(arguments.rate)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments.milliseconds, bucket))


if __name__ == "__main__":
    main()
