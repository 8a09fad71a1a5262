"""Takes the command line; calls the library, prints, and exits with a code that tells the truth."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from plunk_import.errors import ExitCode, PlunkImportError, single_errors

if TYPE_CHECKING:
    from datetime import datetime

    import anyio

    from plunk_import.edges import Control, Edges
    from plunk_import.progress import Progress
    from plunk_import.report import Report
    from plunk_import.settings import Delivery

# Heavy imports stand inside the commands: `--help` and completion must answer at once.

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


class _Program(click.Group):
    """The commands in the order of their use, and every error in one shape."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's own signature
        try:
            return super().invoke(ctx)
        except PlunkImportError as error:
            _fail(str(error), error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            _fail("Interrupted: nothing was sent.", ExitCode.INTERRUPTED)


def _fail(message: str, exit_code: ExitCode) -> NoReturn:
    click.echo(click.style("Error: ", fg="red") + message, err=True)
    sys.exit(exit_code)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="plunk-import", message="%(prog)s %(version)s")
def main() -> None:
    """Import files of events into Plunk: no row lost, none doubled, every one accounted for."""


@main.command()
@sources_argument
@click.option(
    "-m",
    "--mapping",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; default: beside the file, with the ending .yaml.",
)
@click.option("--event", metavar="NAME", help="The event of every row, or the column that has it.")
@click.option(
    "--names",
    type=click.Choice(["keep", "camel", "snake"]),
    default="keep",
    show_default=True,
    help="How variables are named after their columns.",
)
def init(sources: tuple[str, ...], mapping: Path | None, event: str | None, names: Any) -> None:  # noqa: ANN401 - click gives a Choice's text
    """Propose a mapping from the file itself, with comments; never overwrites."""
    from plunk_import.proposal import propose, write_proposal

    place = mapping or Path(Path(sources[0]).name.split(".")[0] + ".yaml").resolve()
    if mapping is None and Path(sources[0]).exists():
        place = Path(sources[0]).with_name(place.name)
    proposal = propose(sources, event=event, names=names)
    write_proposal(proposal, place)
    for note in proposal.notes:
        click.echo(note)
    click.echo(f"The mapping is in {place}. Read its comments, then:\n")
    click.echo(f"  plunk-import validate {' '.join(sources)} -m {place}")


@main.command()
@sources_argument
@mapping_option
@directory_option
@limit_option
@click.option(
    "--show",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show the first N request bodies exactly as they would be sent.",
)
@show_addresses_option
def validate(sources: tuple[str, ...], mapping: str, **options: Any) -> None:  # noqa: ANN401 - passed on
    """Judge every row by the server's rules. Nothing is sent; no key, no network."""
    from plunk_import.pipeline import validate_file

    _finish(validate_file(sources, mapping, **options, edges=_edges()))


def _rejects_guard(ctx: click.Context, option: click.Parameter, text: str | None) -> float | None:
    """Take `50` as rows and `2%` as a share below 1."""
    if text is None:
        return None
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
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
    from plunk_import.times import next_moment

    try:
        return next_moment(text)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, option) from None


def _duration(ctx: click.Context, option: click.Parameter, text: str | None) -> float | None:
    if text is None:
        return None
    from plunk_import.times import seconds_of

    try:
        return seconds_of(text)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, option) from None


_DELIVERY = {
    "rate": click.option(
        "--rate",
        metavar="RATE",
        help="auto (default): 1000/min, or what the server's own limit allows; 100/s; unlimited.",
    ),
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
        callback=_duration,
        metavar="TIME",
        help="How long to wait for a server that is away; default 10m.",
    ),
    "request_timeout_seconds": click.option(
        "--timeout",
        "request_timeout_seconds",
        callback=_duration,
        metavar="TIME",
        help="How long to wait for one reply; default 60s.",
    ),
    "settle_seconds": click.option(
        "--settle",
        "settle_seconds",
        callback=_duration,
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
        callback=_duration,
        metavar="TIME",
        help="Stop in good order after this long, such as 5h; exit code 4.",
    ),
    "limit": limit_option,
}


def delivery_options(command: Command) -> Command:
    """Add the options of everything that sends; they arrive as one dict, `delivery`."""

    @functools.wraps(command)
    def with_delivery(*args: Any, **given: Any) -> Any:  # noqa: ANN401 - a decorator passes all on
        chosen = {name: given.pop(name) for name in _DELIVERY}
        wishes = {name: value for name, value in chosen.items() if value is not None}
        return command(*args, delivery=wishes, **given)

    for option in reversed(_DELIVERY.values()):
        with_delivery = option(with_delivery)
    return with_delivery


