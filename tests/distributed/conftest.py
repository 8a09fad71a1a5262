"""A cluster within this process, a project to send to, and files to send."""

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


@pytest.fixture(scope="module")
def cluster() -> Iterator[Client]:
    """Not of the whole session: its threads draw from `random`, which hypothesis watches."""
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
