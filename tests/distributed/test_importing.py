"""An import over a cluster is what one run would have been, and asks once."""

import contextlib
import json
import logging
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import pytest
from distributed import Client, Future
from pydantic import SecretStr

import plunk_import
from plunk_import import (
    Connection,
    Consent,
    ConsentError,
    ExitCode,
    Foresight,
    Report,
    RunDirectoryError,
    Runtime,
    SendSettings,
    SettingsError,
    Stop,
    StopRequest,
)
from plunk_import.distributed import ShardEnd, ShardOrder, connected, import_file
from plunk_import.plan import GateQuestion
from plunk_import.sandbox import Project, Sandbox, SandboxSettings, Workflow, running
from plunk_import.settings import Shard
from tests.distributed.conftest import MAPPING, SENT
from tests.run_files import lines_of, told_in

QUICKLY = SendSettings(rate="unlimited")
SENDS = Consent(allow_workflows=True, allow_resubscribe=True)


class Watched:
    """A client that keeps what is submitted through it, and has something happen before."""

    def __init__(self, client: Client, before: Callable[[], None] = lambda: None) -> None:
        self._client = client
        self._before = before
        self.submitted: list[tuple[ShardOrder, Mapping[str, object]]] = []
        self.subscribe_topic = client.subscribe_topic
        self.unsubscribe_topic = client.unsubscribe_topic

    def submit(
        self, task: Callable[[ShardOrder], ShardEnd], order: ShardOrder, **options: object
    ) -> Future[ShardEnd]:
        self._before()
        self.submitted.append((order, options))
        return self._client.submit(task, order, **options)


def watched(client: Client, before: Callable[[], None] = lambda: None) -> tuple[Watched, Any]:
    """Give such a client twice: as it is, and as what stands in for a Client."""
    made = Watched(client, before)
    return made, made


def send(
    client: Any,  # noqa: ANN401 - a Client, or what stands in for one
    sources: list[Path],
    place: Path,
    *,
    shards: int,
    consent: Consent = SENDS,
) -> Report:
    return import_file(
        sources,
        MAPPING,
        client=client,
        shards=shards,
        directory=place,
        settings=QUICKLY,
        consent=consent,
    )


def test_files_and_books_are_those_of_one_process(
    cluster: Client, project: Sandbox, sources: list[Path], tmp_path: Path
) -> None:
    report = send(cluster, sources, tmp_path / "import", shards=3)
    with running(SandboxSettings(database=tmp_path / "other.sqlite")) as other:
        connection = Connection(api_key=SecretStr(other.public_key), base_url=other.base_url)
        plunk_import.import_file(
            sources,
            MAPPING,
            directory=tmp_path / "whole",
            connection=connection,
            settings=QUICKLY,
            consent=SENDS,
        )
    merged = tmp_path / "import" / "merged"
    assert report.directory == str(merged)
    assert report.books.delivered == SENT == project.stored().events
    for name in ("results.csv", "rejects.csv", "in_doubt.csv"):
        assert lines_of(merged / name) == lines_of(tmp_path / "whole" / name)
    assert told_in(merged) == told_in(tmp_path / "whole")


def test_the_same_command_goes_on_and_sends_nothing_again(
    cluster: Client, project: Sandbox, sources: list[Path], tmp_path: Path
) -> None:
    for _ in range(2):
        report = send(cluster, sources, tmp_path / "import", shards=2)
    assert report.directory == str(tmp_path / "import" / "merged-2")
    assert report.books.delivered == SENT == project.stored().events


@pytest.mark.parametrize(
    ("shards", "change", "said"),
    [
        (3, "", "another number of shards. Go on with what it was begun with .2 shards."),
        (2, "p9@example.com,77,1\n", "another source"),
    ],
    ids=["another division", "another source"],
)
def test_a_directory_takes_no_other_import(
    cluster: Client, sources: list[Path], tmp_path: Path, shards: int, change: str, said: str
) -> None:
    place: dict[str, Any] = {
        "directory": tmp_path / "import",
        "sandbox": SandboxSettings(),
        "client": cluster,
    }
    import_file(sources, MAPPING, shards=2, settings=QUICKLY, **place)
    with sources[0].open("a") as file:
        file.write(change)
    with pytest.raises(RunDirectoryError, match=said):
        import_file(sources, MAPPING, shards=shards, settings=QUICKLY, **place)