def _delivery(wishes: dict[str, Any]) -> "Delivery":
    from pydantic import ValidationError

    from plunk_import.settings import Delivery

    try:
        return Delivery(**wishes)
    except ValidationError as error:
        first = error.errors()[0]
        option = "--" + str(first["loc"][0]).replace("_", "-")
        raise click.BadParameter(
            first["msg"].removeprefix("Value error, "), param_hint=option
        ) from None


@main.command()
@sources_argument
@mapping_option
@directory_option
@delivery_options
@click.option(
    "--history",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Skip rows whose key an earlier run delivered; an SQLite file kept across runs.",
)
@click.option("--sandbox", is_flag=True, help="Send into an embedded Plunk instead of a real one.")
@click.option(
    "--profile",
    type=click.Choice(["spring", "autumn"]),
    default="autumn",
    show_default=True,
    help="With --sandbox: which build of the server to be.",
)
@show_addresses_option
def run(
    sources: tuple[str, ...],
    mapping: str,
    *,
    delivery: dict[str, Any],
    sandbox: bool,
    profile: str,
    **options: Any,  # noqa: ANN401 - passed on
) -> None:
    """Send every valid row to Plunk and account for all of them.

    Reads PLUNK_API_KEY (or PLUNK_API_KEY_FILE) and PLUNK_BASE_URL from the environment or `.env`.
    With PLUNK_SECRET_KEY too, rows in doubt are settled by reading them back. Where the run
    directory holds this run already, it goes on.
    """
    from plunk_import.pipeline import aimport_file
    from plunk_import.sandbox import Profile, SandboxSettings

    settings = SandboxSettings(profile=Profile(profile)) if sandbox else None
    edges = _edges()
    work = functools.partial(
        aimport_file,
        sources,
        mapping,
        **options,
        delivery=_delivery(delivery),
        sandbox=settings,
        edges=edges,
    )
    _finish(_governed(edges, work))


run_directory_argument = click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))


@main.command()
@run_directory_argument
@delivery_options
@show_addresses_option
def resume(directory: Path, *, delivery: dict[str, Any], show_addresses: bool) -> None:
    """Go on with a run where it stopped.

    Delivered and rejected rows are not touched; options not given are as the run began, but for
    its limits.
    """
    from plunk_import.pipeline import aresume

    edges = _edges()
    work = functools.partial(
        aresume, directory, wishes=_checked(delivery), show_addresses=show_addresses, edges=edges
    )
    _finish(_governed(edges, work))


@main.command()
@run_directory_argument
@delivery_options
@show_addresses_option
def resolve(directory: Path, *, delivery: dict[str, Any], show_addresses: bool) -> None:
    """Settle a run's rows in doubt, and find the event ids that are missing.

    With PLUNK_SECRET_KEY they are read back. Without it, where the server takes idempotency keys,
    they are sent again under their old key, which stores nothing twice. What turns out not to be
    stored is pending then: `resume` sends it.
    """
    from plunk_import.pipeline import aresolve

    edges = _edges()
    work = functools.partial(
        aresolve, directory, wishes=_checked(delivery), show_addresses=show_addresses, edges=edges
    )
    _finish(_governed(edges, work))


def _checked(wishes: dict[str, Any]) -> dict[str, Any]:
    _delivery(wishes)
    return wishes


@main.command()
@run_directory_argument
@click.option("--write", is_flag=True, help="Write results, rejects and report anew.")
@show_addresses_option
def status(directory: Path, *, write: bool, show_addresses: bool) -> None:
    """Tell where a run stands, from its journal and its source."""
    from plunk_import.pipeline import status

    _finish(status(directory, write=write, show_addresses=show_addresses, edges=_edges()))


@main.group()
def history() -> None:
    """Look after the file that `run --history` keeps."""


