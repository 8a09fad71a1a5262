"""The terminal: how work of the library is run in front of a person or a scheduler."""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from plunk_import.cli.output import Output
from plunk_import.cli.streams import silence
from plunk_import.errors import ConsentError, ExitCode, single_errors

if TYPE_CHECKING:
    from datetime import timedelta

    import anyio

    from plunk_import.report import Report
    from plunk_import.run import Consent
    from plunk_import.runtime import Clock, Runtime, Stop
    from plunk_import.settings import Connection

_LOOK_EVERY_SECONDS = 2.0


def runtime_here() -> "Runtime":
    """Make the runtime of this process, with progress as its output options say."""
    from plunk_import.runtime import Runtime, SystemClock

    clock = SystemClock()
    return Runtime(clock=clock, progress=Output.here().progress(clock))


def governed(runtime: "Runtime", work: Callable[[], Any]) -> "Report":
    """Run async work; the first SIGINT or SIGTERM stops it in good order, the second at once."""
    import anyio

    from plunk_import.runtime import run_async

    async def watched() -> "Report | None":
        report = None
        with single_errors():
            async with anyio.create_task_group() as watching:
                watching.start_soon(_watch_signals, runtime.stop, watching.cancel_scope)
                try:
                    report = await work()
                except ConsentError as refused:
                    report = refused.report
                watching.cancel_scope.cancel()
        return report

    report = run_async(watched)
    if report is None:
        request = runtime.stop.request
        code = request.exit_code if request else ExitCode.INTERRUPTED
        message = "Stopped at once. The journal is whole: `plunk-import resume` goes on."
        Output.here().log("warning", message, exit_code=int(code))
        sys.stderr.flush()
        # Threads of the HTTP engine may still hold on to a request: leave without waiting.
        os._exit(code)
    return report


async def _watch_signals(stop: "Stop", everything: "anyio.CancelScope") -> None:
    import signal

    import anyio

    from plunk_import.runtime import StopRequest

    codes_of = {
        signal.SIGINT: (ExitCode.INTERRUPTED, "interrupted"),
        signal.SIGTERM: (ExitCode.TERMINATED, "terminated"),
    }
    with anyio.open_signal_receiver(*codes_of) as signals:
        count = 0
        async for received in signals:
            count += 1
            if count > 1:
                everything.cancel()
            code, reason = codes_of[received]
            stop.ask(StopRequest(code, reason))
            message = "Finishing what is in flight; once more stops at once."
            Output.here().log("warning", message, event="stopping")


def watched(look: Callable[[], "Report"], clock: "Clock") -> None:
    """Show a run again and again, as long as a process is at work on it."""
    from plunk_import.report import summarize
    from plunk_import.runtime import run_async

    while (report := look()).worker is not None:
        if sys.stdout.isatty():
            click.clear()
        click.echo(summarize(report))
        run_async(functools.partial(clock.sleep, _LOOK_EVERY_SECONDS))
    if sys.stdout.isatty():
        click.clear()


def finish(report: "Report", *, form: str = "text", opens_page: bool = False) -> NoReturn:
    """Print the report in this form; exit with its own code."""
    output = Output.here()
    if output.as_json or not output.is_quiet:
        _print(_said(report, "json" if output.as_json else form), output, report.directory)
    if opens_page and report.directory is not None:
        page = Path(report.directory, "report.html").resolve()
        if click.launch(str(page)) != 0:
            output.log("warning", f"--open: no browser could be started. The page is {page}.")
    sys.exit(report.exit_code)


def _print(text: str, output: Output, directory: str | None) -> None:
    """Print the report; where nobody takes it, the exit code is still its own."""
    try:
        click.echo(text)
    except OSError as error:
        # What could not be written is written again at the end, which would change the exit code.
        silence()
        if not isinstance(error, BrokenPipeError):
            place = f": see {directory}" if directory else ""
            output.log("warning", f"The report cannot be printed ({error.strerror}){place}.")


def _said(report: "Report", form: str) -> str:
    from plunk_import.report import printable

    if form == "json":
        # Only texts within can need escapes, and JSON has the same ones.
        return printable(report.model_dump_json(indent=2))
    if form == "github":
        from plunk_import.report import annotations

        return "\n".join(annotations(report))
    from plunk_import.report import summarize

    return summarize(report)


def connection_here(key_lifetime: "timedelta | None") -> "Connection | None":
    """Read the connection where an option changes it; None leaves that to the library."""
    from plunk_import.settings import load_connection

    if key_lifetime is None:
        return None
    return load_connection().model_copy(update={"key_lifetime": key_lifetime})


def consent_here(
    *, yes: bool, allow_drop: bool, allow_workflows: bool, allow_resubscribe: bool
) -> "Consent":
    """Tell what is allowed, and who may say more: the person at the terminal, or nobody."""
    from plunk_import.cli.person import agreed, somebody_is_here
    from plunk_import.run import Consent

    return Consent(
        allow_drop=allow_drop,
        allow_workflows=allow_workflows,
        allow_resubscribe=allow_resubscribe,
        ask=None if yes or not somebody_is_here() else agreed,
        warn=functools.partial(Output.here().log, "warning"),
    )
