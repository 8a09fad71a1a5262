"""The project's own traffic, beside an import: it shows that the server's writes flow."""

import contextlib
import threading
from types import TracebackType
from typing import Self

import httpx

from plunk_import.sandbox import PUBLIC_KEY

LIVE_ADDRESS = "live@example.com"
"""Whose events are nobody's rows."""

_EVERY_SECONDS = 0.3


class LiveTraffic:
    """Somebody else's events, one after another, whatever becomes of them."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/v1/track"
        self._over = threading.Event()
        self._sender = threading.Thread(target=self._send)

    def __enter__(self) -> Self:
        self._sender.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._sender.join()

    def _send(self) -> None:
        headers = {"Authorization": f"Bearer {PUBLIC_KEY}"}
        body = {"email": LIVE_ADDRESS, "event": "visit"}
        with httpx.Client(headers=headers, timeout=1.0) as client:
            while not self._over.wait(_EVERY_SECONDS):
                with contextlib.suppress(httpx.HTTPError):
                    client.post(self._url, json=body)
