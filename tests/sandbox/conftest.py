from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from plunk_import.sandbox import JsonValue, Sandbox, SandboxSettings, Store, running

StartSandbox = Callable[[SandboxSettings], Sandbox]
OpenClient = Callable[[Sandbox], "Client"]
OpenStore = Callable[[Sandbox], Store]


class Client(httpx.Client):
    """Tracks with a sandbox's public key, reads with its secret one."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(base_url=sandbox.base_url, timeout=10)
        self._sandbox = sandbox

    def track(
        self,
        email: str = "ada@example.com",
        event: str = "paid",
        *,
        key: str | None = None,
        timeout_seconds: float = 10,
        **more: JsonValue,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._sandbox.public_key}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        body = {"email": email, "event": event, **more}
        return self.post("/v1/track", json=body, headers=headers, timeout=timeout_seconds)

    def read(self, path: str, **query: str | int) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._sandbox.secret_key}"}
        return self.get(path, params=query, headers=headers)


@pytest.fixture
def anyio_backend() -> str:
    """Which event loop runs the tests that are coroutines."""
    return "asyncio"


@pytest.fixture
def start_sandbox(tmp_path: Path) -> Iterator[StartSandbox]:
    """Starts sandboxes on one database; they end with the test."""
    with ExitStack() as stack:

        def start(settings: SandboxSettings) -> Sandbox:
            database = settings.database or tmp_path / "sandbox.sqlite"
            return stack.enter_context(running(replace(settings, database=database)))

        yield start


@pytest.fixture
def open_client() -> Iterator[OpenClient]:
    with ExitStack() as stack:
        yield lambda sandbox: stack.enter_context(Client(sandbox))


@pytest.fixture
def open_store() -> Iterator[OpenStore]:
    with ExitStack() as stack:
        yield lambda sandbox: stack.enter_context(sandbox.open_store())