def test_a_directory_of_something_else_is_left_alone(
    cluster: Client, sources: list[Path], tmp_path: Path
) -> None:
    with pytest.raises(RunDirectoryError, match="holds something else"):
        import_file(sources, MAPPING, client=cluster, shards=2, directory=tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv", "b.csv"}


def asked_by(answer: bool, questions: list[tuple[str, ...]]) -> Consent:
    def ask(foresight: Foresight, gates: tuple[GateQuestion, ...]) -> bool:
        assert foresight.plan.valid == SENT
        questions.append(tuple(gate.name for gate in gates))
        return answer

    return Consent(ask=ask)


@pytest.fixture
def busy_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """One in which a workflow waits for the event."""
    workflow = Workflow(name="Thanks", event="paid")
    settings = SandboxSettings(
        database=tmp_path / "busy.sqlite", project=Project(workflows=(workflow,))
    )
    with running(settings) as started:
        monkeypatch.setenv("PLUNK_API_KEY", started.public_key)
        monkeypatch.setenv("PLUNK_SECRET_KEY", started.secret_key)
        monkeypatch.setenv("PLUNK_BASE_URL", started.base_url)
        yield started


def test_what_sending_sets_off_is_asked_once_for_all_shards(
    cluster: Client, busy_project: Sandbox, sources: list[Path], tmp_path: Path
) -> None:
    questions: list[tuple[str, ...]] = []
    consent = asked_by(True, questions)
    report = send(cluster, sources, tmp_path / "import", shards=3, consent=consent)
    assert questions == [("workflows",)]
    assert report.books.delivered == SENT == busy_project.stored().events


def test_where_nobody_agrees_no_shard_begins(
    cluster: Client, busy_project: Sandbox, sources: list[Path], tmp_path: Path
) -> None:
    questions: list[tuple[str, ...]] = []
    with pytest.raises(ConsentError) as refused:
        send(cluster, sources, tmp_path / "import", shards=3, consent=asked_by(False, questions))
    assert questions == [("workflows",)]
    assert refused.value.report.exit_code is ExitCode.CANNOT_START
    assert busy_project.stored().events == 0
    assert not list((tmp_path / "import").glob("shard-*"))


def test_no_key_is_among_what_the_cluster_is_told(
    cluster: Client, project: Sandbox, sources: list[Path], tmp_path: Path
) -> None:
    kept, client = watched(cluster)
    send(client, sources, tmp_path / "import", shards=2)
    told = pickle.dumps(kept.submitted)
    assert b"paid" in told
    assert project.public_key.encode() not in told
    assert project.secret_key.encode() not in told
    assert {options["pure"] for _, options in kept.submitted} == {False}


def test_workers_that_would_send_elsewhere_are_refused(
    cluster: Client,
    project: Sandbox,
    sources: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def go_elsewhere() -> None:
        monkeypatch.setenv("PLUNK_API_KEY", "pk_of_another_project")

    _, client = watched(cluster, before=go_elsewhere)
    report = send(client, sources, tmp_path / "import", shards=2)
    assert report.exit_code is ExitCode.CANNOT_START
    assert "the project (PLUNK_API_KEY or PLUNK_BASE_URL) differs" in str(report.reason)
    assert project.stored().events == 0


class StopsOnceSent:
    """Progress that asks to stop as soon as it hears of a row that was sent."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    @contextlib.contextmanager
    def phase(self, name: str, total: int | None) -> Iterator[Self]:
        assert (name, total) in {
            ("checking", None),
            ("asking the project", None),
            ("sending", SENT),
        }
        self._is_sending = name == "sending"
        yield self

    def reached(self, rows: int, **details: int | str) -> None:
        assert set(details) in (set(), {"shards begun", "rejects", "in doubt"})
        if self._is_sending and rows:
            self._stop.ask(StopRequest(ExitCode.INTERRUPTED, "interrupted"))


def test_a_stop_reaches_every_shard_and_the_rest_goes_later(
    cluster: Client, project: Sandbox, sources: list[Path], tmp_path: Path
) -> None:
    stop = Stop()
    place: dict[str, Any] = {"directory": tmp_path / "import", "consent": SENDS, "shards": 2}
    stopped = import_file(
        sources,
        MAPPING,
        client=cluster,
        settings=SendSettings(rate="20/s"),
        runtime=Runtime(stop=stop, progress=StopsOnceSent(stop)),
        **place,
    )
    assert stopped.exit_code is ExitCode.INTERRUPTED
    assert 0 < stopped.books.delivered < SENT
    assert stopped.books.delivered == project.stored().events
    whole = import_file(sources, MAPPING, client=cluster, settings=QUICKLY, **place)
    assert whole.exit_code == ExitCode.INCOMPLETE  # for the rejects
    assert whole.books.delivered == SENT == project.stored().events


def test_without_dask_the_extra_is_named(
    cluster: Client, sources: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError, match=r"pip install 'plunk-import\[dask\]'"):
        import_file(sources, MAPPING, client=cluster, shards=2)
    with (
        pytest.raises(SettingsError, match=r"pip install 'plunk-import\[dask\]'"),
        connected("local:2"),
    ):
        pass


def log_as_dask_does() -> None:
    logging.getLogger("distributed.worker").error("Failed to communicate with scheduler")


@pytest.mark.ordeal
def test_what_a_worker_here_logs_reaches_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with connected("local:1") as client:
        client.run(log_as_dask_does)
        client.run(log_as_dask_does, nanny=True)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("address", ["local:0", "somewhere", "local:2x"])
def test_what_is_no_cluster_is_said(address: str) -> None:
    with pytest.raises(SettingsError, match="is no cluster: write tcp"), connected(address):
        pass


def test_settings_that_are_of_one_run_are_refused(cluster: Client, sources: list[Path]) -> None:
    for settings in (SendSettings(shard=Shard(1, 2)), SendSettings(manifest="here")):
        with pytest.raises(SettingsError, match="The cluster divides the import itself"):
            import_file(sources, MAPPING, client=cluster, shards=2, settings=settings)
    with pytest.raises(SettingsError, match="keeps none"):
        import_file(sources, MAPPING, client=cluster, shards=2, settings=SendSettings(max_drop=0.5))


def test_the_note_of_an_import_holds_no_key(
    cluster: Client, project: Sandbox, sources: list[Path], tmp_path: Path
) -> None:
    send(cluster, sources, tmp_path / "import", shards=1)
    note = (tmp_path / "import" / "import.json").read_text()
    assert json.loads(note)["shards"] == 1
    assert project.public_key not in note
