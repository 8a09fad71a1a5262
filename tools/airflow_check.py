"""Airflow's own judgement of deploy/airflow: `python -m tools.airflow_check`.

Installs Airflow into an environment that is thrown away, has its DagBag import the DAGs, runs
their tasks with a program that ends with each exit code, and has Airflow expand and run the mapped
tasks. Most of the time is pip's.
"""

import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

AIRFLOW = "apache-airflow==3.3.2"
TOOLS = Path(__file__).parent
DAGS = TOOLS.parent / "deploy" / "airflow"
ARGUMENTS = (
    "run exports/*.csv --mapping=orders.yaml --output=runs/scheduled__2026-01-02T02-15-00-00-00 "
    "--history=imports.sqlite --max-duration=4h --max-rejects=1%"
)
_SHARD = (
    "run exports/*.csv --mapping=orders.yaml --shard={number}/4 --manifest=RUN/manifest "
    "--output=RUN/shard-{number}"
)
_ENDINGS = {"0": "done", "1": "failed", "2": "failed", "3": "tried again", "143": "tried again"}
EXPECTED = {
    "import errors": {},
    "arguments": ARGUMENTS,
    "tasks": [
        "plunk_import_nightly.import_exports",
        "plunk_import_shards.import_shard",
        "plunk_import_shards.merge_shards",
    ],
    "endings": {**_ENDINGS, "4": "done"},
    "endings of a shard": {**_ENDINGS, "4": "tried again"},
    "all shards": {
        "states": {
            **{f"import_shard {index}": "success" for index in range(4)},
            "merge_shards -1": "success",
        },
        "calls": [
            "merge RUN/shard-1 RUN/shard-2 RUN/shard-3 RUN/shard-4 --output=RUN/merged",
            *(_SHARD.format(number=number) for number in range(1, 5)),
        ],
    },
}


def main() -> int:
    """Ask Airflow, and print what it says.

    Returns:
        The exit code: 0 where every answer is the expected one.
    """
    with tempfile.TemporaryDirectory(prefix="airflow-check-") as place:
        answers = asked(installed(Path(place)), Path(place))
    sys.stdout.write(json.dumps(answers, indent=2) + "\n")
    return 0 if answers == EXPECTED else 1


def installed(place: Path) -> Path:
    """Make an environment with Airflow alone.

    Args:
        place: The directory to make it in.

    Returns:
        Its Python.
    """
    venv.create(place / "venv", with_pip=True)
    python = place / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", AIRFLOW], check=True)
    return python


def asked(python: Path, place: Path) -> object:
    """Have Airflow answer, in an environment that holds nothing of this process.

    Args:
        python: The Python of an environment with Airflow.
        place: An empty directory, Airflow's home and the task's.

    Returns:
        The answers, in the form of `EXPECTED`.
    """
    path = os.pathsep.join([str(place / "bin"), "/usr/bin", "/bin"])
    variables = {
        "PATH": path,
        "AIRFLOW_HOME": str(place),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PLUNK_IMPORT_PLACE": str(place),
    }
    commands: tuple[list[str | Path], ...] = (
        [python, "-m", "airflow", "db", "migrate"],
        [python, TOOLS / "airflow_answers.py", DAGS],
    )
    for command in commands:
        subprocess.run(command, cwd=place, env=variables, stdout=subprocess.DEVNULL, check=True)
    return json.loads((place / "answers.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
