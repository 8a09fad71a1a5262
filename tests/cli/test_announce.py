"""Who is told of a nightly job: the metrics' collector, a watchdog, a webhook."""

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from plunk_import import ExitCode
from plunk_import.cli import main

GOOD = "email,event\nada@example.com,hi\nbob@example.com,hi\n"
BAD = "email,event\nnobody,hi\nbob@example.com,hi\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.csv").write_text(GOOD)
    (tmp_path / "orders.yaml").write_text("version: 1\nemail: email\nevent: event\n")
    for name in [name for name in os.environ if name.startswith("PLUNK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Listener:
    """A server on loopback that notes what is posted to it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.status = 200
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                listener.heard.append((self.path, body))
                self.send_response(listener.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/secret-path?x=1"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.heard]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.heard]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    thread = threading.Thread(target=listener.server.serve_forever)
    thread.start()
    yield listener
    listener.server.shutdown()
    thread.join()
    listener.server.server_close()


def run(*options: str, source: str = "a.csv") -> Result:
    arguments = ("run", source, "-m", "orders.yaml", "--sandbox", "--rate", "unlimited", *options)
    return CliRunner().invoke(main, list(arguments), prog_name="plunk-import")


def metrics(path: Path) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(path.read_text())  # type: ignore[no-untyped-call]
    return {
        (sample.name.removeprefix("plunk_import_"), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_tell_rows_by_outcome_and_when_it_last_went_well(desk: Path) -> None:
    assert run("--metrics", "plunk.prom").exit_code == 0
    found = metrics(desk / "plunk.prom")
    assert found["rows", "orders", "delivered"] == 2
    assert found["rows", "orders", "rejected"] == 0
    assert found["exit_code", "orders"] == 0
    assert found["duration_seconds", "orders"] > 0
    assert found["rows_per_second", "orders"] > 0
    assert (
        found["last_success_timestamp_seconds", "orders"]
        == found["last_run_timestamp_seconds", "orders"]
    )


@pytest.mark.parametrize(
    ("source", "code"),
    [("bad.csv", ExitCode.INCOMPLETE), ("gone.csv", ExitCode.CANNOT_START)],
    ids=["rejects", "an error"],
)
def test_the_last_success_outlives_a_night_that_went_wrong(
    desk: Path, source: str, code: ExitCode
) -> None:
    (desk / "bad.csv").write_text(BAD)
    run("--metrics", "plunk.prom")
    before = metrics(desk / "plunk.prom")
    assert run("--metrics", "plunk.prom", source=source).exit_code == code
    after = metrics(desk / "plunk.prom")
    success = ("last_success_timestamp_seconds", "orders")
    assert after[success] == before[success]
    assert after["exit_code", "orders"] == code
    assert after["last_run_timestamp_seconds", "orders"] > before[success]


@pytest.mark.usefixtures("desk")
def test_metrics_that_cannot_be_written_are_a_warning() -> None:
    result = run("--metrics", "nowhere/plunk.prom")
    assert result.exit_code == 0
    assert "Warning: nowhere/plunk.prom: the metrics cannot be written" in result.stderr
    assert result.stdout.startswith("All 2 rows are delivered.")


PINGS = {
    "success": ("a.csv", ["/secret-path/start?x=1", "/secret-path?x=1"]),
    "rejects": ("bad.csv", ["/secret-path/start?x=1", "/secret-path/fail?x=1"]),
    "an error": ("gone.csv", ["/secret-path/start?x=1", "/secret-path/fail?x=1"]),
}


@pytest.mark.parametrize(("source", "paths"), PINGS.values(), ids=PINGS)
def test_a_watchdog_hears_of_begin_and_end(
    desk: Path, listener: Listener, source: str, paths: list[str]
) -> None:
    (desk / "bad.csv").write_text(BAD)
    run("--ping", listener.address, source=source)
    assert listener.paths == paths


def test_a_webhook_hears_of_changes_alone(desk: Path, listener: Listener) -> None:
    (desk / "bad.csv").write_text(BAD)
    for source in ("a.csv", "a.csv", "bad.csv", "bad.csv", "gone.csv", "a.csv"):
        run("--notify", listener.address, source=source)
    changes = [(message["before"], message["state"]) for message in listener.messages]
    assert changes == [("ok", "needs a look"), ("needs a look", "failed"), ("failed", "ok")]
    assert listener.messages[0]["books"]["rejected"] == 1
    assert listener.messages[1]["books"] is None
    assert listener.messages[1]["exit_code"] == ExitCode.CANNOT_START


def test_a_change_that_nobody_heard_of_is_told_again(desk: Path, listener: Listener) -> None:
    (desk / "bad.csv").write_text(BAD)
    listener.status = 500
    first = run("--notify", listener.address, source="bad.csv")
    assert "Warning: --notify: 127.0.0.1 could not be told" in first.stderr
    assert "secret-path" not in first.stderr
    assert first.exit_code == ExitCode.INCOMPLETE
    listener.status = 200
    run("--notify", listener.address, source="bad.csv")
    assert len(listener.heard) == 2


def test_neither_addresses_nor_keys_are_told(desk: Path, listener: Listener) -> None:
    name = "ada@example.com pk_live_1234567890.csv"
    (desk / name).write_text("")
    run("--notify", listener.address, "--ping", listener.address, source=name)
    told = "".join(body for _, body in listener.heard)
    assert "a•••@example.com" in json.loads(listener.heard[-1][1])["verdict"]
    assert "ada@example.com" not in told
    assert "pk_live_1234567890" not in told


@pytest.mark.parametrize("option", ["--ping", "--notify"])
def test_who_cannot_be_told_is_a_warning(desk: Path, option: str) -> None:
    (desk / "bad.csv").write_text(BAD)
    result = run(option, "http://127.0.0.1:1/x", source="bad.csv")
    assert result.exit_code == ExitCode.INCOMPLETE
    assert f"Warning: {option}: 127.0.0.1 could not be told" in result.stderr


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("address", ["file:///etc/passwd", "hooks.example.com", "https://"])
def test_what_is_no_web_address_is_a_usage_error(address: str) -> None:
    result = run("--notify", address)
    assert result.exit_code == ExitCode.CANNOT_START
    assert "Invalid value for '--notify'" in result.stderr
