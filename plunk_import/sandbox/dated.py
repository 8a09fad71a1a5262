"""The header `Date`, by the server's own clock instead of the machine's."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from plunk_import.sandbox.clock import ServerClock


class Dated:
    """An application whose every answer says what time its server believes it is."""

    def __init__(self, app: ASGIApp, clock: ServerClock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", self._clock.http_date())
                message = {**message, "headers": [*message["headers"], date]}
            await send(message)

        await self._app(scope, receive, send_dated)
