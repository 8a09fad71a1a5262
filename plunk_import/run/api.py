"""Wires the stages: takes files, a mapping and settings; gives a report on every row."""

import contextlib
import dataclasses
import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypedDict, Unpack

from plunk_import.errors import ExitCode, OutputError
from plunk_import.report import Report
from plunk_import.run.begin import begin, require_same, widen
from plunk_import.run.consent import Consent
from plunk_import.run.deliver import Sent, carry_out
from plunk_import.run.earlier_runs import EarlierRuns
from plunk_import.run.options import RunOptions
from plunk_import.run.record import RunRecord, redirected
from plunk_import.run.rehearse import connected, told_by
from plunk_import.run.reporting import report_of_run, write_report
from plunk_import.run.run import Run
from plunk_import.runtime import Clock, Runtime, in_thread, run_async
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import Connection, SendSettings, load_connection
from plunk_import.storage import (
    INTERRUPTED,
    History,
    Journal,
    RunDirectory,
    claimed,
    locked,
    open_directory,
)
from plunk_import.validate import Job, MappingLike, Sources, name_of, open_job


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
    settings: SendSettings | None
    sandbox: SandboxSettings | None
    history: str | Path | None
    consent: Consent
    show_addresses: bool
    runtime: Runtime | None


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
    runtime = options.get("runtime") or Runtime()
    run_options = _wished(options)
    directory = options.get("directory")
    with (
        claimed(directory, name=name_of(sources), now=runtime.clock.wall()) as place,
        locked(place.lock),
    ):
        run_options = run_options.placed(place)
        job = await in_thread(open_job, sources, mapping, spool=place.spool)
        if not place.holds_run:
            await in_thread(_catch_up, place, run_options, runtime.clock)
            await in_thread(begin, job, place, run_options, runtime)
        return await _go_on(job, place, run_options, runtime)


def resume(directory: str | Path, **options: Unpack["ResumeOptions"]) -> Report:
    """Go on with a run and wait for the end: `aresume` for programs that are not async."""
    return run_async(functools.partial(aresume, directory, **options))


class ResumeOptions(TypedDict, total=False):
    """What may be said anew when a run goes on; the rest is as it began.

    `wishes` are fields of `SendSettings` to have otherwise. What limited the run (rows, time) does
    not limit it again.
    """

    connection: Connection | None
    wishes: Mapping[str, object]
    consent: Consent
    show_addresses: bool
    runtime: Runtime | None


async def aresume(directory: str | Path, **options: Unpack[ResumeOptions]) -> Report:
    """Go on where a run stopped: what is finished is not touched, what is in doubt is not resent.

    Raises RunDirectoryError where there is no run, or its source or mapping changed, and what
    `aimport_file` raises.
    """
    with _reopened(directory, options, sends=True) as (job, place, run_options, runtime):
        return await _go_on(job, place, run_options, runtime)


def resolve(directory: str | Path, **options: Unpack[ResumeOptions]) -> Report:
    """Settle a run's rows in doubt and wait for the end: `aresolve` for programs not async."""
    return run_async(functools.partial(aresolve, directory, **options))


async def aresolve(directory: str | Path, **options: Unpack[ResumeOptions]) -> Report:
    """Settle the rows in doubt of a run, and find the ids of those delivered without one.

    With a secret key they are read back; without one, where the server takes keys, they are sent
    again under their old key. What is not stored becomes pending: `resume` sends it.
    """
    with _reopened(directory, options, sends=True) as (job, place, run_options, runtime):
        return await _go_on(job, place, run_options, runtime, doubts_only=True)


def status(
    directory: str | Path, *, write: bool = False, **options: Unpack[ResumeOptions]
) -> Report:
    """Tell where a run stands, from its journal and its source; nothing is sent.

    `write` writes its results, rejects, rows in doubt and report anew.
    """
    with _reopened(directory, options, sends=False) as (job, place, run_options, runtime):
        started = runtime.clock.wall()
        with Journal.open(place.journal, clock=runtime.clock) as journal:
            record = RunRecord.of(journal)
            require_same(record, job, place, scope=None)
            run = Run(place, job, journal, record)
            journal.adopt_claims(INTERRUPTED)
            reordered = run.write_files() if write else ()
            times = (started, runtime.clock.wall())
            report = report_of_run(run, Sent(), times, order_may_differ=reordered)
            if write:
                _write(report, place, run_options, runtime)
    return report


