"""What a command prints: its report on standard output, all else on standard error."""

import dataclasses
import functools
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import click

from plunk_import.cli.parameters import duration

if TYPE_CHECKING:
    from plunk_import.runtime import Clock, Progress

Level = Literal["info", "warning", "error"]

_KEY = "plunk_import.output"
_STARTS = {"info": "", "warning": "Warning: ", "error": "Error: "}
_COLOURS = {"info": None, "warning": "yellow", "error": "red"}


@dataclasses.dataclass(frozen=True, slots=True)
class Output:
    """How a command speaks, as its options say."""

    as_json: bool = False
    is_quiet: bool = False
    is_verbose: bool = False
    log_every_seconds: float = 60.0
    logs_json: bool = False

    @classmethod
    def here(cls) -> "Output":
        """Find what the command at work was asked for."""
        context = click.get_current_context(silent=True)
        found: Output = cls() if context is None else context.meta.get(_KEY, cls())
        return found

    def say(self, message: str) -> None:
        """Print what a person asked for; it may quote a file or a server."""
        from plunk_import.report import printable

        if not self.is_quiet:
            click.echo(printable(message))

    def log(self, level: Level, message: str, **fields: object) -> None:
        """Write a line on standard error: for people, or as JSON with stable field names."""
        from plunk_import.report import printable

        if self.is_quiet and level == "info":
            return
        if self.logs_json:
            moment = datetime.now(UTC).isoformat(timespec="seconds")
            line = {"time": moment, "level": level, "message": message, **fields}
            click.echo(json.dumps(line), err=True)
        else:
            start = click.style(_STARTS[level], fg=_COLOURS[level]) if _STARTS[level] else ""
            click.echo(start + printable(message), err=True)

    def progress(self, clock: "Clock") -> "Progress":
        """Choose how progress shows: a bar on a terminal, now and then a line elsewhere."""
        from plunk_import.cli.person import TerminalProgress
        from plunk_import.runtime import LogLines, SilentProgress

        if self.is_quiet:
            return SilentProgress()
        if sys.stderr.isatty() and not self.logs_json:
            return TerminalProgress()
        return LogLines(self._tell, every_seconds=self.log_every_seconds, clock=clock)

    def _tell(self, message: str, fields: Mapping[str, object]) -> None:
        if self.is_verbose or fields["event"] == "progress":
            self.log("info", message, **fields)


json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the outcome as JSON, alone on standard output."
)

_OPTIONS = (
    json_option,
    click.option("-q", "--quiet", "is_quiet", is_flag=True, help="Print only warnings and errors."),
    click.option(
        "-v", "--verbose", "is_verbose", is_flag=True, help="Say when each phase begins and ends."
    ),
    click.option(
        "--log-every",
        "log_every_seconds",
        type=duration,
        default="1m",
        show_default=True,
        metavar="TIME",
        help="Without a terminal: how often to write a line of progress.",
    ),
    click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        show_default=True,
        help="The form of what is written to standard error.",
    ),
)


def output_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a command speaks; `Output.here()` has them."""

    @functools.wraps(command)
    def with_output(
        *args: Any,  # noqa: ANN401 - a decorator passes all on
        as_json: bool,
        is_quiet: bool,
        is_verbose: bool,
        log_every_seconds: float,
        log_format: str,
        **given: Any,  # noqa: ANN401 - a decorator passes all on
    ) -> Any:  # noqa: ANN401 - a decorator passes all on
        click.get_current_context().meta[_KEY] = Output(
            as_json=as_json,
            is_quiet=is_quiet,
            is_verbose=is_verbose,
            log_every_seconds=log_every_seconds,
            logs_json=log_format == "json",
        )
        return command(*args, **given)

    for option in reversed(_OPTIONS):
        with_output = option(with_output)
    return with_output
