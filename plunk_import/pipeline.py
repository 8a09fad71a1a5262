"""Wires the stages: takes files, a mapping and settings; gives a report on every row."""

import contextlib
import dataclasses
import functools
import importlib.util
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

import anyio
import anyio.to_thread

from plunk_import.edges import Edges
from plunk_import.errors import RunDirectoryError
from plunk_import.job import Job, MappingLike, Sources, open_job
from plunk_import.journal import Journal
from plunk_import.lock import locked
from plunk_import.outputs import run_files
from plunk_import.report import Report
from plunk_import.reporting import report_of_run, report_of_validation, write_report
from plunk_import.run import Run, RunRecord
from plunk_import.rundir import RunDirectory, claim_directory
from plunk_import.sandbox import SandboxSettings
from plunk_import.sending import sandboxed, send
from plunk_import.settings import Connection, Delivery, load_connection
from plunk_import.survey import survey

P = ParamSpec("P")
T = TypeVar("T")
INTERRUPTED = "the run ended while the request was in flight"


def validate_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    directory: str | Path | None = None,
    show: int = 0,
    limit: int | None = None,
    edges: Edges | None = None,
) -> Report:
    """Judge every row by the server's own rules; send nothing, need no key and no network.

    Writes `rejects.csv` and `report.json` into `directory` (default: a new one under `runs/`).
    `show` bodies are kept in the report as they would be sent; `limit` looks at the first rows
    only. Raises MappingError, SourceError, RunDirectoryError or OutputError.
    """
    edges = edges or Edges()
    started = edges.clock.wall()
    with _claimed(directory, sources, started) as place:
        if place.holds_run:
            raise RunDirectoryError(f"{place.path} holds a run. Validate into another directory.")
        job = open_job(sources, mapping, spool=place.spool)
        with run_files(place, name_files=len(job.source.files) > 1, sent=False) as files:
            found = survey(job, progress=edges.progress, show=show, limit=limit, files=files)
        times = (started, edges.clock.wall())
        report = report_of_validation(job, found.plan, place, times=times)
        write_report(place, report)
    return report


def import_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    directory: str | Path | None = None,
    connection: Connection | None = None,
    delivery: Delivery | None = None,
    sandbox: SandboxSettings | None = None,
    edges: Edges | None = None,
) -> Report:
    """Import and wait for the end: `aimport_file` for programs that are not async."""
    return run_async(
        functools.partial(
            aimport_file,
            sources,
            mapping,
            directory=directory,
            connection=connection,
            delivery=delivery,
            sandbox=sandbox,
            edges=edges,
        )
    )


async def aimport_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    directory: str | Path | None = None,
    connection: Connection | None = None,
    delivery: Delivery | None = None,
    sandbox: SandboxSettings | None = None,
    edges: Edges | None = None,
) -> Report:
    """Send every valid row to Plunk and account for all of them.

    `directory` takes the run's files (default: a new one under `runs/`); where it holds a run
    already, that run goes on. `connection` is read from the environment where it is not given.
    With `sandbox` the events go to an embedded Plunk instead, whose database stays in the
    directory. Raises what `validate_file` raises, SettingsError, RunLockedError, and
    StoppedError where the run ended before its first request.
    """
    edges = edges or Edges()
    if sandbox is None:
        connection = connection or load_connection()
        connection.public_key  # noqa: B018 - a missing key ends the run before anything is made
    with _claimed(directory, sources, edges.clock.wall()) as place, locked(place.lock):
        job = await _in_thread(open_job, sources, mapping, spool=place.spool)
        if sandbox is not None and sandbox.database is None:
            sandbox = dataclasses.replace(sandbox, database=place.sandbox)
        wish = _Wish(delivery or Delivery(), connection, sandbox)
        return await _carry_out(job, place, wish, edges)


@dataclasses.dataclass(frozen=True, slots=True)
class _Wish:
    """How and where to send."""

    delivery: Delivery
    connection: Connection | None
    sandbox: SandboxSettings | None

    @property
    def base_url(self) -> str:
        """Where to, as the report names it; a sandbox has another port every time."""
        return self.connection.base_url if self.connection is not None else "sandbox"


async def _carry_out(job: Job, place: RunDirectory, wish: _Wish, edges: Edges) -> Report:
    started = edges.clock.wall()
    if not place.holds_run:
        await _in_thread(_begin, job, place, wish, edges)
    with await _in_thread(Journal.open, place.journal, clock=edges.clock) as journal:
        record = RunRecord.model_validate(journal.meta()["run"])
        _require_same(record, job, place)
        run = Run(place, job, journal, record)
        journal.adopt_claims(INTERRUPTED)
        with sandboxed(wish.sandbox, wish.connection) as connection:
            sent = await send(run, connection, wish.delivery, edges)
        await _in_thread(run.write_files)
        report = report_of_run(run, sent, (started, edges.clock.wall()))
        write_report(place, report)
    return report


def _begin(job: Job, place: RunDirectory, wish: _Wish, edges: Edges) -> None:
    """Judge every row, then begin the journal: from here on the directory holds a run."""
    found = survey(
        job, progress=edges.progress, limit=wish.delivery.limit, check=edges.control.check
    )
    record = RunRecord(
        sources=job.source.files,
        mapping_path=job.loaded.path,
        mapping=job.loaded.mapping.model_dump(mode="json", by_alias=True),
        mapping_sha256=job.loaded.sha256,
        fingerprint=job.source.fingerprint(),
        started=edges.clock.wall(),
        base_url=wish.base_url,
        sandbox=wish.sandbox,
        delivery=wish.delivery,
        plan=found.plan,
    )
    meta = {"run": record.model_dump(mode="json")}
    with Journal.create(place.journal, meta, clock=edges.clock) as journal:
        if found.duplicates is not None:
            journal.save_duplicates(found.duplicates)


def _require_same(record: RunRecord, job: Job, place: RunDirectory) -> None:
    """Refuse to go on with another source or mapping than the run was begun with."""
    changed = [
        f"the {name} ({what}) is not what it was when the run began"
        for name, what, before, now in (
            ("source", ", ".join(job.source.files), record.fingerprint, job.source.fingerprint()),
            ("mapping", job.loaded.path, record.mapping_sha256, job.loaded.sha256),
        )
        if before != now
    ]
    if changed:
        raise RunDirectoryError(
            f"{place.path} cannot go on: {'; '.join(changed)}. Restore it, or start a new run in "
            "another directory with -o."
        )


def run_async(work: Callable[[], Awaitable[T]]) -> T:
    """Run async work to its end, on uvloop where that is installed."""
    quick = importlib.util.find_spec("uvloop") is not None
    return anyio.run(work, backend_options={"use_uvloop": quick})


async def _in_thread(work: Callable[P, T], *args: P.args, **options: P.kwargs) -> T:
    return await anyio.to_thread.run_sync(functools.partial(work, *args, **options))


@contextlib.contextmanager
def _claimed(wished: str | Path | None, sources: Sources, now: datetime) -> Iterator[RunDirectory]:
    """Give a run's directory; one that nothing came to stand in is removed again on an error."""
    first = sources if isinstance(sources, str | Path) else sources[0]
    name = Path(str(first)).name.split(".")[0] or "stdin"
    place = claim_directory(None if wished is None else Path(wished), name=name, now=now)
    try:
        yield place
    except BaseException:
        with contextlib.suppress(OSError):
            place.lock.unlink(missing_ok=True)
            place.spool.rmdir()
        with contextlib.suppress(OSError):
            place.path.rmdir()
        raise
