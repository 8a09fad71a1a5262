"""The report on what a command did, and the files that it is written to."""

import contextlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from plunk_import.errors import ExitCode, WayOn
from plunk_import.plan import Estimate, Plan, duration, warnings_of
from plunk_import.plunk import DOCUMENTED_PER_SECOND
from plunk_import.report import Books, Report, verdict_of, versions
from plunk_import.run.doubts import quoted_doubts
from plunk_import.settings import Rate, read_rate
from plunk_import.storage import RunDirectory, file_to_mend, replacing
from plunk_import.validate import Job

if TYPE_CHECKING:
    from plunk_import.plan import Preflight
    from plunk_import.run.deliver import Sent
    from plunk_import.run.record import RunRecord, Standing

Times = tuple[datetime, datetime]


def report_of_validation(
    job: Job,
    plan: Plan,
    place: RunDirectory,
    times: Times,
    *,
    target_rate: Rate = "auto",
    settings: Mapping[str, object],
) -> Report:
    """Report what `validate` found.

    Args:
        job: What was validated.
        plan: What was found.
        place: Where the files are.
        times: When the command began and ended, UTC.
        target_rate: The pace that the time is estimated for.
        settings: What was asked for. With `strict` warnings count like rejects.

    """
    estimate = estimate_at(plan, target_rate, times[1])
    warnings = {**plan.warnings, **warnings_of(estimate)}
    books = Books(
        read=plan.rows, filtered=plan.filtered, rejected=plan.rejected, pending=plan.valid
    )
    is_well = not plan.rejected and not (settings["strict"] and warnings)
    exit_code = ExitCode.DELIVERED if is_well else ExitCode.INCOMPLETE
    return Report(
        command="validate",
        exit_code=exit_code,
        verdict=verdict_of(books, sent=False),
        books=books,
        rejects=plan.rejects,
        **_contents(plan),
        warnings=warnings,
        estimate=estimate,
        settings=settings,
        notes=_displaced(job),
        **_circumstances(job, place, times),
    )


def report_of_check(
    job: Job, plan: Plan, place: RunDirectory, times: Times, *, preflight: "Preflight", server: str
) -> Report:
    """Report what the project says of a plan, and what `validate` says of the file."""
    report = report_of_validation(
        job, plan, place, times, settings={"rate": "auto", "strict": False}
    )
    is_well = preflight.is_well and not plan.rejected
    return report.model_copy(
        update={
            "command": "check",
            "exit_code": ExitCode.DELIVERED if is_well else ExitCode.INCOMPLETE,
            "verdict": _with_project(report.verdict, preflight),
            "checks": preflight.checks,
            "server": server,
            "takes_keys": preflight.server.takes_keys,
        }
    )


def _with_project(verdict: str, preflight: "Preflight") -> str:
    """Add to the verdict on the file which of the project's answers need a look."""
    wrong = [check.name for check in preflight.checks if check.state == "wrong"]
    unknown = [check.name for check in preflight.checks if check.state == "unknown"]
    parts = [f"look first at: {', '.join(wrong)}"] * bool(wrong)
    parts += [f"not checked: {', '.join(unknown)}"] * bool(unknown)
    return f"{'; '.join([verdict.removesuffix('.'), *parts])}."


def estimate_at(plan: Plan, rate: Rate, started: datetime) -> Estimate:
    """Estimate the time for a plan at a pace, before the server's own limit is known."""
    return duration(plan, _per_second(rate), started)


def pace_asked_for(rate: str) -> float | None:
    """Read a pace as rows a second, before the server's own limit is known; None: unlimited.

    Raises:
        SettingsError: It is none.

    """
    return _per_second(read_rate(rate))


def _per_second(rate: Rate) -> float | None:
    if rate == "unlimited":
        return None
    return DOCUMENTED_PER_SECOND if rate == "auto" else rate