history_argument = click.argument(
    "path", metavar="HISTORY", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@history.command()
@history_argument
@click.option(
    "--older-than",
    "seconds",
    required=True,
    callback=_duration,
    metavar="TIME",
    help="Such as 90d: keep it longer than your exports reach back.",
)
def prune(path: Path, seconds: float) -> None:
    """Forget keys that were delivered long ago."""
    from datetime import UTC, datetime, timedelta

    from plunk_import.history import History

    with History.open(path) as known:
        forgotten = known.prune(datetime.now(UTC) - timedelta(seconds=seconds))
        known.vacuum()
        click.echo(f"{forgotten:,} keys forgotten, {known.count():,} kept.")


@history.command()
@history_argument
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
def forget(path: Path, directory: Path) -> None:
    """Accept that what a lost run delivered stays unknown: its rows may be sent twice."""
    from plunk_import.history import History

    with History.open(path) as known:
        if not known.finish(directory.resolve()):
            raise click.UsageError(f"The history knows of no unfinished run in {directory}.")
    click.echo(f"Forgotten: the run in {directory}.")


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=4100, show_default=True)
@click.option(
    "--profile",
    type=click.Choice(["spring", "autumn"]),
    default="autumn",
    show_default=True,
    help="Which build of the server to be.",
)
@click.option(
    "--limiter", metavar="RATE:BURST", help="Turn the server's token bucket on, such as 100/s:200."
)
@click.option(
    "--database",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Keep what is stored in this SQLite file; default: gone at the end.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT",
    help="Misbehave on demand, such as store-then-drop:0.02; may be given again.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides where faults strike.")
@click.option(
    "--workflow",
    "workflows",
    multiple=True,
    metavar="EVENT",
    help="Have an enabled workflow that this event triggers; may be given again.",
)
def sandbox(
    port: int,
    profile: str,
    limiter: str | None,
    database: Path | None,
    faults: tuple[str, ...],
    seed: int,
    workflows: tuple[str, ...],
) -> None:
    """Run the embedded Plunk on its own, on loopback, until Ctrl-C."""
    from plunk_import.sandbox import Profile, SandboxSettings, parse_fault, parse_limiter
    from plunk_import.sandbox.server import Sandbox, serve

    try:
        settings = SandboxSettings(
            profile=Profile(profile),
            port=port,
            database=database,
            seed=seed,
            limiter=None if limiter is None else parse_limiter(limiter),
            faults=tuple(map(parse_fault, faults)),
            workflows=workflows,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None

    def announce(server: Sandbox) -> None:
        click.echo(
            f"The sandbox ({profile}) answers at {server.base_url}\n"
            f"  public key    {server.public_key}\n"
            f"  secret key    {server.secret_key}\n"
            "  disabled      pk_disabled\n"
            f"  database      {server.database}\n"
            "Ctrl-C ends it."
        )

    try:
        serve(settings, announce)
    except OSError as error:
        _fail(f"The sandbox could not start: {error}.", ExitCode.CANNOT_START)


@main.command()
def schema() -> None:
    """Print the JSON Schema of the mapping file, for editors."""
    import json

    from plunk_import.mapping import mapping_schema

    click.echo(json.dumps(mapping_schema(), indent=2, ensure_ascii=False))


@main.command()
def codes() -> None:
    """Print every reject code with its meaning and its remedy."""
    from plunk_import.rejects import REGISTRY

    for entry in REGISTRY.values():
        click.echo(f"{click.style(entry.code, bold=True)}\n  {entry.meaning}\n  {entry.remedy}")


def _edges() -> "Edges":
    from plunk_import.edges import Edges

    return Edges(progress=_progress())


def _progress() -> "Progress":
    from plunk_import.progress import SilentProgress, TerminalProgress

    return TerminalProgress() if sys.stderr.isatty() else SilentProgress()


def _governed(edges: "Edges", work: Callable[[], Any]) -> "Report":
    """Run async work; the first SIGINT or SIGTERM stops it in good order, the second at once."""
    import anyio

    from plunk_import.pipeline import run_async

    async def watched() -> "Report | None":
        report = None
        with single_errors():
            async with anyio.create_task_group() as watching:
                watching.start_soon(_watch_signals, edges.control, watching.cancel_scope)
                report = await work()
                watching.cancel_scope.cancel()
        return report

    report = run_async(watched)
    if report is None:
        request = edges.control.request
        code = request.exit_code if request else ExitCode.INTERRUPTED
        _fail("Stopped at once. The journal is whole: `plunk-import resume` goes on.", code)
    return report


async def _watch_signals(control: "Control", everything: "anyio.CancelScope") -> None:
    import signal

    import anyio

    from plunk_import.edges import StopRequest

    codes_of = {
        signal.SIGINT: (ExitCode.INTERRUPTED, "interrupted"),
        signal.SIGTERM: (ExitCode.TERMINATED, "terminated"),
    }
    with anyio.open_signal_receiver(*codes_of) as signals:
        async for received in signals:
            if control.request is not None:
                everything.cancel()
            code, reason = codes_of[received]
            control.stop(StopRequest(code, reason))
            click.echo("Finishing what is in flight; once more stops at once.", err=True)


def _finish(report: "Report") -> NoReturn:
    from plunk_import.summary import summarize

    click.echo(summarize(report))
    sys.exit(report.exit_code)
