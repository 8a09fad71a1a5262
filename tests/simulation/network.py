"""The way between a process and the server: delays, and everything that gets lost on it."""

import asyncio
import dataclasses
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from plunk_import.runtime import NoReplyError, NotSentError, Received, Request
from tests.simulation.bodies import described, load, uid_of
from tests.simulation.reads import read
from tests.simulation.server import Server
from tests.simulation.store import Call, Fate
from tests.simulation.world import World

TRACK_FAULTS = (
    "refused",
    "lost",
    "reset",
    "bad_gateway",
    "reply_lost",
    "reply_reset",
    "reply_cut",
    "reply_bad_gateway",
    "gateway_timeout",
    "doubled",
    "late",
    "blip",
    "dispatch_fails",
)
READ_FAULTS = ("refused", "lost", "reset", "bad_gateway")
_UNHEARD = frozenset({"refused", "lost", "reset", "bad_gateway"})
GATEWAY_SECONDS = 30.0


@dataclasses.dataclass(slots=True)
class Weather:
    """How often what goes wrong: the faults of tracking and of reading, each with its rate."""

    track: dict[str, float] = dataclasses.field(default_factory=dict)
    read: dict[str, float] = dataclasses.field(default_factory=dict)
    longest_late_seconds: float = 0.0
    """How late a store may be while its client waits."""
    late_after_leaving_seconds: float = 0.0
    """How late after its client went away, at the most."""

    def draw(self, world: World, rates: dict[str, float]) -> str | None:
        """Return the fault that strikes, if any."""
        for fault, rate in rates.items():
            if world.happens(rate):
                return fault
        return None


@dataclasses.dataclass(slots=True)
class Exchange:
    """A request for an event as its sender saw it.

    `end` is `answered` with a status, `unanswered`, `unsent`, or `open` where the sender died.
    """

    run: str
    process: int
    event: str | None
    uid: str | None
    key: str | None
    left: float
    end: str = "open"
    ended: float = 0.0
    status: int = 0
    original: int | None = None
    readable: bool = True
    was_doubled: bool = False


Reply = tuple[int, bytes, dict[str, str]]


