"""Wires the stages: takes files, a mapping and settings; gives a report on every row."""

import contextlib
import dataclasses
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypedDict, Unpack

from plunk_import.clock import Clock
from plunk_import.consent import Consent
from plunk_import.edges import Edges
from plunk_import.errors import ExitCode, OutputError, RunDirectoryError, SettingsError
from plunk_import.history import History
from plunk_import.job import Job, MappingLike, Sources, name_of, open_job
from plunk_import.journal import INTERRUPTED, Journal
from plunk_import.lock import locked
from plunk_import.past import SANDBOX_SCOPE, Past, scope_of
from plunk_import.report import Report
from plunk_import.reporting import (
    report_of_run,
    write_report,
)
from plunk_import.run import Destination, Run, RunRecord, redirected
from plunk_import.rundir import RunDirectory, claimed, open_directory
from plunk_import.running import in_thread, run_async
from plunk_import.sandbox import SandboxSettings
from plunk_import.sending import Sent, carry_out
from plunk_import.session import connected, told_by
from plunk_import.settings import Connection, Delivery, load_connection
from plunk_import.survey import Survey, survey


class ImportOptions(TypedDict, total=False):
    """How to import; each may be left out.

    `directory` takes the run's files (default: a new one under `runs/`); where it holds a run
    already, that run goes on. `connection` is read from the environment where it is not given.
    With `sandbox` the events go to an embedded Plunk instead, whose database stays in the
    directory. Rows that the `history` knows as delivered are skipped. `consent` says
    whether workflows may fire, or whom to ask. `show_addresses` leaves addresses readable in
    `report.html`.
    """

    directory: str | Path | None
    connection: Connection | None
    delivery: Delivery | None
    sandbox: SandboxSettings | None
    history: str | Path | None
    consent: Consent
    show_addresses: bool
    edges: Edges | None


def import_file(sources: Sources, mapping: MappingLike, **options: Unpack[ImportOptions]) -> Report:
    """Import and wait for the end: `aimport_file` for programs that are not async."""
    return run_async(functools.partial(aimport_file, sources, mapping, **options))


async def aimport_file(
    sources: Sources, mapping: MappingLike, **options: Unpack[ImportOptions]
) -> Report:
    """Send every valid row to Plunk and account for all of them; see `ImportOptions`.

    Raises what `validate_file` raises, SettingsError, RunLockedError, and StoppedError where the
    run was ended before its first request.
    """
    edges = options.get("edges") or Edges()
    wish = _wished(options)
    directory = options.get("directory")
    with (
        claimed(directory, name=name_of(sources), now=edges.clock.wall()) as place,
        locked(place.lock),
    ):
        wish = wish.placed(place)
        job = await in_thread(open_job, sources, mapping, spool=place.spool)
        if not place.holds_run:
            await in_thread(_catch_up, place, wish, edges.clock)
            await in_thread(_begin, job, place, wish, edges)
        return await _go_on(job, place, wish, edges)


def resume(directory: str | Path, **options: Unpack["ResumeOptions"]) -> Report:
    """Go on with a run and wait for the end: `aresume` for programs that are not async."""
    return run_async(functools.partial(aresume, directory, **options))


class ResumeOptions(TypedDict, total=False):
    """What may be said anew when a run goes on; the rest is as it began.

    `wishes` are fields of `Delivery` to have otherwise. What limited the run (rows, time) does
    not limit it again.
    """

    connection: Connection | None
    wishes: Mapping[str, object]
    consent: Consent
    show_addresses: bool
    edges: Edges | None


async def aresume(directory: str | Path, **options: Unpack[ResumeOptions]) -> Report:
    """Go on where a run stopped: what is finished is not touched, what is in doubt is not resent.

    Raises RunDirectoryError where there is no run, or its source or mapping changed, and what
    `aimport_file` raises.
    """
    with _reopened(directory, options, sends=True) as (job, place, wish, edges):
        return await _go_on(job, place, wish, edges)


def resolve(directory: str | Path, **options: Unpack[ResumeOptions]) -> Report:
    """Settle a run's rows in doubt and wait for the end: `aresolve` for programs not async."""
    return run_async(functools.partial(aresolve, directory, **options))


async def aresolve(directory: str | Path, **options: Unpack[ResumeOptions]) -> Report:
    """Settle the rows in doubt of a run, and find the ids of those delivered without one.

    With a secret key they are read back; without one, where the server takes keys, they are sent
    again under their old key. What is not stored becomes pending: `resume` sends it.
    """
    with _reopened(directory, options, sends=True) as (job, place, wish, edges):
        return await _go_on(job, place, wish, edges, doubts_only=True)


