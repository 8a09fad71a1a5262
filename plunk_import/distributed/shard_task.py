"""What a worker of a cluster does for one shard: begins it, or goes on from its journal."""

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anyio

from plunk_import.distributed.note import require_seen
from plunk_import.distributed.versions import own_versions, require_same_versions
from plunk_import.distributed.watching import Say, ShardProgress
from plunk_import.errors import (
    ExitCode,
    PlunkImportError,
    RunLockedError,
    StoppedError,
    single_errors,
)
from plunk_import.read import Place
from plunk_import.report import Report
from plunk_import.run import AgreedImport, Consent, aimport_file
from plunk_import.runtime import Clock, Runtime, Stop, StopRequest, SystemClock, run_async
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import SendSettings, Shard

LOOK_SECONDS = 0.5
LOCK_PATIENCE_SECONDS = 180.0
"""How long a repetition waits for the first copy of its shard: more than the 90 seconds after which
a server of NFS lets go of what a machine held that has died."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ShardOrder:
    """All that a worker is told of a shard. Whoever watches the cluster may read it: no keys.

    Attributes:
        sources: The files, where every machine finds them.
        mapping: The content of the mapping.
        directory: Where the import keeps what it writes; it holds a directory a shard.
        token: What the note in that directory says.
        stop_file: Appears there when the client is asked to stop.
        settings: Pace and patience; which shard.
        agreed: What was agreed to for the import as a whole.

    """

    sources: tuple[Place, ...]
    mapping: Mapping[str, Any]
    directory: Path
    token: str
    stop_file: str
    settings: SendSettings
    sandbox: SandboxSettings | None
    agreed: AgreedImport
    allow_workflows: bool = False
    allow_resubscribe: bool = False
    allow_empty: bool = False
    show_addresses: bool = False
    writes_page: bool = True
    lock_patience_seconds: float = LOCK_PATIENCE_SECONDS
    versions: tuple[tuple[str, str], ...] = dataclasses.field(default_factory=own_versions)

    @property
    def shard(self) -> Shard:
        """Which part of the import it is."""
        if self.settings.shard is None:
            raise ValueError("an order without a shard")
        return self.settings.shard

    @property
    def place(self) -> Path:
        """The shard's own run directory."""
        return directory_of(self.directory, self.shard)


@dataclasses.dataclass(frozen=True, slots=True)
class ShardEnd:
    """How a task for a shard ended; `message` says why, where it did not run through."""

    shard: Shard
    exit_code: ExitCode
    message: str = ""
    warnings: tuple[str, ...] = ()


def directory_of(directory: Path, shard: Shard) -> Path:
    """Name the run directory of a shard within that of its import."""
    return directory / f"shard-{shard.number}-of-{shard.count}"


def send_shard(order: ShardOrder) -> ShardEnd:
    """Send one shard, from its journal on where it has one; runs on a worker.

    What is wrong with the import comes back as an end, not as an error: to try it again would not
    help. Whatever else happens is the cluster's to repeat.
    """
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def is_wanted() -> bool:
        task = worker.state.tasks.get(key)
        return task is not None and task.state in {"executing", "long-running"}

    say = functools.partial(worker.log_event, order.token)
    return carried_out(order, is_wanted=is_wanted, say=say, clock=SystemClock())


def carried_out(
    order: ShardOrder, *, is_wanted: Callable[[], bool], say: Say, clock: Clock
) -> ShardEnd:
    """Do the work of `send_shard`, wherever that is.

    Args:
        order: What to send.
        is_wanted: Whether the cluster still wants it; the work is stopped in good order otherwise.
        say: Told how far the shard has come.
        clock: The time.

    """
    warnings: list[str] = []
    try:
        require_same_versions(order.versions)
        require_seen(order.directory, order.token)
        stop = Stop()
        runtime = Runtime(
            clock=clock,
            stop=stop,
            progress=ShardProgress(order.shard, say, clock),
            writes_page=order.writes_page,
        )
        report = run_async(functools.partial(_sent, order, runtime, is_wanted, warnings))
    except PlunkImportError as error:
        return ShardEnd(order.shard, error.exit_code, str(error), tuple(warnings))
    return ShardEnd(order.shard, report.exit_code, report.reason or "", tuple(warnings))


async def _sent(
    order: ShardOrder, runtime: Runtime, is_wanted: Callable[[], bool], warnings: list[str]
) -> Report:
    report: Report | None = None
    with single_errors():
        async with anyio.create_task_group() as watching:
            watching.start_soon(_watch, order, runtime, is_wanted)
            report = await _once_free(order, runtime, warnings)
            watching.cancel_scope.cancel()
    if report is None:
        raise StoppedError(f"shard {order.shard} was broken off")
    return report


async def _watch(order: ShardOrder, runtime: Runtime, is_wanted: Callable[[], bool]) -> None:
    """Stop in good order when the client says so, or when nobody waits for the shard any more."""
    wish = order.directory / order.stop_file
    while not runtime.stop:
        if wish.exists():
            runtime.stop.ask(read_wish(wish))
        elif not is_wanted():
            reason = "the client that began the import has gone"
            runtime.stop.ask(StopRequest(ExitCode.STOPPED, reason))
        await runtime.clock.sleep(LOOK_SECONDS)


async def _once_free(order: ShardOrder, runtime: Runtime, warnings: list[str]) -> Report:
    """Send as soon as nobody else works on the shard; the lock tells whether its first copy lives.

    Raises:
        RunLockedError: It still lives after a long wait.

    """
    until = runtime.clock.now() + order.lock_patience_seconds
    while True:
        try:
            return await _begun_or_gone_on(order, runtime, warnings)
        except RunLockedError as held:
            if runtime.clock.now() >= until or runtime.stop:
                raise RunLockedError(
                    f"{held} An earlier copy of the task for shard {order.shard} is still at work "
                    "there, and the cluster has lost sight of it. Nothing was sent from here."
                ) from held
        await runtime.stop.nap(runtime.clock, LOOK_SECONDS)


async def _begun_or_gone_on(order: ShardOrder, runtime: Runtime, warnings: list[str]) -> Report:
    return await aimport_file(
        order.sources,
        order.mapping,
        directory=order.place,
        settings=order.settings,
        sandbox=order.sandbox,
        consent=Consent(
            allow_workflows=order.allow_workflows,
            allow_resubscribe=order.allow_resubscribe,
            agreed=order.agreed,
            warn=warnings.append,
        ),
        allow_empty=order.allow_empty,
        show_addresses=order.show_addresses,
        runtime=runtime,
    )


def write_wish(path: Path, request: StopRequest) -> None:
    """Leave word for all shards that they are to stop."""
    content = {"exit_code": int(request.exit_code), "reason": request.reason}
    path.write_text(json.dumps(content), encoding="utf-8")


def read_wish(path: Path) -> StopRequest:
    """Understand why to stop; a wish that is just being written is one all the same."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return StopRequest(ExitCode(content["exit_code"]), str(content["reason"]))
    except (OSError, ValueError, KeyError):
        return StopRequest(ExitCode.INTERRUPTED, "interrupted")
