"""What there is to import, counted from the files for an estimate."""

import tempfile
from pathlib import Path

from plunk_import.plan import Workload, make_plan
from plunk_import.runtime import Runtime
from plunk_import.validate import Files, MappingLike, open_job


def count_workload(sources: Files, mapping: MappingLike, *, runtime: Runtime) -> Workload:
    """Judge every row and count; nothing is sent or written.

    Args:
        sources: One file or several.
        mapping: The path of a mapping file, or the mapping itself.
        runtime: Progress, and how to stop from outside.

    Raises:
        MappingError: The mapping cannot be used.
        SourceError: A file cannot be read as a whole.

    """
    with tempfile.TemporaryDirectory(prefix="plunk-import-") as spool:
        job = open_job(sources, mapping, spool=Path(spool), allow_empty=True)
        plan = make_plan(job, progress=runtime.progress, check=runtime.stop.check).plan
    return Workload(
        rows=plan.rows,
        sent=plan.valid,
        busiest=plan.busiest[0].count if plan.busiest else 0,
        has_id=bool(job.loaded.mapping.id),
    )