def status(
    directory: str | Path, *, write: bool = False, **options: Unpack[ResumeOptions]
) -> Report:
    """Tell where a run stands, from its journal and its source; nothing is sent.

    `write` writes its results, rejects, rows in doubt and report anew.
    """
    with _reopened(directory, options, sends=False) as (job, place, wish, edges):
        started = edges.clock.wall()
        with Journal.open(place.journal, clock=edges.clock) as journal:
            record = RunRecord.of(journal)
            _require_same(record, job, place, scope=None)
            run = Run(place, job, journal, record)
            journal.adopt_claims(INTERRUPTED)
            reordered = run.write_files() if write else ()
            times = (started, edges.clock.wall())
            report = report_of_run(run, Sent(), times, order_may_differ=reordered)
            if write:
                _write_report(place, report, wish, edges)
    return report


@dataclasses.dataclass(frozen=True, slots=True)
class _Wish:
    """How and where to send."""

    delivery: Delivery
    connection: Connection | None
    sandbox: SandboxSettings | None
    history: Path | None
    consent: Consent
    show_addresses: bool

    def placed(self, place: RunDirectory) -> "_Wish":
        """Give the same with the sandbox's database in the run directory."""
        if self.sandbox is None or self.sandbox.database is not None:
            return self
        sandbox = dataclasses.replace(self.sandbox, database=place.sandbox)
        return dataclasses.replace(self, sandbox=sandbox)

    @property
    def destination(self) -> Destination:
        """Where to: for a sandbox without its port, for a project without its key."""
        if self.connection is None:
            return Destination(SANDBOX_SCOPE, SANDBOX_SCOPE, self.sandbox)
        return Destination(self.connection.base_url, scope_of(self.connection), None)


def _wished(options: ImportOptions) -> _Wish:
    """Understand the options; a missing key ends the run here, before anything is made."""
    sandbox, history = options.get("sandbox"), options.get("history")
    return _Wish(
        options.get("delivery") or Delivery(),
        _connection(options.get("connection"), sandbox),
        sandbox,
        None if history is None else Path(history).resolve(),
        options.get("consent", Consent()),
        options.get("show_addresses", False),
    )


def _connection(given: Connection | None, sandbox: SandboxSettings | None) -> Connection | None:
    """Give where to send, with a key; None for a sandbox, which has its own."""
    if sandbox is not None:
        return None
    connection = given or load_connection()
    _ = connection.public_key
    return connection


@contextlib.contextmanager
def _reopened(
    directory: str | Path, options: ResumeOptions, *, sends: bool
) -> Iterator[tuple[Job, RunDirectory, _Wish, Edges]]:
    """Open a run's directory, its source and its mapping as they were when it began.

    Only what `sends` needs a key.
    """
    edges = options.get("edges") or Edges()
    place = open_directory(Path(directory))
    with locked(place.lock, clock=edges.clock):
        with Journal.open(place.journal, clock=edges.clock) as journal:
            record = RunRecord.of(journal)
        job = open_job(record.sources, record.loaded_mapping(), spool=place.spool)
        wish = _Wish(
            record.delivery.renewed(options.get("wishes", {})),
            _connection(options.get("connection"), record.sandbox) if sends else None,
            record.sandbox,
            record.history,
            options.get("consent", Consent()),
            options.get("show_addresses", False),
        )
        yield job, place, wish, edges


async def _go_on(
    job: Job, place: RunDirectory, wish: _Wish, edges: Edges, *, doubts_only: bool = False
) -> Report:
    started = edges.clock.wall()
    with (
        _begun(),
        await in_thread(
            Journal.open, place.journal, clock=edges.clock, committer=edges.committer
        ) as journal,
        connected(wish.sandbox, wish.connection) as connection,
        _past(wish, edges.clock) as past,
    ):
        record = redirected(RunRecord.of(journal), journal, wish.destination)
        _require_same(record, job, place, scope=wish.destination.scope)
        if wish.delivery.limit != record.delivery.limit and not doubts_only:
            record = await in_thread(_widen, job, journal, wish, edges)
        run = Run(place, job, journal, record, past)
        journal.adopt_claims(INTERRUPTED)
        if past is not None:
            if (strange := past.strangeness()) is not None:
                wish.consent.warn(strange)
            past.begin(place.path)
        consent = None if doubts_only else wish.consent
        sent = await carry_out(run, connection, wish.delivery, edges, consent=consent)
        sent = dataclasses.replace(sent, notes=(*sent.notes, *told_by(wish.sandbox)))
        if past is not None:
            await in_thread(past.finish, place.path, journal)
        reordered = await in_thread(run.write_files)
        times = (started, edges.clock.wall())
        report = report_of_run(run, sent, times, order_may_differ=reordered)
        _write_report(place, report, wish, edges)
    return report


