"""The commands that send nothing: init, validate, check, schema and codes."""

import dataclasses
import functools
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plunk_import.cli.cluster import dask_option
from plunk_import.cli.options import (
    allow_empty_option,
    directory_option,
    limit_option,
    mapping_option,
    open_option,
    rate_option,
    show_addresses_option,
    sources_argument,
)
from plunk_import.cli.output import Output, json_option, output_options
from plunk_import.cli.person import consent_question
from plunk_import.cli.terminal import finish, governed, runtime_here
from plunk_import.runtime import importing

if TYPE_CHECKING:
    from plunk_import.report import Report


@click.command()
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
@json_option
def init(
    sources: tuple[str, ...],
    mapping: Path | None,
    event: str | None,
    names: Any,  # noqa: ANN401 - click gives a Choice's text
    *,
    as_json: bool,
) -> None:
    """Propose a mapping from the file itself, with comments; never overwrites.

    Where the file does not tell which column says who wants mail, a person at the terminal is
    asked.
    """
    from plunk_import.propose import propose, write_proposal
    from plunk_import.validate import name_of

    first = Path(sources[0])
    beside = first.with_name(first.name.split(".")[0] + ".yaml")
    place = mapping or (beside if first.exists() else Path(f"{name_of(sources)}.yaml"))
    ask_consent = None if as_json else consent_question()
    proposal = propose(sources, event=event, names=names, ask_consent=ask_consent)
    write_proposal(proposal, place)
    output = Output.here()
    if as_json:
        click.echo(json.dumps({"mapping": str(place), "notes": proposal.notes}))
        return
    for note in proposal.notes:
        output.say(note)
    output.say(f"The mapping is in {place}. Read its comments, then:\n")
    output.say(f"  plunk-import {shlex.join(['validate', *sources, '-m', str(place)])}")


@click.command()
@sources_argument
@mapping_option
@directory_option
@limit_option
@allow_empty_option
@click.option(
    "--show",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Show the first N request bodies exactly as they would be sent.",
)
@rate_option
@click.option("--strict", is_flag=True, help="Warnings count: exit 1 where there are any.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="What to print: a summary, the report, or annotations for GitHub's CI.",
)
@dask_option
@show_addresses_option
@open_option
@output_options
def validate(
    sources: tuple[str, ...],
    mapping: str,
    *,
    form: str,
    opens_page: bool,
    cluster: str | None,
    **options: Any,  # noqa: ANN401 - passed on
) -> None:
    """Judge every row by the server's rules. Nothing is sent; no key, no network."""
    options |= {"rate": options["rate"] or "auto", "runtime": runtime_here()}
    if cluster is None:
        with importing():
            from plunk_import.run import validate_file

        report = validate_file(sources, mapping, **options)
    else:
        report = _validated_on(cluster, sources, mapping, options)
    finish(report, form=form, opens_page=opens_page)


def _validated_on(
    cluster: str, sources: tuple[str, ...], mapping: str, options: dict[str, Any]
) -> "Report":
    from plunk_import.distributed import connected, validate_file

    if options.pop("limit") is not None:
        raise click.UsageError("--limit is for a look at the first rows, and needs no --dask.")
    with connected(cluster) as client:
        return validate_file(sources, mapping, client=client, **options)


@click.command()
@sources_argument
@mapping_option
@directory_option
@limit_option
@allow_empty_option
@show_addresses_option
@open_option
@output_options
def check(
    sources: tuple[str, ...],
    mapping: str,
    *,
    opens_page: bool,
    **options: Any,  # noqa: ANN401 - passed on
) -> None:
    """Ask the live project what an import would do there. Nothing is sent.

    Which workflows would fire, who would be subscribed, which fields and names do not match. Most
    of it needs PLUNK_SECRET_KEY; what could not be asked is said.
    """
    from plunk_import.run import acheck_file

    runtime = runtime_here()
    work = functools.partial(acheck_file, sources, mapping, **options, runtime=runtime)
    finish(governed(runtime, work), opens_page=opens_page)


@click.command()
@click.option("--json", is_flag=True, expose_value=False, help="As without: it is JSON by itself.")
def schema() -> None:
    """Print the JSON Schema of the mapping file, for editors."""
    from plunk_import.mapping import mapping_schema

    click.echo(json.dumps(mapping_schema(), indent=2, ensure_ascii=False))


@click.command()
@json_option
def codes(*, as_json: bool) -> None:
    """Print every reject code with its meaning and its remedy."""
    from plunk_import.validate import REGISTRY

    if as_json:
        click.echo(json.dumps([dataclasses.asdict(entry) for entry in REGISTRY.values()], indent=2))
        return
    for entry in REGISTRY.values():
        click.echo(f"{click.style(entry.code, bold=True)}\n  {entry.meaning}\n  {entry.remedy}")
