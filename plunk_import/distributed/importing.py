"""The public function that sends an import from many machines, a shard each."""

import dataclasses
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.distributed.cluster import require_dask
from plunk_import.distributed.note import NOTE, ImportNote
from plunk_import.distributed.part_tasks import ClusterWorkers
from plunk_import.distributed.placement import Placement
from plunk_import.distributed.sending import Sending
from plunk_import.distributed.shard_task import ShardOrder
from plunk_import.distributed.whole import report_of_whole
from plunk_import.errors import RunDirectoryError, SettingsError
from plunk_import.plan import make_plan_in_parts
from plunk_import.run import Consent, agree_to
from plunk_import.runtime import Runtime
from plunk_import.settings import SendSettings
from plunk_import.storage import RunDirectory, locked, writing
from plunk_import.validate import Files, Job, MappingLike, name_of, open_job

if TYPE_CHECKING:
    from distributed import Client

    from plunk_import.plan import FirstPass
    from plunk_import.report import Report
    from plunk_import.sandbox import SandboxSettings

_DEFAULT_PARENT = Path("runs")


def import_file(
    sources: Files,
    mapping: MappingLike,
    *,
    client: "Client",
    shards: int,
    directory: str | Path | None = None,
    manifest: str | None = None,
    settings: SendSettings | None = None,
    sandbox: "SandboxSettings | None" = None,
    consent: Consent | None = None,
    allow_empty: bool = False,
    show_addresses: bool = False,
    retries: int = 5,
    workers: Sequence[str] | None = None,
    resources: Mapping[str, float] | None = None,
    runtime: Runtime | None = None,
) -> "Report":
    """Send every valid row to Plunk from the workers of a cluster, and account for all of them.

    What sending would set off is asked once, before any shard begins. Each shard is a task with a
    run directory of its own; where its worker dies, another one goes on from its journal. The
    workers read the keys from their own environment or `.env`: none travels over the cluster.

    Args:
        sources: One file or several, which all machines find under the same path.
        mapping: The path of a mapping file, which only this machine reads, or the mapping itself.
        client: A cluster's.
        shards: Into how many parts the contacts are divided. More of them than the cluster has
            threads wait for their turn.
        directory: Takes all that is written, on storage that all machines see under the same path;
            by default a new one under `runs/`. Where it holds this import already, that goes on.
        manifest: Where the shards note what they take, a directory or an `s3://` URL; by default
            in the directory.
        settings: Pace, patience and what stops the import. The rate is of all shards together.
        sandbox: Every shard sends to an embedded Plunk of its own instead.
        consent: What the import may set off in Plunk, and whom to ask.
        allow_empty: A source without rows is well; otherwise it is a SourceError.
        show_addresses: Leave addresses readable in every `report.html`.
        retries: How often a shard is tried again after an error that is none of the import's.
        workers: The addresses or hosts that may send; all where None.
        resources: What a worker must have for a shard, as Dask counts it.
        runtime: Clock, progress, and how to stop from outside.

    Returns:
        What became of every row, as of one run. Its files are in a directory `merged` within.

    Raises:
        SettingsError: Dask is not installed, the client waits, or there is no key.
        RunDirectoryError: The directory holds another import, or something else.
        RunLockedError: Another client works on it.
        ConsentError: Nobody agreed to what sending would set off: nothing was sent.
        StoppedError: No shard has begun, or the cluster is gone.
        PlunkImportError: Whatever else keeps the source from being read as a whole.

    """
    require_dask()
    runtime = runtime or Runtime()
    whole = _Whole(
        settings=_of_whole(settings or SendSettings(), shards),
        shards=shards,
        manifest=manifest,
        sandbox=sandbox,
        consent=consent or Consent(),
        allow_empty=allow_empty,
        show_addresses=show_addresses,
        runtime=runtime,
    )
    placement = Placement(retries, workers, resources)
    started = runtime.clock.wall()
    place = _claimed(directory, sources, shards, started)
    with locked(place / ".lock", clock=runtime.clock):
        job = open_job(sources, mapping, spool=place / "source", allow_empty=allow_empty)
        job = dataclasses.replace(job, limit=whole.settings.limit)
        found = make_plan_in_parts(
            job,
            ClusterWorkers(client, job, placement),
            progress=runtime.progress,
            check=runtime.stop.check,
        )
        order = _order(whole, place, job, _noted(whole, place, found))
        sending = Sending(client, placement, runtime)
        ends = sending.carry_out(order, shards, valid=found.plan.valid)
        for warning in dict.fromkeys(said for end in ends for said in end.warnings):
            whole.consent.warn(warning)
        times = (started, runtime.clock.wall())
        return report_of_whole(place, ends, times, runtime, show_addresses=show_addresses)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Whole:
    """What was asked of the import as a whole."""

    settings: SendSettings
    shards: int
    manifest: str | None
    sandbox: "SandboxSettings | None"
    consent: Consent
    allow_empty: bool
    show_addresses: bool
    runtime: Runtime