def _wished(options: ImportOptions) -> RunOptions:
    """Understand the options; a missing key ends the run here, before anything is made."""
    sandbox, history = options.get("sandbox"), options.get("history")
    return RunOptions(
        options.get("settings") or SendSettings(),
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
) -> Iterator[tuple[Job, RunDirectory, RunOptions, Runtime]]:
    """Open a run's directory, its source and its mapping as they were when it began.

    Only what `sends` needs a key.
    """
    runtime = options.get("runtime") or Runtime()
    place = open_directory(Path(directory))
    with locked(place.lock, clock=runtime.clock):
        with Journal.open(place.journal, clock=runtime.clock) as journal:
            record = RunRecord.of(journal)
        job = open_job(record.sources, record.loaded_mapping(), spool=place.spool)
        run_options = RunOptions(
            record.settings.renewed(options.get("wishes", {})),
            _connection(options.get("connection"), record.sandbox) if sends else None,
            record.sandbox,
            record.history,
            options.get("consent", Consent()),
            options.get("show_addresses", False),
        )
        yield job, place, run_options, runtime


async def _go_on(
    job: Job,
    place: RunDirectory,
    run_options: RunOptions,
    runtime: Runtime,
    *,
    doubts_only: bool = False,
) -> Report:
    started = runtime.clock.wall()
    with (
        _begun(),
        await in_thread(
            Journal.open, place.journal, clock=runtime.clock, committer=runtime.committer
        ) as journal,
        connected(run_options.sandbox, run_options.connection) as connection,
        _earlier_runs(run_options, runtime.clock) as earlier_runs,
    ):
        record = redirected(RunRecord.of(journal), journal, run_options.destination)
        require_same(record, job, place, scope=run_options.destination.scope)
        if run_options.settings.limit != record.settings.limit and not doubts_only:
            record = await in_thread(widen, job, journal, run_options, runtime)
        run = Run(place, job, journal, record, earlier_runs)
        journal.adopt_claims(INTERRUPTED)
        if earlier_runs is not None:
            if (strange := earlier_runs.strangeness()) is not None:
                run_options.consent.warn(strange)
            earlier_runs.begin(place.path)
        consent = None if doubts_only else run_options.consent
        sent = await carry_out(run, connection, run_options.settings, runtime, consent=consent)
        sent = dataclasses.replace(sent, notes=(*sent.notes, *told_by(run_options.sandbox)))
        if earlier_runs is not None:
            await in_thread(earlier_runs.finish, place.path, journal)
        reordered = await in_thread(run.write_files)
        times = (started, runtime.clock.wall())
        report = report_of_run(run, sent, times, order_may_differ=reordered)
        _write(report, place, run_options, runtime)
    return report


def _write(report: Report, place: RunDirectory, run_options: RunOptions, runtime: Runtime) -> None:
    write_report(
        place,
        report,
        show_addresses=run_options.show_addresses,
        writes_page=runtime.writes_page,
    )


@contextlib.contextmanager
def _begun() -> Iterator[None]:
    """Let the exit code say that a run was stopped: once it has begun, rows may have been sent."""
    try:
        yield
    except OutputError as error:
        error.exit_code = ExitCode.STOPPED
        raise


@contextlib.contextmanager
def _earlier_runs(run_options: RunOptions, clock: Clock) -> Iterator[EarlierRuns | None]:
    if run_options.history is None:
        yield None
        return
    with History.open(run_options.history, clock=clock) as history:
        yield EarlierRuns(history, run_options.destination.scope, clock)


def _catch_up(place: RunDirectory, run_options: RunOptions, clock: Clock) -> None:
    """Find out before a long first pass whether the history can serve."""
    with _earlier_runs(run_options, clock) as earlier_runs:
        if earlier_runs is not None:
            earlier_runs.catch_up(place.path)
