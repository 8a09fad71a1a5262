"""Two runs of one shard, and shards of different divisions, are refused where that can be known."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from plunk_import import OutputError, RunDirectoryError, SendSettings, SettingsError, import_file
from plunk_import.run import Consent
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import Shard

MAPPING = {"version": 1, "email": "email", "event": {"const": "paid"}}


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text("email\n" + "".join(f"p{number}@example.com\n" for number in range(9)))
    return path


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    put = urllib.request.Request(f"{address}/notes", method="PUT")  # noqa: S310 - our own server
    urllib.request.urlopen(put).close()  # noqa: S310
    yield address
    server.stop()


@pytest.fixture(params=["directory", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "directory":
        return str(tmp_path / "shared")
    monkeypatch.setenv("AWS_ENDPOINT_URL", request.getfixturevalue("bucket"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return f"s3://notes/{tmp_path.name}"


def send(rows: Path, number: int, count: int, place: str | None, directory: str) -> int:
    report = import_file(
        rows,
        MAPPING,
        directory=rows.parent / directory,
        settings=SendSettings(rate="unlimited", shard=Shard(number, count), manifest=place),
        sandbox=SandboxSettings(),
    )
    return report.books.delivered


def test_each_shard_is_sent_by_one_run_and_by_that_again(rows: Path, place: str) -> None:
    assert sum(send(rows, number, 2, place, f"run{number}") for number in (1, 2)) == 9
    assert send(rows, 1, 2, place, "run1") > 0
    with pytest.raises(RunDirectoryError, match=r"shard 1/2 .* belongs to another run: .*run1"):
        send(rows, 1, 2, place, "another")


def test_a_refused_shard_leaves_no_run_that_could_be_resumed(rows: Path, place: str) -> None:
    send(rows, 1, 2, place, "run1")
    with pytest.raises(RunDirectoryError, match="belongs to another run"):
        send(rows, 1, 2, place, "another")
    assert not (rows.parent / "another").exists()


def test_a_run_that_was_moved_goes_on_where_it_is(rows: Path, place: str) -> None:
    delivered = send(rows, 1, 2, place, "run")
    (rows.parent / "run").rename(rows.parent / "moved")
    assert send(rows, 1, 2, place, "moved") == delivered


def test_another_division_of_the_import_is_refused(rows: Path, place: str) -> None:
    send(rows, 1, 2, place, "run1")
    with pytest.raises(RunDirectoryError, match="this import is divided into 2 shards: 1/2 began"):
        send(rows, 2, 3, place, "run2")


def test_another_file_is_another_import(rows: Path, place: str) -> None:
    send(rows, 1, 2, place, "run1")
    other = rows.with_name("other.csv")
    other.write_text("email\nq@example.com\nr@example.com\ns@example.com\n")
    assert send(other, 1, 3, place, "other1") + send(other, 2, 3, place, "other2") > 0


def test_a_directory_of_one_shard_takes_no_other(rows: Path) -> None:
    send(rows, 1, 2, None, "run")
    with pytest.raises(RunDirectoryError, match="holds shard 1/2 of the import, not shard 2/2"):
        send(rows, 2, 2, None, "run")


def test_without_a_manifest_it_is_said_that_nobody_can_see_the_others(rows: Path) -> None:
    said: list[str] = []
    import_file(
        rows,
        MAPPING,
        directory=rows.parent / "run",
        settings=SendSettings(rate="unlimited", shard=Shard(1, 2)),
        sandbox=SandboxSettings(),
        consent=Consent(warn=said.append),
    )
    (warning,) = said
    assert "give all of them the same --manifest" in warning


def test_a_place_whose_notes_could_be_overwritten_is_refused(rows: Path) -> None:
    with pytest.raises(SettingsError, match="a directory or at an s3:// URL"):
        send(rows, 1, 2, "gs://notes", "run")


def test_a_bucket_that_is_not_there_is_said(
    rows: Path, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with pytest.raises(OutputError, match=r"cannot be written.*Check the bucket and its rights"):
        send(rows, 1, 2, "s3://nowhere/at-all", "run")
