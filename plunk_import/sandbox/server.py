"""A running sandbox on a loopback port, in this thread or beside it."""

import asyncio
import contextlib
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

import uvicorn

from plunk_import.sandbox.app import build_app
from plunk_import.sandbox.clock import ServerClock
from plunk_import.sandbox.settings import PUBLIC_KEY, SECRET_KEY, SandboxSettings
from plunk_import.sandbox.store import Counts, Store
from plunk_import.sandbox.wire import SandboxProtocol

KEEP_ALIVE_SECONDS = 5
"""An idle connection is closed after this, as the real server does."""
_GRACE_SECONDS = 1
_BACKLOG = 2048


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, as its users see it."""

    base_url: str
    database: Path
    public_key: str = PUBLIC_KEY
    secret_key: str = SECRET_KEY
    clock: ServerClock = field(default_factory=ServerClock)

    def stored(self) -> Counts:
        """Count what is stored by now; works after the sandbox has stopped too."""
        with self.open_store() as store:
            return store.counts()

    def open_store(self) -> Store:
        """Open the database beside the server, to ask or to prepare it. The caller closes it."""
        return Store(self.database, self.clock)


def serve(settings: SandboxSettings, announce: Callable[[Sandbox], None]) -> None:
    """Run a sandbox until SIGINT or SIGTERM.

    Args:
        settings: How it shall behave.
        announce: Called once its port is open.

    Raises:
        OSError: When the port is taken.
        sqlite3.Error: When the database cannot be used.
    """
    with _prepare(settings) as (server, listener, sandbox):
        server.on_ready = lambda: announce(sandbox)
        server.run(sockets=[listener])


@contextmanager
def running(settings: SandboxSettings) -> Iterator[Sandbox]:
    """Run a sandbox in a thread of this process; its port is open when this yields.

    Args:
        settings: How it shall behave.

    Yields:
        Where it is and which keys it takes.

    Raises:
        OSError: When the port is taken.
        sqlite3.Error: When the database cannot be used.
    """
    with _prepare(settings) as (server, listener, sandbox):
        ready = threading.Event()
        server.on_ready = ready.set

        def run() -> None:
            try:
                server.run(sockets=[listener])
            finally:
                ready.set()

        thread = threading.Thread(target=run, name="sandbox", daemon=True)
        thread.start()
        ready.wait()
        try:
            yield sandbox
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def _prepare(
    settings: SandboxSettings,
) -> Iterator[tuple["_Server", socket.socket, Sandbox]]:
    with contextlib.ExitStack() as stack:
        if settings.database is None:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="plunk-sandbox-"))
            settings = replace(settings, database=Path(directory) / "sandbox.sqlite")
        assert settings.database is not None  # noqa: S101 - for the type checker
        listener = stack.enter_context(_bind(settings.host, settings.port))
        clock = settings.clock
        store = stack.enter_context(Store(settings.database, clock))
        server = _Server(settings, store)
        host, port = listener.getsockname()[:2]
        sandbox = Sandbox(f"http://{host}:{port}", settings.database, clock=clock)
        yield server, listener, sandbox


def _bind(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's delay off only where the protocol is named.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


class _Server(uvicorn.Server):
    """uvicorn's server that says when it is ready and can refuse connections for a while."""

    def __init__(self, settings: SandboxSettings, store: Store) -> None:
        self._app = build_app(settings, store, refuse_for=self.refuse_for)
        super().__init__(
            uvicorn.Config(
                self._app,
                http=SandboxProtocol,
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                date_header=False,  # the application dates its answers by the server's own clock
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=_GRACE_SECONDS,
                backlog=_BACKLOG,
            )
        )
        self.on_ready: Callable[[], None] = lambda: None
        self._refusal: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at a signal, and at once at a second one."""
        # Unlike uvicorn's own, this does not raise the signal again: `serve` just returns.
        del sig, frame
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the port, then say so."""
        self._app.resume()
        await super().startup(sockets=sockets)
        self.on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, even in the middle of refusing."""
        if self._refusal is not None:
            self._refusal.cancel()
        await super().shutdown(sockets=sockets)

    def refuse_for(self, seconds: float) -> None:
        """Close the listening socket and open it again on the same port after `seconds`."""
        if self._refusal is None or self._refusal.done():
            self._refusal = asyncio.create_task(self._refuse(seconds))

    async def _refuse(self, seconds: float) -> None:
        address = self.servers[0].sockets[0].getsockname()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        # Bound but not listening, the port refuses connections and cannot be lost to others.
        with contextlib.ExitStack() as stack:
            placeholder = stack.enter_context(_bind(*address[:2]))
            await asyncio.sleep(seconds)
            loop = asyncio.get_running_loop()
            self.servers = [
                await loop.create_server(self._connect, sock=placeholder, backlog=_BACKLOG)
            ]
            stack.pop_all()

    def _connect(self) -> SandboxProtocol:
        return SandboxProtocol(self.config, self.server_state, self.lifespan.state)
