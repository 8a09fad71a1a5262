"""An Airflow DAG that shares one import among mapped tasks: one shard each, then all put together.

`PLUNK_IMPORT_PLACE` stands on storage that every worker of Airflow sees, and that keeps locks.
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
"""Holds exports/, orders.yaml and runs/."""
SHARDS = 4
NEEDS_A_PERSON = frozenset({1, 2})
"""Rows rejected or in doubt, or the run could not start: another try changes nothing."""


@dag(
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=timezone.utc),  # noqa: UP017 - Airflow runs on 3.10 too
    catchup=False,
    max_active_runs=1,
    tags=["plunk"],
)
def plunk_import_shards() -> None:
    """Import the exports once, from as many workers as there are shards."""

    @task(retries=5, retry_delay=timedelta(minutes=5))
    def import_shard(number: int, run_id: str | None = None) -> None:
        """Send one shard; a retry has the same directory, and goes on in it."""
        place = directory_of(run_id)
        exit_code = ended(
            "run",
            "exports/*.csv",
            "--mapping=orders.yaml",
            f"--shard={number}/{SHARDS}",
            f"--manifest={place / 'manifest'}",
            f"--output={place / f'shard-{number}'}",
        )
        if exit_code in NEEDS_A_PERSON:
            raise AirflowFailException(f"plunk-import ended with {exit_code}; see {place}")
        if exit_code:
            raise AirflowException(f"plunk-import ended with {exit_code}; trying again goes on")

    @task(retries=0, trigger_rule="all_done")
    def merge_shards(run_id: str | None = None) -> None:
        """Put together what the shards have left, also where some of them need a person."""
        place = directory_of(run_id)
        shards = sorted((PLACE / place).glob("shard-*"))
        exit_code = ended("merge", *map(str, shards), f"--output={unused(place / 'merged')}")
        if exit_code:
            raise AirflowFailException(f"plunk-import merge ended with {exit_code}; see {place}")

    import_shard.expand(number=list(range(1, SHARDS + 1))) >> merge_shards()


def directory_of(run_id: str | None) -> Path:
    """Name the directory of one run of the DAG."""
    return Path("runs") / re.sub(r"[^\w.-]", "-", run_id or "manual")


def unused(path: Path) -> Path:
    """Name a directory that is not there yet: `merge` writes only to a new one."""
    names = (path, *(path.with_name(f"{path.name}-{count}") for count in range(2, 1000)))
    return next(name for name in names if not (PLACE / name).exists())


def ended(*arguments: str) -> int:
    """Run the program to its end; return its exit code."""
    program = shutil.which("plunk-import") or "plunk-import"
    return subprocess.run([program, *arguments], cwd=PLACE, check=False).returncode


plunk_import_shards()