@contextlib.contextmanager
def _begun() -> Iterator[None]:
    """Let the exit code say that a run was stopped: once it has begun, rows may have been sent."""
    try:
        yield
    except OutputError as error:
        error.exit_code = ExitCode.STOPPED
        raise


@contextlib.contextmanager
def _past(wish: _Wish, clock: Clock) -> Iterator[Past | None]:
    if wish.history is None:
        yield None
        return
    with History.open(wish.history, clock=clock) as history:
        yield Past(history, wish.destination.scope, clock)


def _catch_up(place: RunDirectory, wish: _Wish, clock: Clock) -> None:
    """Find out before a long survey whether the history can serve."""
    with _past(wish, clock) as past:
        if past is not None:
            past.catch_up(place.path)


def _begin(job: Job, place: RunDirectory, wish: _Wish, edges: Edges) -> None:
    """Judge every row, then begin the journal: from here on the directory holds a run."""
    found = _surveyed(job, wish, edges)
    record = RunRecord(
        sources=tuple(str(path) for path in job.source.paths),
        mapping_path=str(Path(job.loaded.path).resolve()),
        mapping=job.loaded.mapping.model_dump(mode="json", by_alias=True, exclude_unset=True),
        mapping_sha256=job.loaded.sha256,
        fingerprint=job.source.fingerprint(),
        started=edges.clock.wall(),
        server=wish.destination.server,
        scope=wish.destination.scope,
        sandbox=wish.sandbox,
        delivery=wish.delivery,
        history=wish.history,
        plan=found.plan,
    )
    meta = {"run": record.model_dump(mode="json")}
    with Journal.create(place.journal, meta, clock=edges.clock) as journal:
        if found.duplicates is not None:
            journal.save_duplicates(found.duplicates)


def _widen(job: Job, journal: Journal, wish: _Wish, edges: Edges) -> RunRecord:
    """Judge the rows anew for a higher limit than the run was begun with, or for none."""
    record, limit = RunRecord.of(journal), wish.delivery.limit
    before = record.delivery.limit
    if limit is not None and (before is None or limit < before):
        raise SettingsError(
            f"This run was begun with {'all' if before is None else f'{before:,}'} rows: it "
            f"cannot go on with the first {limit:,} only. Leave --limit out, or start a new run "
            "in another directory with -o."
        )
    found = _surveyed(job, wish, edges)
    record = record.model_copy(update={"delivery": wish.delivery, "plan": found.plan})
    journal.note("run", record.model_dump(mode="json"))
    if found.duplicates is not None:
        journal.save_duplicates(found.duplicates)
    return record


def _surveyed(job: Job, wish: _Wish, edges: Edges) -> Survey:
    limit, check = wish.delivery.limit, edges.control.check
    return survey(job, progress=edges.progress, limit=limit, check=check)


def _write_report(place: RunDirectory, report: Report, wish: _Wish, edges: Edges) -> None:
    shown = wish.show_addresses if edges.writes_page else None
    write_report(place, report, show_addresses=shown)


def _require_same(record: RunRecord, job: Job, place: RunDirectory, *, scope: str | None) -> None:
    """Refuse to go on with another source, mapping or project than the run was begun with."""
    files, mapping = ", ".join(job.source.files), job.loaded.path
    changed = [
        f"the {name} is not what it was when the run began"
        for name, before, now in (
            (f"source ({files})", record.fingerprint, job.source.fingerprint()),
            (f"mapping ({mapping})", record.mapping_sha256, job.loaded.sha256),
            (
                f"project (PLUNK_API_KEY or PLUNK_BASE_URL: it began at {record.server})",
                record.scope,
                scope or record.scope,
            ),
        )
        if before != now
    ]
    if changed:
        raise RunDirectoryError(
            f"{place.path} cannot go on: {'; '.join(changed)}. Restore it, or start a new run in "
            "another directory with -o."
        )
