"""Has an import as a whole agreed to, before any of its shards begins."""

import functools
from typing import TYPE_CHECKING

from plunk_import.errors import ExitCode
from plunk_import.plan import FirstPass, Foresight
from plunk_import.report import Report
from plunk_import.run.blocking import run_blocking
from plunk_import.run.check import ask_about
from plunk_import.run.deliver import (
    AgreedImport,
    Agreement,
    Consent,
    Refusal,
    events_agreed_to,
    open_gates,
    refusal_of,
)
from plunk_import.run.options import RunOptions, options_to_begin
from plunk_import.run.reporting import estimate_at, report_of_check
from plunk_import.settings import load_connection
from plunk_import.storage import RunDirectory

if TYPE_CHECKING:
    from plunk_import.runtime import Runtime
    from plunk_import.sandbox import SandboxSettings
    from plunk_import.settings import SendSettings


def agree_to(
    found: FirstPass,
    place: RunDirectory,
    *,
    settings: "SendSettings",
    sandbox: "SandboxSettings | None",
    consent: Consent | None,
    runtime: "Runtime",
    earlier: AgreedImport | None = None,
) -> AgreedImport:
    """Ask the project what an import would set off, and a person whether it may, once for all.

    Args:
        found: The first pass over the whole source.
        place: Where the import keeps what it writes, for the report of a refusal.
        settings: How it is to be sent.
        sandbox: Nothing reaches anybody there, so nobody is asked.
        consent: What is allowed, and whom to ask.
        runtime: Clock, progress, transport, and how to stop from outside.
        earlier: What was agreed to when the import began, where it goes on; then nobody is asked
            here, and each shard asks for what it has left.

    Returns:
        What was agreed to, for the shards to carry with them.

    Raises:
        ConsentError: Nobody agreed: nothing was sent.
        SettingsError: There is no key.
        StoppedError: A stop was requested meanwhile.

    """
    options = options_to_begin(
        connection=None,
        settings=settings,
        sandbox=sandbox,
        history=None,
        consent=consent,
        show_addresses=False,
        runtime=runtime,
    )
    agreement = Agreement() if earlier is None else earlier.agreement
    if sandbox is None and earlier is None:
        work = functools.partial(_agreed, found, place, options)
        agreement = run_blocking(work, name="import_file")
    job = found.job
    return AgreedImport(
        fingerprint=job.source.fingerprint(),
        mapping_sha256=job.loaded.sha256,
        scope=options.destination.scope,
        agreement=agreement,
    )


async def _agreed(found: FirstPass, place: RunDirectory, options: RunOptions) -> Agreement:
    runtime, consent = options.runtime, options.consent
    started = runtime.clock.wall()
    with runtime.progress.phase("asking the project", None):
        preflight = await ask_about(found, options.connection or load_connection(), runtime)
    server = options.destination.server
    estimate = estimate_at(found.plan, options.settings.target_rate, started)
    foresight = Foresight(found.plan, estimate, preflight, server)
    events = events_agreed_to(found.plan, found.job.source.fingerprint())
    gates = open_gates(foresight.gates, events, consent=consent, agreement=Agreement())
    refusal = await refusal_of(foresight, gates, consent=consent, stop=runtime.stop)
    if refusal is not None:
        times = (started, runtime.clock.wall())
        report = report_of_check(
            found.job, found.plan, place, times, preflight=preflight, server=server
        )
        raise refusal.error(_refused(report, refusal))
    return Agreement().with_gates([gate for gate in foresight.gates if not gate.is_clear], events)


def _refused(report: Report, refusal: Refusal) -> Report:
    """Turn the report of a check into that of an import that was not begun."""
    changes = {"command": "run", "exit_code": ExitCode.CANNOT_START, "reason": str(refusal)}
    return report.model_copy(update=changes)
