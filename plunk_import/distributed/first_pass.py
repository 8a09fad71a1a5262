"""The first pass over a source, on a cluster."""

from typing import TYPE_CHECKING

from plunk_import.plan import FirstPass, make_plan
from plunk_import.runtime import Runtime
from plunk_import.validate import Job

if TYPE_CHECKING:
    from distributed import Client


def first_pass_of(job: Job, client: "Client", runtime: Runtime) -> FirstPass:  # noqa: ARG001
    """Validate every row of a job and sum them up."""
    return make_plan(job, progress=runtime.progress, check=runtime.stop.check)
