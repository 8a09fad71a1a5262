"""The public function that judges files on the workers of a cluster."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.distributed.cluster import require_dask
from plunk_import.distributed.part_tasks import ClusterWorkers
from plunk_import.distributed.placement import Placement
from plunk_import.run import validate_in_parts
from plunk_import.runtime import Runtime
from plunk_import.validate import Files, MappingLike

if TYPE_CHECKING:
    from distributed import Client

    from plunk_import.report import Report


def validate_file(
    sources: Files,
    mapping: MappingLike,
    *,
    client: "Client",
    directory: str | Path | None = None,
    show: int = 0,
    allow_empty: bool = False,
    rate: str = "auto",
    strict: bool = False,
    show_addresses: bool = False,
    retries: int = 5,
    workers: Sequence[str] | None = None,
    resources: Mapping[str, float] | None = None,
    runtime: Runtime | None = None,
) -> "Report":
    """Judge every row by the server's own rules, on a cluster; the report is that of one process.

    Large files are cut into parts: text where lines end outside quotes, Parquet and Arrow files
    into rows. Packed files, workbooks and lists of JSON are a part each.

    Args:
        sources: One file or several, which all machines find under the same path.
        mapping: The path of a mapping file, which only this machine reads, or the mapping itself.
        client: A cluster's.
        directory: Takes `rejects.csv` and the report, on this machine; by default a new one under
            `runs/`.
        show: Keep so many bodies in the report, as they would be sent.
        allow_empty: A source without rows is well; otherwise it is a SourceError.
        rate: The pace to estimate the time for, such as `1000/min`.
        strict: Warnings count in the exit code.
        show_addresses: Leave addresses readable in `report.html`.
        retries: How often a part is tried again after an error that is none of the source's.
        workers: The addresses or hosts that may work; all where None.
        resources: What a worker must have for a part, as Dask counts it.
        runtime: Clock, progress, and how to stop from outside.

    Returns:
        What an import would do. The same is in the directory's `report.json`.

    Raises:
        SettingsError: Dask is not installed, or the rate is none.
        StoppedError: The cluster cannot do it.
        PlunkImportError: Whatever else ends `validate_file`.

    """
    require_dask()
    placement = Placement(retries, workers, resources)
    return validate_in_parts(
        sources,
        mapping,
        directory=directory,
        show=show,
        allow_empty=allow_empty,
        rate=rate,
        strict=strict,
        show_addresses=show_addresses,
        runtime=runtime or Runtime(),
        workers_of=lambda job: ClusterWorkers(client, job, placement),
    )
