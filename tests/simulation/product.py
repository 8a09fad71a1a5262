"""The importer as its users have it: its public names alone, and the edges handed in.

The only place that imports it; a name that moves or a parameter that is new is a line here.
"""

import dataclasses
import functools
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from plunk_import import (
    Connection,
    Consent,
    PlunkImportError,
    Report,
    Runtime,
    SendSettings,
    aimport_file,
    aresolve,
    aresume,
    averify,
    merge,
    status,
)
from tests.simulation.network import Network
from tests.simulation.process import (
    Commits,
    End,
    Kill,
    Process,
    SimulatedClock,
    carry_out,
    carry_out_together,
)
from tests.simulation.server import PUBLIC_KEY
from tests.simulation.world import World

HOSTED = "https://next-api.useplunk.com"
SELF_HOSTED = "https://plunk.example.com"


@dataclasses.dataclass(frozen=True, slots=True)
class Leave:
    """What a person allows a command to do to people."""

    workflows: bool = False
    resubscribe: bool = False
    answer: bool | None = None
    """What somebody says who is asked; None: nobody is there."""


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """What a person types; `verb` is `run`, `resume`, `resolve`, `status`, `verify`, `merge`."""

    verb: str
    directory: Path
    source: Path
    mapping: dict[str, Any]
    leave: Leave
    secret_key: str | None
    base_url: str
    settings: dict[str, Any]
    history: Path | None
    parts: tuple[Path, ...] = ()
    """The directories of the shards, for `merge`."""


@dataclasses.dataclass(slots=True)
class Machine:
    """What a command runs on: its clock, its way to the server, its disk."""

    world: World
    clock: SimulatedClock
    network: Network
    disk: Callable[[], float]


@dataclasses.dataclass(slots=True)
class Told:
    """What a command gives back to a program, beside its files."""

    report: Report | None = None
    warned: list[str] = dataclasses.field(default_factory=list)
    was_asked: bool = False


def execute(command: Command, machine: Machine, home: Path, kill: Kill) -> tuple[End, Told]:
    """Run a command; `home` holds everything that it may write to."""
    told = Told()
    return carry_out(machine.world, _process(command, machine, home, kill, told)), told


@dataclasses.dataclass(frozen=True, slots=True)
class Start:
    """A command that is run beside others: on a machine of its own, from a moment on."""

    command: Command
    machine: Machine
    kill: Kill
    begins: float


def execute_together(world: World, starts: Sequence[Start]) -> list[End]:
    """Run several commands side by side, each writing to its directory alone."""
    processes = [
        _process(one.command, one.machine, one.command.directory, one.kill, Told(), one.begins)
        for one in starts
    ]
    return carry_out_together(world, processes)


def _process(
    command: Command,
    machine: Machine,
    home: Path,
    kill: Kill,
    told: Told,
    begins: float = 0.0,
) -> Process:
    def die() -> None:
        machine.clock.is_dead = True
        machine.network.die()

    return Process(lambda: _work(command, machine, told), home, kill, die, PlunkImportError, begins)


async def _work(command: Command, machine: Machine, told: Told) -> int:
    runtime = Runtime(
        clock=machine.clock,
        transport=machine.network,
        committer=lambda commit: Commits(commit, disk=machine.disk),
        writes_page=False,
    )
    told.report = await _begun(command, runtime, told)
    return int(told.report.exit_code)


def _begun(command: Command, runtime: Runtime, told: Told) -> Awaitable[Report]:
    connection = _connection(command.secret_key, command.base_url)
    consent = _consent(command.leave, told)
    again: dict[str, Any] = {"connection": connection, "consent": consent, "runtime": runtime}
    match command.verb:
        case "resume":
            return aresume(command.directory, **again)
        case "resolve":
            del again["consent"]
            return aresolve(command.directory, connection=connection, runtime=runtime)
        case "verify":
            return averify(command.directory, rows=None, connection=connection, runtime=runtime)
        case "merge":
            return _merge(command, runtime)
        case "status":
            return _status(command.directory, runtime)
    return aimport_file(
        command.source,
        command.mapping,
        directory=command.directory,
        settings=_settings(**command.settings),
        history=command.history,
        **again,
    )


@functools.cache  # they look at the environment each time they are made
def _connection(secret_key: str | None, base_url: str) -> Connection:
    secret = None if secret_key is None else SecretStr(secret_key)
    return Connection(api_key=SecretStr(PUBLIC_KEY), secret_key=secret, base_url=base_url)


@functools.cache
def _settings(**settings: Any) -> SendSettings:  # noqa: ANN401 - of any kind
    return SendSettings(**settings)


async def _status(directory: Path, runtime: Runtime) -> Report:
    return status(directory, write=True, runtime=runtime)


async def _merge(command: Command, runtime: Runtime) -> Report:
    return merge(command.parts, directory=command.directory, runtime=runtime)


def _consent(leave: Leave, told: Told) -> Consent:
    """Return what is allowed by flags, and by somebody who is there."""
    known = {field.name for field in dataclasses.fields(Consent)}
    flags = {"allow_workflows": leave.workflows, "allow_resubscribe": leave.resubscribe}
    given: dict[str, Any] = {name: value for name, value in flags.items() if name in known}
    ask = None if leave.answer is None else _somebody(leave.answer, told)
    return Consent(**given, warn=told.warned.append, ask=ask)


def _somebody(answer: bool, told: Told) -> Callable[..., bool]:
    def ask(*_: object) -> bool:
        told.was_asked = True
        return answer

    return ask
