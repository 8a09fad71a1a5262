"""What Airflow makes of the DAGs in a directory, as JSON; run by an Airflow's own Python."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException

EXIT_CODES = (0, 1, 2, 3, 4, 143)
RUN_ID = "scheduled__2026-01-02T02:15:00+00:00"


def answers(dags: Path) -> dict[str, Any]:
    """Import the DAGs, run a task of each for every exit code, and the mapped one as a whole.

    Args:
        dags: The directory of the DAGs.

    Returns:
        The errors while importing, the tasks, what the program was asked, and how tasks ended.
    """
    bag = DagBag(dags)
    nightly, shards = bag.dags["plunk_import_nightly"], bag.dags["plunk_import_shards"]
    import_exports = nightly.get_task("import_exports").python_callable
    import_shard = shards.get_task("import_shard").python_callable
    return {
        "import errors": bag.import_errors,
        "tasks": [
            f"{task.dag_id}.{task.task_id}" for dag in (nightly, shards) for task in dag.tasks
        ],
        "endings": _endings(lambda: import_exports(run_id=RUN_ID)),
        "arguments": _asked()[-1],
        "endings of a shard": _endings(lambda: import_shard(2, run_id=RUN_ID)),
        "all shards": _run(shards),
    }


def _endings(call: Callable[[], None]) -> dict[int, str]:
    return {code: _ending(call, code) for code in EXIT_CODES}


def _ending(call: Callable[[], None], exit_code: int) -> str:
    _write_program(exit_code)
    try:
        call()
    except AirflowFailException:
        return "failed"
    except AirflowException:
        return "tried again"
    return "done"


def _run(dag: DAG) -> dict[str, Any]:
    """Have Airflow expand and run a DAG in this process; return the tasks' states and calls."""
    _write_program(0)
    Path("arguments").unlink()
    run = dag.test()
    states = {f"{one.task_id} {one.map_index}": one.state for one in run.get_task_instances()}
    place = f"runs/{run.run_id.replace(':', '-').replace('+', '-')}"
    calls = sorted(line.replace(f"{Path.cwd()}/", "").replace(place, "RUN") for line in _asked())
    return {"states": states, "calls": calls}


def _write_program(exit_code: int) -> None:
    """Put in place of the program what notes its arguments and makes its directory."""
    program = Path("bin") / "plunk-import"  # stands first in the PATH of this process
    program.parent.mkdir(exist_ok=True)
    lines = (
        "#!/bin/sh",
        f'echo "$@" >> {Path.cwd()}/arguments',
        'for option; do case $option in --output=*) mkdir -p "${option#*=}";; esac; done',
        f"exit {exit_code}",
    )
    program.write_text("\n".join(lines) + "\n", encoding="utf-8")
    program.chmod(0o700)


def _asked() -> list[str]:
    return Path("arguments").read_text(encoding="utf-8").splitlines()


if __name__ == "__main__":
    found = answers(Path(sys.argv[1]))
    Path("answers.json").write_text(json.dumps(found), encoding="utf-8")
