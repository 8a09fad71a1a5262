"""A server on a raw socket that reads each request whole and replies as a script says."""

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections.abc import AsyncIterator, Iterator

from tests.fuzz.replies import Ending, Scripted

_PROBE_KEY_LENGTH = 256
_WELL = json.dumps({"success": False, "error": {"code": "VALIDATION_ERROR", "message": "no"}})
_PROBED = b"HTTP/1.1 422 No\r\nContent-Length: %d\r\n\r\n%b" % (len(_WELL), _WELL.encode())


class HostileServer:
    """What it was asked, and how it answered: by address, in order."""

    def __init__(self, script: Iterator[Scripted]) -> None:
        self._script = script
        self.served: dict[str, list[Scripted]] = {}

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            async for body, is_probe in _requests(reader):
                if is_probe:
                    writer.write(_PROBED)
                    continue
                reply = next(self._script)
                self.served.setdefault(json.loads(body)["email"], []).append(reply)
                if not await _write(writer, reply):
                    break
        writer.close()


async def _requests(reader: asyncio.StreamReader) -> AsyncIterator[tuple[bytes, bool]]:
    while head := await reader.readuntil(b"\r\n\r\n"):
        lines = head.decode("latin-1").lower().split("\r\n")[1:]
        headers = dict(line.split(": ", 1) for line in lines if line)
        body = await reader.readexactly(int(headers["content-length"]))
        yield body, len(headers.get("idempotency-key", "")) == _PROBE_KEY_LENGTH


async def _write(writer: asyncio.StreamWriter, reply: Scripted) -> bool:
    """Write a reply; say whether the connection goes on."""
    for piece in reply.pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)
    match reply.ending:
        case Ending.HANG:
            await asyncio.sleep(60)
        case Ending.RESET:
            no_linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, no_linger
            )
    return reply.ending is Ending.KEEP


@contextlib.contextmanager
def serving(script: Iterator[Scripted]) -> Iterator[tuple[HostileServer, str]]:
    """Run a server in a thread; give it and its address."""
    server, ready, loop = HostileServer(script), threading.Event(), asyncio.new_event_loop()
    places: list[str] = []

    async def listen() -> None:
        listener = await asyncio.start_server(server.converse, "127.0.0.1", 0)
        places.append(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}")
        ready.set()
        async with listener:
            await stopped.wait()
            for task in asyncio.all_tasks() - {asyncio.current_task()}:
                task.cancel()

    stopped = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(listen()), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield server, places[0]
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()
        loop.close()
