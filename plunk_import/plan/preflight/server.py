"""What the server says about itself, the key and the project."""

import dataclasses

from plunk_import.errors import StoppedError, UnreachableError
from plunk_import.plan.model import Check
from plunk_import.plan.preflight.questions import SET_SECRET_KEY
from plunk_import.plunk import DOCUMENTED_PER_SECOND
from plunk_import.send import Answer, Capability, PlunkClient, RateLimit, ReadFailedError

OF_SERVER = ("connection", "key", "project", "idempotency keys", "rate limit")
"""What is asked without reading the project, in this order."""

_BARRED = frozenset({402, 403})


@dataclasses.dataclass(frozen=True, slots=True)
class ServerWord:
    """What could be learnt without reading the project; None where it was not told."""

    checks: tuple[Check, ...]
    is_reachable: bool
    takes_keys: bool | None = None
    rate_limit: RateLimit | None = None


async def ask_server(client: PlunkClient, *, has_secret_key: bool) -> ServerWord:
    """Ask with the probe, which stores nothing."""
    try:
        capability = await client.probe()
    except UnreachableError as error:
        return ServerWord((_wrong("connection", error),), is_reachable=False)
    except StoppedError as error:
        return ServerWord(await _explain(client, error), is_reachable=False)
    checks = (
        Check(name="connection", state="ok", message=await _health(client)),
        Check(name="key", state="ok", message="Plunk takes the key for POST /v1/track."),
        Check(name="project", state="ok", message="Enabled."),
        _keys(capability, has_secret_key=has_secret_key),
        _rate_limit(capability),
    )
    return ServerWord(
        checks,
        is_reachable=True,
        takes_keys=capability.takes_keys,
        rate_limit=capability.rate_limit,
    )


async def _health(client: PlunkClient) -> str:
    try:
        health = await client.health()
    except ReadFailedError:
        return f"Plunk answers at {client.base_url}; its /health does not."
    return f"Plunk answers at {client.base_url} and says it is {health.status}."


async def _explain(client: PlunkClient, error: StoppedError) -> tuple[Check, ...]:
    """Say which line is wrong; asked once more, since the error tells no status.

    An empty body is refused before anything is stored.
    """
    reply = await client.track(b"{}", key=None)
    status = reply.status if isinstance(reply, Answer) and reply.readable else None
    connected = Check(name="connection", state="ok", message=f"Plunk answers at {client.base_url}.")
    if status == 401:
        return connected, _wrong("key", error)
    if status in _BARRED:
        key = Check(name="key", state="ok", message="Plunk knows the key.")
        return connected, key, _wrong("project", error)
    return (_wrong("connection", error),)


def _wrong(name: str, error: StoppedError) -> Check:
    """Report what stops every run; these errors end with what to do."""
    return Check(name=name, state="wrong", message=str(error))


def _keys(capability: Capability, *, has_secret_key: bool) -> Check:
    if capability.takes_keys:
        said = "The server honours Idempotency-Key: a row in doubt can be sent again safely."
        return Check(name="idempotency keys", state="ok", message=said)
    if has_secret_key:
        said = "The server ignores Idempotency-Key: a row in doubt is settled by reading it back."
        return Check(name="idempotency keys", state="ok", message=said)
    said = (
        "The server ignores Idempotency-Key: a row whose reply is lost stays in doubt, since "
        "nothing can tell whether it is stored."
    )
    return Check(name="idempotency keys", state="wrong", message=said, remedy=SET_SECRET_KEY)


def _rate_limit(capability: Capability) -> Check:
    told = capability.rate_limit
    if told is not None:
        said = (
            f"The server tells its limit: {told.limit:,} requests at once, {told.remaining:,} of "
            "them free now. The whole project shares it."
        )
        return Check(name="rate limit", state="ok", message=said)
    per_minute = round(DOCUMENTED_PER_SECOND * 60)
    said = f"The server tells no limit; {per_minute:,} requests a minute is the documented one."
    return Check(name="rate limit", state="ok", message=said)
