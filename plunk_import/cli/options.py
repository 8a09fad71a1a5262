"""The options that several commands share."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plunk_import.cli.parameters import (
    duration,
    key_lifetime,
    moment,
    rate,
    rows_or_share,
    shard,
    share,
)

if TYPE_CHECKING:
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
open_option = click.option(
    "--open", "opens_page", is_flag=True, help="Show report.html in the browser at the end."
)
limit_option = click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Only the first N rows, to start with."
)
allow_empty_option = click.option(
    "--allow-empty", is_flag=True, help="Files without any row are well: exit 0, nothing to do."
)
run_directory_argument = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
rate_option = click.option(
    "--rate",
    type=rate,
    metavar="RATE",
    help="auto (default): 1000/min, or what the server's own limit allows; 100/s; unlimited.",
)
key_lifetime_option = click.option(
    "--key-lifetime",
    type=key_lifetime,
    metavar="TIME",
    help="How long your server knows an idempotency key (its IDEMPOTENCY_KEY_TTL_HOURS), such as "
    "48h; default: PLUNK_KEY_LIFETIME, else 24h at the hosted API and 1h elsewhere.",
)

_CONSENT = {
    "allow_drop": click.option(
        "--allow-drop",
        is_flag=True,
        help="Go on though the file is further from the last run's than --max-drop.",
    ),
    "allow_workflows": click.option(
        "--allow-workflows",
        is_flag=True,
        help="Go on though workflows in Plunk would run for people of this file, or nobody knows.",
    ),
    "allow_resubscribe": click.option(
        "--allow-resubscribe",
        is_flag=True,
        help="Go on though people who unsubscribed would be subscribed again.",
    ),
    "yes": click.option(
        "-y",
        "--yes",
        is_flag=True,
        help="Do not ask before the first row; what is refused unattended needs its own --allow-…",
    ),
}


def consent_options(command: Command) -> Command:
    """Add the options that agree to something in advance; they arrive as one dict, `consent`."""

    @functools.wraps(command)
    def with_consent(*args: Any, **given: Any) -> Any:  # noqa: ANN401 - a decorator passes all on
        return command(*args, consent={name: given.pop(name) for name in _CONSENT}, **given)

    for option in reversed(_CONSENT.values()):
        with_consent = option(with_consent)
    return with_consent


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
        type=duration,
        metavar="TIME",
        help="How long to wait for a server that is away; default 10m.",
    ),
    "request_timeout_seconds": click.option(
        "--timeout",
        "request_timeout_seconds",
        type=duration,
        metavar="TIME",
        help="How long to wait for one reply; default 60s.",
    ),
    "settle_seconds": click.option(
        "--settle",
        "settle_seconds",
        type=duration,
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
        type=rows_or_share,
        metavar="N|N%",
        help="Stop, before or while sending, when more rows than this are rejected.",
    ),
    "accept_rejects": click.option(
        "--accept-rejects",
        type=rows_or_share,
        metavar="N|N%",
        help="Exit with 0 though up to so many rows are rejected; they are told all the same.",
    ),
    "max_drop": click.option(
        "--max-drop",
        type=share,
        metavar="N%",
        help="Stop before the first row of a file that is so much short of the last run in the "
        "history: fewer rows, emptied columns, many more rejects, or a new event name.",
    ),
    "until": click.option(
        "--until",
        type=moment,
        metavar="TIME",
        help="Stop in good order at this time, such as 06:00; exit code 4.",
    ),
    "max_duration_seconds": click.option(
        "--max-duration",
        "max_duration_seconds",
        type=duration,
        metavar="TIME",
        help="Stop in good order after this long, such as 5h; exit code 4.",
    ),
    "limit": limit_option,
    "shard": click.option(
        "--shard",
        type=shard,
        metavar="I/N",
        help="Only shard I of N: the contacts that N senders share out by their addresses.",
    ),
    "manifest": click.option(
        "--manifest",
        metavar="PLACE",
        help="Where all shards note what they take, so that none is sent twice: a directory or "
        "s3:// URL.",
    ),
}


def send_options(command: Command) -> Command:
    """Add the options of everything that sends; they arrive as one dict, `settings`."""

    @functools.wraps(command)
    def with_send_options(*args: Any, **given: Any) -> Any:  # noqa: ANN401 - a decorator passes all on
        chosen = {name: given.pop(name) for name in _DELIVERY}
        chosen_settings = {name: value for name, value in chosen.items() if value is not None}
        return command(*args, settings=chosen_settings, **given)

    for option in reversed(_DELIVERY.values()):
        with_send_options = option(with_send_options)
    return with_send_options


def send_settings_of(chosen_settings: dict[str, Any]) -> "SendSettings":
    """Make the settings; a wrong one is told by its option."""
    from pydantic import ValidationError

    from plunk_import.settings import SendSettings

    try:
        return SendSettings.model_validate(chosen_settings)
    except ValidationError as error:
        first = error.errors()[0]
        parameters = click.get_current_context().command.params
        names = {parameter.name: parameter.opts[0] for parameter in parameters}
        raise click.BadParameter(
            first["msg"].removeprefix("Value error, "), param_hint=names[str(first["loc"][0])]
        ) from None
