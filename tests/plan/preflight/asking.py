"""Asks a sandbox, or a script, about a file, as `check` does."""

import contextlib
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio
from pydantic import SecretStr

from plunk_import.plan import Bounds, Check, GateQuestion, Preflight, check
from plunk_import.runtime import Clock, SystemClock, Transport
from plunk_import.sandbox import SECRET_KEY, Sandbox
from plunk_import.send import PlunkClient, open_transport
from plunk_import.validate import Job
from tests.mapped import knowing_duplicates
from tests.plan.census.planning import make_job, plan_of

COLUMNS = ("email", "event", "opted", "ltv", "at")
MAPPING: dict[str, Any] = {
    "event": "event",
    "data": {
        "ltv": {"column": "ltv", "type": "number"},
        "occurred_at": {"column": "at", "type": "datetime", "persistent": False},
    },
}
OPTED = {"subscribed": "opted"}
DATE = "2026-01-31T10:00:00Z"


def job_of(folder: Path, rows: Sequence[tuple[str, str, str]], **mapping: object) -> Job:
    """Make a job of rows of an address, an event and a state."""
    filled = [(*row, "12.5", DATE) for row in rows]
    return make_job(folder, COLUMNS, filled, MAPPING | mapping)


def ask(
    sandbox: Sandbox,
    job: Job,
    *,
    key: str | None = None,
    secret_key: str | None = SECRET_KEY,
    bounds: Bounds | None = None,
) -> Preflight:
    clock = SystemClock()

    async def asking() -> Preflight:
        async with contextlib.aclosing(
            open_transport(max_in_flight=4, connect_timeout_seconds=10, request_timeout_seconds=30)
        ) as transport:
            client = PlunkClient(
                transport,
                sandbox.base_url,
                SecretStr(key or sandbox.public_key),
                secret_key=None if secret_key is None else SecretStr(secret_key),
                clock=clock,
            )
            return await _check(
                client, job, clock, has_secret_key=secret_key is not None, bounds=bounds
            )

    return anyio.run(asking)


def ask_script(transport: Transport, job: Job, clock: Clock) -> Preflight:
    client = PlunkClient(
        transport,
        "https://plunk.example.com",
        SecretStr("pk_1"),
        secret_key=SecretStr("sk_1"),
        clock=clock,
    )
    return anyio.run(
        functools.partial(_check, client, job, clock, has_secret_key=True, bounds=None)
    )


async def _check(
    client: PlunkClient, job: Job, clock: Clock, *, has_secret_key: bool, bounds: Bounds | None
) -> Preflight:
    return await check(
        client,
        knowing_duplicates(job),
        plan_of(job),
        has_secret_key=has_secret_key,
        clock=clock,
        bounds=bounds,
    )


def gate(preflight: Preflight, name: str) -> GateQuestion:
    (found,) = (one for one in preflight.gates if one.name == name)
    return found


def line(preflight: Preflight, name: str) -> Check:
    (found,) = (one for one in preflight.checks if one.name == name)
    return found
