"""`plunk-import sandbox` on its own: what can be rehearsed from the command line."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from plunk_import.sandbox import Sandbox
from tests.sandbox.conftest import OpenClient
from tests.sandbox.virtual import original_status

PROGRAM = str(Path(sys.executable).with_name("plunk-import"))
PROJECT = """
contacts: [{email: ada@example.com, waits_in: [Welcome]}]
workflows:
  - name: Welcome
    event: joined
    steps:
      - {type: WAIT_FOR_EVENT, config: {eventName: paid}}
      - {type: SEND_EMAIL, name: Thanks}
segments:
  - {name: Rich, filters: [{field: data.ltv, operator: greaterThan, value: 100}]}
"""

Run = Callable[..., Sandbox]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Runs the command on a free port; it ends with the test."""
    with ExitStack() as stack:

        def start(*options: str) -> Sandbox:
            database = tmp_path / "sandbox.sqlite"
            child = stack.enter_context(
                subprocess.Popen(
                    [PROGRAM, "sandbox", "--port", "0", "--database", str(database), *options],
                    stdout=subprocess.PIPE,
                    text=True,
                    env={"PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[2])},
                )
            )
            stack.callback(child.kill)
            assert child.stdout is not None
            return Sandbox(child.stdout.readline().split()[-1], database)

        yield start


def test_a_project_from_a_file_can_be_rehearsed(
    run: Run, open_client: OpenClient, tmp_path: Path
) -> None:
    (tmp_path / "project.yaml").write_text(PROJECT)
    sandbox = run("--project", str(tmp_path / "project.yaml"))
    client = open_client(sandbox)
    client.track(data={"ltv": 500})
    names = client.read("/events/names").json()["eventNames"]
    assert sorted(names) == ["paid", "segment.rich.entry"]
    with sandbox.open_store() as store:
        assert store.rows("SELECT name FROM fired_steps") == [{"name": "Thanks"}]


def test_the_clock_and_the_lifetime_of_keys_can_be_set(run: Run, open_client: OpenClient) -> None:
    client = open_client(run("--clock-offset", "-10m", "--key-lifetime", "1s"))
    begun = time.monotonic()
    answer = client.track(key="k")
    said = parsedate_to_datetime(answer.headers["date"]).timestamp()
    assert said == pytest.approx(time.time() - 600, abs=10)
    reused = client.track(key="k")
    while reused.status_code == 409 and time.monotonic() - begun < 10:
        assert original_status(reused) == 200
        reused = client.track(key="k")
    assert reused.status_code == 200
    assert time.monotonic() - begun >= 1


@pytest.mark.parametrize(("profile", "status"), [("autumn", 409), ("newest", 409), ("spring", 200)])
def test_each_profile_can_be_had(
    run: Run, open_client: OpenClient, profile: str, status: int
) -> None:
    client = open_client(run("--profile", profile))
    assert client.track(key="k").status_code == 200
    assert client.track(key="k").status_code == status


def test_faults_can_be_asked_for(run: Run, open_client: OpenClient) -> None:
    options = ("--fault", "store-then-client-gone:@1", "--fault", "dispatch-fails=1h:@2")
    client = open_client(run(*options))
    with pytest.raises(httpx.RemoteProtocolError):
        client.track(key="k")
    assert client.track(key="k2").status_code == 500
    assert original_status(client.track(key="k")) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--key-lifetime", "0h"], "it must last"),
        (["--clock-offset", "soon"], "not a duration: 'soon'"),
        (["--project", "PROJECT"], "segments.0.filters: Field required"),
    ],
)
def test_a_wrong_wish_is_explained(tmp_path: Path, options: list[str], message: str) -> None:
    (tmp_path / "PROJECT").write_text("segments: [{name: S}]")
    done = subprocess.run(
        [PROGRAM, "sandbox", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
