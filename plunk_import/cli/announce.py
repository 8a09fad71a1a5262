"""Telling others how a run ended: metrics, a watchdog that is pinged, a webhook."""

import contextlib
import dataclasses
import functools
import json
import platform
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

import click

from plunk_import.cli.output import Output
from plunk_import.errors import ExitCode, OutputError, PlunkImportError

if TYPE_CHECKING:
    import urllib.request

    from plunk_import.report import Report
    from plunk_import.runtime import Clock

State = Literal["ok", "needs a look", "failed"]

_KEY = "plunk_import.announcements"
_TIMEOUT_SECONDS = 10.0
_STATES: dict[ExitCode, State] = {
    ExitCode.DELIVERED: "ok",
    ExitCode.INCOMPLETE: "needs a look",
    ExitCode.TIME_IS_UP: "needs a look",
}


def web_address(text: str) -> str:
    """Check an address of the web, as an option takes it."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise click.BadParameter("write an address that begins with https:// or http://")
    return text


def shown_address(address: str) -> str:
    """Show an address without its path, which is a secret: who knows it can ping in our name."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}/…" if parts.hostname else "(set)"


@dataclasses.dataclass(frozen=True, slots=True)
class Announcements:
    """Whom to tell of a run's begin and end."""

    metrics: Path | None = None
    ping: str | None = None
    notify: str | None = None

    def begun(self, output: Output) -> None:
        """Tell the watchdog that a run has begun."""
        if self.ping is not None:
            _post(output, "--ping", _below(self.ping, "start"), b"")

    def ended(self, ending: "_Ending", output: Output) -> None:
        """Tell everybody how it ended; what fails is a warning, for the run itself is over."""
        if self.metrics is not None:
            _write_metrics(ending, self.metrics, output)
        if self.ping is not None:
            succeeded = ending.exit_code is ExitCode.DELIVERED
            address = self.ping if succeeded else _below(self.ping, "fail")
            _post(output, "--ping", address, _masked(ending.verdict).encode())
        if self.notify is not None:
            _notify(ending, self.notify, output)


@dataclasses.dataclass(frozen=True, slots=True)
class _Ending:
    """How a command ended, with or without a report."""

    mapping: str
    parent: Path
    started: datetime
    finished: datetime
    exit_code: ExitCode
    verdict: str
    report: "Report | None"

    @property
    def state(self) -> State:
        return _STATES.get(self.exit_code, "failed")


_OPTIONS = (
    click.option(
        "--metrics",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write Prometheus metrics to this file, for a node exporter's textfile collector.",
    ),
    click.option(
        "--ping",
        type=web_address,
        metavar="URL",
        help="Ping a watchdog such as healthchecks.io: URL/start, then URL or URL/fail.",
    ),
    click.option(
        "--notify",
        type=web_address,
        metavar="URL",
        help="Post a JSON summary there when the outcome is another than the last time.",
    ),
)


def announce_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name whom to tell; `announced` tells them."""

    @functools.wraps(command)
    def with_announcements(
        *args: Any,  # noqa: ANN401 - a decorator passes all on
        metrics: Path | None,
        ping: str | None,
        notify: str | None,
        **given: Any,  # noqa: ANN401 - a decorator passes all on
    ) -> Any:  # noqa: ANN401 - a decorator passes all on
        click.get_current_context().meta[_KEY] = Announcements(metrics, ping, notify)
        return command(*args, **given)

    for option in reversed(_OPTIONS):
        with_announcements = option(with_announcements)
    return with_announcements


def announced(
    work: Callable[[], "Report"], clock: "Clock", *, directory: Path | None, mapping: str
) -> "Report":
    """Run work that sends, and tell whoever shall know how it ended, also when by an error.

    Args:
        work: What gives the report.
        clock: Tells when it began and ended.
        directory: The run's directory, if it was named.
        mapping: What the import is called where several are watched.

    """
    announcements: Announcements = click.get_current_context().meta.get(_KEY, Announcements())
    output, started = Output.here(), clock.wall()
    parent = Path("runs") if directory is None else directory.parent

    def ended(exit_code: ExitCode, verdict: str, report: "Report | None" = None) -> None:
        ending = _Ending(mapping, parent, started, clock.wall(), exit_code, verdict, report)
        announcements.ended(ending, output)

    announcements.begun(output)
    try:
        report = work()
    except PlunkImportError as error:
        ended(error.exit_code, str(error))
        raise
    except Exception as error:
        ended(ExitCode.STOPPED, f"not foreseen: {type(error).__name__}")
        raise
    ended(report.exit_code, report.verdict, report)
    return report


def name_of_run(directory: Path) -> str:
    """Recall what the import in a directory is called: after its mapping, as when it was begun."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        return Path(json.loads((directory / "report.json").read_bytes())["mapping"]).stem
    return directory.name


