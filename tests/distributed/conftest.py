"""A cluster within this process, a project to send to, and files to send."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from plunk_import.sandbox import Sandbox, SandboxSettings, running

MAPPING = {
    "version": 1,
    "email": "email",
    "event": {"const": "paid"},
    "id": ["n"],
    "where": "keep = '1'",
    "data": {"n": {"column": "n", "type": "integer"}},
}
SENT = 80
_OF_OTHERS = {"event_id", "contact_id", "timestamp"}


@pytest.fixture(scope="session")
def cluster() -> Iterator[Client]:
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=False,
            host="127.0.0.1",
            protocol="tcp",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
        ) as started,
        Client(started, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A project whose keys the workers read from the environment, as everywhere."""
    with running(SandboxSettings(database=tmp_path / "plunk.sqlite")) as started:
        monkeypatch.setenv("PLUNK_API_KEY", started.public_key)
        monkeypatch.setenv("PLUNK_SECRET_KEY", started.secret_key)
        monkeypatch.setenv("PLUNK_BASE_URL", started.base_url)
        yield started


@pytest.fixture
def sources(tmp_path: Path) -> list[Path]:
    """Two files with valid rows, rejects, filtered rows, and an id of two different contacts."""
    paths = [tmp_path / "b.csv", tmp_path / "a.csv"]
    for at, path in enumerate(paths):
        lines = ["email,n,keep"]
        lines += [f"p{number % 7}@example.com,{at * 40 + number},1" for number in range(40)]
        lines += ["nobody,900,1", f"q{at}@example.com,7,1", "p1@example.com,x,1", "p2@x.io,901,0"]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def lines_of(path: Path) -> list[dict[str, str]]:
    """Read a file of a run, without what the server alone decides."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [{name: cell for name, cell in row.items() if name not in _OF_OTHERS} for row in rows]


def told_in(place: Path) -> dict[str, object]:
    """Read what a report says of the rows."""
    report = json.loads((place / "report.json").read_text(encoding="utf-8"))
    return {
        name: report[name]
        for name in ("books", "rejects", "events", "contacts", "exit_code", "fields", "warnings")
    }