def _of_whole(settings: SendSettings, shards: int) -> SendSettings:
    if shards < 1:
        raise SettingsError(f"shards={shards}: an import has at least one.")
    if settings.shard is not None or settings.manifest is not None:
        raise SettingsError(
            "The cluster divides the import itself: leave `shard` and `manifest` out of the "
            "settings, and say `shards=` and `manifest=` instead."
        )
    if settings.max_drop is not None:
        raise SettingsError(
            "max_drop compares with the last run of a history, and an import over a cluster keeps "
            "none: leave it out, or run the shards one by one with --shard and --history."
        )
    return settings


def _claimed(wanted: str | Path | None, sources: Files, shards: int, now: datetime) -> Path:
    """Make the import's directory, or take the one asked for where its import can go on."""
    name = f"{name_of(sources)}-{now:%Y%m%d-%H%M%S}-in-{shards}"
    place = (_DEFAULT_PARENT / name if wanted is None else Path(wanted)).resolve()
    with writing(place):
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    strange = {entry.name for entry in place.iterdir()} - {".lock", "source"}
    if strange and not (place / NOTE).exists():
        raise RunDirectoryError(
            f"{place} holds something else than an import over a cluster. Choose a new directory."
        )
    return place


def _noted(whole: _Whole, place: Path, found: "FirstPass") -> ImportNote:
    """Have the import agreed to, and note that; one that had begun was agreed to already."""
    note = ImportNote.read(place)
    agreed = agree_to(
        found,
        RunDirectory(place),
        settings=whole.settings,
        sandbox=whole.sandbox,
        consent=whole.consent,
        runtime=whole.runtime,
        earlier=None if note is None else note.agreed,
    )
    if note is not None:
        note.require_same(place, shards=whole.shards, agreed=agreed)
        return note
    note = ImportNote(
        token=secrets.token_hex(16),
        shards=whole.shards,
        manifest=whole.manifest or str(place / "manifest"),
        agreed=agreed,
    )
    note.write(place)
    return note


def _order(whole: _Whole, place: Path, job: Job, note: ImportNote) -> ShardOrder:
    """Write down all that is the same for every shard."""
    consent = whole.consent if whole.sandbox is None else whole.consent.of_a_sandbox()
    return ShardOrder(
        sources=job.source.places,
        mapping=job.loaded.mapping.model_dump(mode="json", by_alias=True, exclude_unset=True),
        directory=place,
        token=note.token,
        stop_file=f".stop-{secrets.token_hex(4)}",
        settings=whole.settings.model_copy(update={"manifest": note.manifest}),
        sandbox=whole.sandbox,
        agreed=note.agreed,
        allow_workflows=consent.allow_workflows,
        allow_resubscribe=consent.allow_resubscribe,
        allow_empty=whole.allow_empty,
        show_addresses=whole.show_addresses,
        writes_page=whole.runtime.writes_page,
    )
