"""Takes what people write behind a command; gives the values that the library takes."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datetime import datetime

    from plunk_import.settings import SendSettings

Command = Callable[..., Any]

sources_argument = click.argument("sources", nargs=-1, required=True, metavar="FILE...")
mapping_option = click.option(
    "-m", "--mapping", required=True, type=click.Path(dir_okay=False), help="The mapping file."
)
directory_option = click.option(
    "-o",
    "--output",
    "directory",
    type=click.Path(path_type=Path),
    help="The run directory; default: a new one under runs/.",
)
show_addresses_option = click.option(
    "--show-addresses", is_flag=True, help="Leave addresses readable in report.html."
)
limit_option = click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N rows, to start with."
)
run_directory_argument = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
rate_option = click.option(
    "--rate",
    metavar="RATE",
    help="auto (default): 1000/min, or what the server's own limit allows; 100/s; unlimited.",
)
allow_workflows_option = click.option(
    "--allow-workflows",
    is_flag=True,
    help="Go on though workflows in Plunk would run for customers of this file.",
)
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask before the first row.")


def _rejects_guard(ctx: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """Take `50` as rows and `2%` as a share below 1."""
    if text is None:
        return None
    try:
        number = float(text.removesuffix("%"))
        int(number)  # neither infinity nor what is no number at all
    except (ValueError, OverflowError):
        raise click.BadParameter("say 50 for rows or 2% for a share", ctx, option) from None
    if not text.endswith("%"):
        if number != int(number) or number < 0:
            raise click.BadParameter("rows are whole: say 50, or 2% for a share", ctx, option)
        return number
    if not 0 <= number < 100:
        raise click.BadParameter("a share is at least 0% and below 100%", ctx, option)
    return number / 100


def _moment(ctx: click.Context, option: click.Parameter, text: str | None) -> "datetime | None":
    """Take `06:00` as the next time the clock shows it here, or a whole date and time."""
    if text is None:
        return None
    from plunk_import.cli.times import next_moment

    try:
        return next_moment(text)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, option) from None


def duration(ctx: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """Take `90s`, `10m` or `5h` as seconds."""
    if text is None:
        return None
    from plunk_import.cli.times import seconds_of

    try:
        return seconds_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, option) from None


_DELIVERY = {
    "rate": rate_option,
    "headroom": click.option(
        "--headroom",
        type=click.FloatRange(0, 1, max_open=True),
        metavar="SHARE",
        help="What auto leaves of the server's limit to live traffic; default 0.1.",
    ),
    "max_in_flight": click.option(
        "--max-in-flight",
        type=click.IntRange(1, 1000),
        metavar="N",
        help="Most requests waiting for a reply at once; default 10.",
    ),
    "patience_seconds": click.option(
        "--patience",
        "patience_seconds",
        callback=duration,
        metavar="TIME",
        help="How long to wait for a server that is away; default 10m.",
    ),
    "request_timeout_seconds": click.option(
        "--timeout",
        "request_timeout_seconds",
        callback=duration,
        metavar="TIME",
        help="How long to wait for one reply; default 60s.",
    ),
    "settle_seconds": click.option(
        "--settle",
        "settle_seconds",
        callback=duration,
        metavar="TIME",
        help="How long after its request a row that is not found may still appear; default 30s.",
    ),
    "in_doubt": click.option(
        "--in-doubt",
        type=click.Choice(["hold", "resend"]),
        help="hold (default): never send blindly again. resend: at least once, so maybe twice.",
    ),
    "max_rejects": click.option(
        "--max-rejects",
        callback=_rejects_guard,
        metavar="N|N%",
        help="Stop, before or while sending, when more rows than this are rejected.",
    ),
    "until": click.option(
        "--until",
        callback=_moment,
        metavar="TIME",
        help="Stop in good order at this time, such as 06:00; exit code 4.",
    ),
    "max_duration_seconds": click.option(
        "--max-duration",
        "max_duration_seconds",
        callback=duration,
        metavar="TIME",
        help="Stop in good order after this long, such as 5h; exit code 4.",
    ),
    "limit": limit_option,
}


def send_options(command: Command) -> Command:
    """Add the options of everything that sends; they arrive as one dict, `settings`."""

    @functools.wraps(command)
    def with_send_options(*args: Any, **given: Any) -> Any:  # noqa: ANN401 - a decorator passes all on
        chosen = {name: given.pop(name) for name in _DELIVERY}
        wishes = {name: value for name, value in chosen.items() if value is not None}
        return command(*args, settings=wishes, **given)

    for option in reversed(_DELIVERY.values()):
        with_send_options = option(with_send_options)
    return with_send_options


def send_settings_of(wishes: dict[str, Any]) -> "SendSettings":
    """Make the settings; a wrong wish is told by its option."""
    from pydantic import ValidationError

    from plunk_import.settings import SendSettings

    try:
        return SendSettings(**wishes)
    except ValidationError as error:
        first = error.errors()[0]
        parameters = click.get_current_context().command.params
        names = {parameter.name: parameter.opts[0] for parameter in parameters}
        raise click.BadParameter(
            first["msg"].removeprefix("Value error, "), param_hint=names[str(first["loc"][0])]
        ) from None
