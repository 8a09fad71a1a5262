"""A conversation with Plunk begins when the server is there, and not before."""

from collections.abc import Callable
from functools import partial

import anyio
import httpx
import pytest
from pydantic import SecretStr

from plunk_import import Connection, ExitCode, Runtime, SendSettings
from plunk_import.errors import StoppedError, UnreachableError
from plunk_import.runtime import (
    NoReplyError,
    NotSentError,
    Received,
    Request,
    Stop,
    StopRequest,
    Transport,
)
from plunk_import.send import Session, open_session
from tests.fakes import HANGING_SECONDS, FakeClock, ScriptedTransport, refused

HERE = Connection(api_key=SecretStr("pk_test"), base_url="http://127.0.0.1:1")
AWAY = NotSentError("refused")
TAKES_KEYS = refused(400, "BAD_REQUEST")
IGNORES_KEYS = refused(422, "VALIDATION_ERROR")
CTRL_C = StopRequest(ExitCode.INTERRUPTED, "interrupted")


def converse(
    transport: Transport,
    *,
    clock: FakeClock | None = None,
    stop: Stop | None = None,
    connection: Connection = HERE,
    meanwhile: Callable[[], None] = lambda: None,
) -> Session:
    """Open a session, while something else happens at its first sleep."""
    stop = Stop() if stop is None else stop
    runtime = Runtime(clock=clock or FakeClock(), transport=transport, stop=stop)

    async def work() -> Session:
        with anyio.fail_after(HANGING_SECONDS):
            return await begin()

    async def begin() -> Session:
        async with anyio.create_task_group() as others:
            others.start_soon(_after_turns, meanwhile)
            async with open_session(connection, SendSettings(), runtime) as session:
                pass
        return session

    try:
        return anyio.run(work)
    except* StoppedError as group:
        stopped = group.exceptions[0]
    raise stopped


async def _after_turns(work: Callable[[], None]) -> None:
    for _ in range(5):
        await anyio.lowlevel.checkpoint()
    work()


@pytest.mark.parametrize(
    ("reply", "takes_keys"), [(TAKES_KEYS, True), (IGNORES_KEYS, False)], ids=["autumn", "spring"]
)
def test_the_probe_tells_whether_keys_are_taken(reply: httpx.Response, takes_keys: bool) -> None:
    transport = ScriptedTransport(reply)
    assert converse(transport).capability.takes_keys is takes_keys
    (probe,) = transport.requests
    assert len(probe.headers["idempotency-key"]) == 256  # which no server takes
    assert transport.closed


@pytest.mark.parametrize(("secret", "can_read"), [("sk_test", True), (None, False)])
def test_only_with_a_secret_key_events_can_be_read_back(secret: str | None, can_read: bool) -> None:
    secret_key = None if secret is None else SecretStr(secret)
    connection = HERE.model_copy(update={"secret_key": secret_key})
    assert converse(ScriptedTransport(TAKES_KEYS), connection=connection).can_read is can_read


OUTAGES = {
    "nobody there": [AWAY] * 4,
    "a proxy without its server": [refused(502, "BAD_GATEWAY")] * 4,
    "first away, then not well": [AWAY, refused(503, "UNAVAILABLE"), NoReplyError("late")],
}


@pytest.mark.parametrize("steps", OUTAGES.values(), ids=OUTAGES)
def test_a_server_that_is_away_is_waited_for_at_growing_intervals(
    steps: list[httpx.Response | Exception],
) -> None:
    clock = FakeClock()
    session = converse(ScriptedTransport(*steps, TAKES_KEYS), clock=clock)
    assert session.capability.takes_keys
    assert clock.slept == [1.0, 2.0, 4.0, 8.0][: len(steps)]


def test_patience_has_an_end() -> None:
    clock = FakeClock()
    with pytest.raises(UnreachableError, match="cannot be reached") as raised:
        converse(ScriptedTransport(AWAY), clock=clock)
    assert raised.value.exit_code is ExitCode.STOPPED
    assert 600 <= clock.now() < 700


def test_a_refused_key_ends_it_at_once_and_names_what_to_set() -> None:
    clock, transport = FakeClock(), ScriptedTransport(refused(401, "INVALID_API_KEY"))
    with pytest.raises(StoppedError, match="PLUNK_API_KEY") as raised:
        converse(transport, clock=clock)
    assert not isinstance(raised.value, UnreachableError)
    assert "pk_test" not in str(raised.value)
    assert (clock.slept, len(transport.requests)) == ([], 1)


def test_a_stop_ends_the_waiting_for_a_server_at_once() -> None:
    clock, stop = FakeClock(), Stop()
    with pytest.raises(StoppedError, match="interrupted") as raised:
        converse(
            ScriptedTransport(AWAY),
            clock=clock,
            stop=stop,
            meanwhile=partial(stop.ask, CTRL_C),
        )
    assert raised.value.exit_code is ExitCode.INTERRUPTED
    assert clock.now() < 10


class Unanswering:
    """Takes a request and never answers."""

    async def exchange(self, request: Request) -> Received:
        await anyio.sleep_forever()
        raise AssertionError(request)

    async def aclose(self) -> None:
        """Leave nothing behind."""


def test_a_stop_does_not_wait_for_the_reply_to_a_probe() -> None:
    stop = Stop()
    with pytest.raises(StoppedError, match="interrupted"):
        converse(Unanswering(), stop=stop, meanwhile=partial(stop.ask, CTRL_C))


def test_a_server_that_answers_is_told_from_one_that_does_not() -> None:
    session = converse(ScriptedTransport(TAKES_KEYS, TAKES_KEYS, AWAY))
    assert anyio.run(session.answers) is True
    assert anyio.run(session.answers) is False