def _write_metrics(ending: _Ending, path: Path, output: Output) -> None:
    from plunk_import.report import Ending, write_metrics

    measured = Ending(
        ending.mapping, ending.exit_code, ending.started, ending.finished, ending.report
    )
    try:
        write_metrics(measured, path)
    except OutputError as error:
        output.log("warning", str(error))


def _notify(ending: _Ending, address: str, output: Output) -> None:
    memory = ending.parent / ".last-outcomes.json"
    known = _remembered(memory)
    before = known.get(ending.mapping)
    if ending.state == before or (before is None and ending.state == "ok"):
        _remember(memory, {**known, ending.mapping: ending.state}, output)
        return
    if _post(output, "--notify", address, _summary(ending, before).encode(), "application/json"):
        _remember(memory, {**known, ending.mapping: ending.state}, output)


def _summary(ending: _Ending, before: str | None) -> str:
    """Sum the outcome up without an address or a key."""
    books = None if ending.report is None else ending.report.books.model_dump()
    reason = None if ending.report is None else ending.report.reason
    return json.dumps(
        {
            "state": ending.state,
            "before": before,
            "mapping": _masked(ending.mapping),
            "verdict": _masked(ending.verdict),
            "reason": None if reason is None else _masked(reason),
            "exit_code": int(ending.exit_code),
            "books": books,
            "started": ending.started.isoformat(),
            "finished": ending.finished.isoformat(),
            "host": platform.node(),
        }
    )


def _masked(text: str) -> str:
    from plunk_import.report import Masking, printable

    return printable(str(Masking()(text)))


def _remembered(memory: Path) -> dict[str, str]:
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(memory.read_text(encoding="utf-8"))
        return found if isinstance(found, dict) else {}
    return {}


def _remember(memory: Path, states: dict[str, str], output: Output) -> None:
    from plunk_import.storage import replacing

    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        with replacing(memory) as stream:
            stream.write(json.dumps(states).encode())
    except (OSError, PlunkImportError) as error:
        output.log("warning", f"--notify: the outcome could not be remembered: {error}")


def _below(address: str, name: str) -> str:
    """Add a last part to the path of an address, whatever stands behind it."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))


def _post(output: Output, option: str, address: str, body: bytes, kind: str = "text/plain") -> bool:
    """Post to an address; what goes wrong is a warning, which names the host alone.

    The path of such an address is a secret: whoever knows it can ping in our name.
    """
    import http.client
    import urllib.request

    request = urllib.request.Request(  # noqa: S310 - the option takes http and https alone
        address, data=body, method="POST", headers={"Content-Type": f"{kind}; charset=utf-8"}
    )
    try:
        with _reply(request):
            return True
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        host = urlsplit(address).hostname
        output.log("warning", f"{option}: {host} could not be told ({reason}).")
        return False


@contextlib.contextmanager
def _reply(request: "urllib.request.Request") -> Iterator[None]:
    import urllib.request

    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310 - see above
        yield