def report_of_run(
    run: "Standing",
    sent: "Sent",
    times: Times,
    *,
    order_may_differ: tuple[str, ...],
    worker: str | None = None,
    accept_rejects: float | None = None,
) -> Report:
    """Report where a run stands, after what this command sent of it.

    Args:
        run: The run as its journal knows it.
        sent: How sending went.
        times: When the command began and ended.
        order_may_differ: Contacts whose last values may be stale.
        worker: The process at work on it.
        accept_rejects: Up to how many rejects the exit code is 0; as the run was begun where None.

    """
    from plunk_import.report import pace_of

    books = run.books()
    accepted = run.accepts_rejects(
        run.record.settings.accept_rejects if accept_rejects is None else accept_rejects
    )
    is_whole = not (books.in_doubt or books.pending or order_may_differ)
    exit_code = _exit_code(sent, ended_well=is_whole and accepted)
    first, last = run.journal.delivery_span()
    plan = run.record.plan
    return Report(
        command="run",
        exit_code=exit_code,
        verdict=verdict_of(books, sent=True, reordered=len(order_may_differ)),
        worker=worker,
        reason=sent.stopped.reason if sent.stopped else None,
        way_on=_way_on(run, sent),
        books=books,
        rejects=run.rejects(),
        **_contents(plan),
        warnings=plan.warnings,
        first_delivery=first,
        last_delivery=last,
        server=run.record.server,
        takes_keys=sent.takes_keys,
        order_may_differ=order_may_differ,
        doubts=quoted_doubts(run.journal, run.job.source),
        pace=pace_of(run.journal, sent.statistics),
        notes=(*sent.notes, *_displaced(run.job), *_without_last_run(run.record)),
        comparison=run.comparison(),
        checks=sent.checks,
        estimate=sent.estimate,
        settings=run.record.settings.model_dump(mode="json"),
        **_circumstances(run.job, run.directory, times),
    )


def _way_on(run: "Standing", sent: "Sent") -> WayOn:
    if sent.stopped is not None:
        return sent.stopped.way_on
    left = run.rejects_left(run.record.settings.max_rejects)
    return WayOn.RESUME if left is None or left >= 0 else WayOn.ALLOW_REJECTS


def _without_last_run(record: "RunRecord") -> tuple[str, ...]:
    """Say that a history has nothing to compare the run with, which `max_drop` lets pass."""
    if record.history is None or record.last_run is not None:
        return ()
    return ("nothing to compare with: the history has no whole run of this mapping before",)


def write_report(
    place: RunDirectory, report: Report, *, show_addresses: bool, writes_page: bool = True
) -> None:
    """Write `report.json` and `report.html`, its addresses masked unless asked otherwise.

    Raises OutputError where that fails.
    """
    with contextlib.ExitStack() as files:
        if writes_page:
            page = files.enter_context(replacing(place.page))
            page.write(_rendered(report, show_addresses=show_addresses))
        data = files.enter_context(replacing(place.report))
        data.write(report.model_dump_json(indent=2).encode() + b"\n")


def _rendered(report: Report, *, show_addresses: bool) -> bytes:
    from plunk_import.report import render

    return render(report, show_addresses=show_addresses).encode()


def _exit_code(sent: "Sent", *, ended_well: bool) -> ExitCode:
    if sent.stopped is not None:
        return sent.stopped.exit_code
    return ExitCode.DELIVERED if ended_well else ExitCode.INCOMPLETE


def _contents(plan: Plan) -> dict[str, Any]:
    return {
        "events": plan.events,
        "other_events": plan.other_events,
        "contacts": plan.contacts,
        "contacts_exact": plan.contacts_exact,
        "busiest": plan.busiest,
        "origins": plan.origins,
        "fields": plan.fields,
        "subscription": plan.subscription,
        "sampled_from": plan.sampled_from,
        "first_bodies": plan.first_bodies,
    }


def _displaced(job: Job) -> tuple[str, ...]:
    """Say which files are no longer where they were found."""
    return tuple(
        f"{file} was replaced or removed meanwhile: what was read is the file that was opened"
        for file in job.source.displaced
    )


def _circumstances(job: Job, place: RunDirectory, times: Times) -> dict[str, Any]:
    return {
        "started": times[0],
        "finished": times[1],
        "files": job.source.files,
        "fingerprint": job.source.fingerprint(),
        "mapping": job.loaded.path,
        "mapping_sha256": job.loaded.sha256,
        "directory": str(place.path),
        "to_mend": file_to_mend(place.rejects, job.source.form).name,
        "versions": versions(),
    }
