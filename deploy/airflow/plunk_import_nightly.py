"""An Airflow DAG that imports last night's exports into Plunk.

Runs the program rather than the library, so that its dependencies stay out of Airflow's own
environment. Its exit code decides what Airflow does next.
"""

import os
import re
import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

PLACE = Path(os.environ.get("PLUNK_IMPORT_PLACE", "/var/lib/plunk-import"))
"""Holds exports/, orders.yaml, the history and runs/."""
NEEDS_A_PERSON = frozenset({1, 2})
"""Rows rejected or in doubt, or the run could not start: another try changes nothing."""
ENDED_BY_TIME_LIMIT = 4


@dag(
    schedule="15 2 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),  # noqa: UP017 - Airflow runs on 3.10 too
    catchup=False,
    max_active_runs=1,  # two runs never work on one history
    tags=["plunk"],
)
def plunk_import_nightly() -> None:
    """Import every night what the shop exported."""

    @task(retries=3, retry_delay=timedelta(minutes=10))
    def import_exports(run_id: str | None = None) -> None:
        """Run the importer; a retry has the same run id, and goes on in its run directory."""
        directory = Path("runs") / re.sub(r"[^\w.-]", "-", run_id or "manual")
        command = [
            shutil.which("plunk-import") or "plunk-import",
            "run",
            "exports/*.csv",
            "--mapping=orders.yaml",
            f"--output={directory}",
            "--history=imports.sqlite",
            "--max-duration=4h",
            "--max-rejects=1%",
        ]
        exit_code = subprocess.run(command, cwd=PLACE, check=False).returncode
        if exit_code in NEEDS_A_PERSON:
            raise AirflowFailException(f"plunk-import ended with {exit_code}; see {directory}")
        if exit_code not in {0, ENDED_BY_TIME_LIMIT}:
            raise AirflowException(f"plunk-import ended with {exit_code}; trying again goes on")

    import_exports()


plunk_import_nightly()