class Passage:
    """One request on its way, and the reply that comes back for it, once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.future: asyncio.Future[Reply] = loop.create_future()
        self.call: Call | None = None

    def answer(self, reply: Reply) -> None:
        if not self.future.done():
            self.future.set_result(reply)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Network:
    """The transport of one process; `run` is the directory it works in."""

    def __init__(
        self,
        world: World,
        server: Server,
        weather: Weather,
        *,
        run: str,
        timeout_seconds: float,
        unreadable: str | None = None,
    ) -> None:
        self.process = world.number()
        self.log: list[Exchange] = []
        self._world = world
        self._server = server
        self._weather = weather
        self._run = run
        self._timeout_seconds = timeout_seconds
        self._unreadable = unreadable
        self._open: dict[Passage, None] = {}
        self.is_dead = False

    async def exchange(self, request: Request) -> Received:
        """See the importer's `Transport`."""
        loop = asyncio.get_running_loop()
        passage = Passage(loop)
        self._open[passage] = None
        patience = loop.call_later(
            self._timeout_seconds, passage.fail, NoReplyError("no reply in time")
        )
        exchange = self._depart(passage, request)
        try:
            status, content, headers = await passage.future
            self._note(exchange, status, content)
            told = {name.lower(): value for name, value in headers.items()}
            return Received(status, told, content)
        except NotSentError:
            self._note_end(exchange, "unsent")
            raise
        except NoReplyError:
            self._note_end(exchange, "unanswered")
            raise
        finally:
            patience.cancel()
            self._open.pop(passage, None)
            if not self.is_dead:
                self._leave(passage)

    async def aclose(self) -> None:
        """See the importer's `Transport`."""

    def die(self) -> None:
        """Take the process off the wire: whoever sent is gone."""
        self.is_dead = True
        for passage in self._open:
            self._leave(passage)

    def _leave(self, passage: Passage) -> None:
        """Go away from the server's view: what it is late with, it does soon or never."""
        if passage.call is not None and not passage.call.gone:
            passage.call.gone_at = self._world.now
            soon = self._world.chance.uniform(0.0, self._weather.late_after_leaving_seconds)
            self._server.hurry(passage.call, soon)

    def _depart(self, passage: Passage, request: Request) -> Exchange | None:
        delay = self._world.chance.uniform(0.002, 0.03)
        url, body = urlsplit(request.url), request.body
        path = url.path
        if path == "/v1/track":
            asked = load(body)
            body_of = asked if isinstance(asked, dict) else {}
            exchange = Exchange(
                self._run,
                self.process,
                body_of.get("event"),
                uid_of(body_of.get("data")),
                dict(request.headers).get("idempotency-key"),
                self._world.now,
            )
            if asked:
                self.log.append(exchange)
            exchange.was_doubled = self._track(passage, request, asked, delay)
            return exchange
        fault = self._weather.draw(self._world, self._weather.read)
        if self._unreadable is not None and path.startswith(self._unreadable):
            fault = "bad_gateway"
        if self._is_shut_out(passage, fault, delay, path):
            return None
        query, token = dict(parse_qsl(url.query)), _token(request)

        def arrive() -> None:
            status, content = read(self._server, path, query, token, body)
            date = self._world.wall(self._server.clock_offset)
            headers = {"Date": date.strftime("%a, %d %b %Y %H:%M:%S GMT")}
            reply = (status, json.dumps(content).encode(), headers)
            self._later(delay, lambda: passage.answer(reply))

        self._arrive(passage, delay, arrive)
        return None

    def _track(self, passage: Passage, request: Request, asked: Any, delay: float) -> bool:  # noqa: ANN401
        """Send it on its way; True where something on the way makes two of it."""
        is_probe = not asked
        rates = self._weather.read if is_probe else self._weather.track
        fault = self._weather.draw(self._world, rates)
        told = "" if fault is None else f", and the network: {fault}"
        self._world.tell(self._run, f"sends {described(asked)}{told}")
        if self._is_shut_out(passage, fault, delay, "/v1/track"):
            return False
        call = Call(
            by=self._run,
            process=self.process,
            token=_token(request),
            key=dict(request.headers).get("idempotency-key"),
            body=asked,
            answer=lambda *reply: self._bring_back(passage, fault, *reply),
            reset=lambda: passage.fail(NoReplyError("the connection was reset")),
        )
        passage.call = call
        fate = self._fate(fault)
        self._arrive(passage, delay, lambda: self._server.receive(call, fate))
        if fault == "gateway_timeout":
            self._later(GATEWAY_SECONDS, lambda: self._gateway_gives_up(passage, call))
        is_doubled = fault == "doubled" and self._server.build.takes_keys
        if is_doubled:
            pause = self._world.chance.uniform(0.0, 2.0)
            self._arrive(passage, delay + pause, lambda: self._repeat(call))
        return is_doubled

    def _repeat(self, call: Call) -> None:
        """Let it arrive a second time; what was refused at the door is not repeated on the way."""
        if call.has_arrived and (call.owns_key or not call.is_over):
            again = Call(
                call.by, call.process, call.token, call.key, call.body, call.answer, call.reset
            )
            self._server.receive(again, Fate())

    def _fate(self, fault: str | None) -> Fate:
        late = 0.0
        if fault == "late":
            late = self._world.chance.uniform(0.5, self._weather.longest_late_seconds)
        return Fate(late, blip=fault == "blip", dispatch_fails=fault == "dispatch_fails")

    def _gateway_gives_up(self, passage: Passage, call: Call) -> None:
        call.gone_at = self._world.now
        passage.answer((504, b"<html>504 Gateway Time-out</html>", {"content-type": "text/html"}))

    def _is_shut_out(self, passage: Passage, fault: str | None, delay: float, path: str) -> bool:
        if fault not in _UNHEARD:
            return False
        if path != "/v1/track":
            self._world.tell(self._run, f"reads {path}, and the network: {fault}")
        match fault:
            case "refused":
                self._later(delay, lambda: passage.fail(NotSentError("refused")))
            case "reset":
                self._later(delay, lambda: passage.fail(NoReplyError("reset")))
            case "bad_gateway":
                self._later(delay, lambda: passage.answer(_BAD_GATEWAY))
        return True

    def _arrive(self, passage: Passage, delay: float, arrive: Callable[[], None]) -> None:
        def knock() -> None:
            if self._server.is_up:
                arrive()
            else:
                passage.fail(NotSentError("connection refused"))

        self._later(delay, knock)

    def _bring_back(
        self,
        passage: Passage,
        fault: str | None,
        status: int,
        body: Any,  # noqa: ANN401 - any JSON
        headers: dict[str, str],
    ) -> None:
        delay = self._world.chance.uniform(0.002, 0.03)
        content = json.dumps(body).encode()
        match fault:
            case "reply_lost":
                return
            case "reply_reset":
                self._later(delay, lambda: passage.fail(NoReplyError("reset")))
            case "reply_cut":
                self._later(delay, lambda: passage.answer((status, content[:20], {})))
            case "reply_bad_gateway":
                self._later(delay, lambda: passage.answer(_BAD_GATEWAY))
            case _:
                self._later(delay, lambda: passage.answer((status, content, headers)))

    def _later(self, seconds: float, happens: Callable[[], None]) -> None:
        self._world.at(self._world.now + seconds, happens)

    def _note(self, exchange: Exchange | None, status: int, content: bytes) -> None:
        if exchange is None:
            return
        self._note_end(exchange, "answered")
        told = load(content)
        exchange.status, exchange.readable = status, told is not None
        if told is not None and status == 409:
            exchange.original = told["error"].get("details", {}).get("originalStatusCode")
        original = f", original {exchange.original}" if status == 409 else ""
        self._world.tell(self._run, f"is answered {status}{original} for {exchange.uid}")

    def _note_end(self, exchange: Exchange | None, end: str) -> None:
        if exchange is None:
            return
        exchange.end, exchange.ended = end, self._world.now
        if end != "answered":
            self._world.tell(self._run, f"gets no answer for {exchange.uid} ({end})")


_BAD_GATEWAY: Reply = (502, b"<html>502 Bad Gateway</html>", {"content-type": "text/html"})


def _token(request: Request) -> str | None:
    scheme, _, token = dict(request.headers).get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else None
