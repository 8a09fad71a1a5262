"""Shards sent apart and merged are what one run would have been, but for times and ids."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from plunk_import import (
    Connection,
    ExitCode,
    Report,
    RunDirectoryError,
    SendSettings,
    import_file,
    merge,
)
from plunk_import.run import Consent
from plunk_import.sandbox import Sandbox, SandboxSettings, running
from plunk_import.settings import Shard
from tests.run_files import lines_of, told_in

MAPPING = {
    "version": 1,
    "email": "email",
    "event": {"const": "paid"},
    "id": ["n"],
    "where": "keep = '1'",
    "data": {"n": {"column": "n", "type": "integer"}},
}
COUNT = 3
SENDS = Consent(allow_workflows=True, allow_resubscribe=True)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sandbox]:
    with running(SandboxSettings(database=tmp_path / "plunk.sqlite")) as started:
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


def send(server: Sandbox, sources: list[Path], directory: Path, shard: Shard | None) -> Report:
    return import_file(
        sources,
        MAPPING,
        directory=directory,
        connection=Connection(api_key=SecretStr(server.public_key), base_url=server.base_url),
        settings=SendSettings(rate="unlimited", shard=shard),
        consent=SENDS,
    )


@pytest.fixture
def shards(server: Sandbox, sources: list[Path], tmp_path: Path) -> list[Path]:
    places = [tmp_path / f"shard{number}" for number in range(1, COUNT + 1)]
    for number, place in enumerate(places, start=1):
        send(server, sources, place, Shard(number, COUNT))
    return places


def test_files_and_books_are_those_of_one_run(
    shards: list[Path], sources: list[Path], tmp_path: Path
) -> None:
    with running(SandboxSettings(database=tmp_path / "other.sqlite")) as other:
        send(other, sources, tmp_path / "whole", None)
    merge(shards, directory=tmp_path / "merged")

    for name in ("results.csv", "rejects.csv", "in_doubt.csv"):
        assert lines_of(tmp_path / "merged" / name) == lines_of(tmp_path / "whole" / name)
    assert told_in(tmp_path / "merged") == told_in(tmp_path / "whole")
    assert len(lines_of(tmp_path / "merged" / "results.csv")) == 80
    left = {path.name for path in (tmp_path / "merged").iterdir()}
    assert left == {"results.csv", "rejects.csv", "in_doubt.csv", "report.json", "report.html"}


def test_the_ids_are_those_that_each_shard_got(shards: list[Path], tmp_path: Path) -> None:
    merge(shards, directory=tmp_path / "merged")
    merged = (tmp_path / "merged" / "results.csv").read_text().splitlines()[1:]
    parts = [line for place in shards for line in (place / "results.csv").read_text().splitlines()]
    assert set(merged) <= set(parts)
    assert len(merged) == len(set(merged)) == 80


def test_a_missing_shard_is_named_and_its_rows_are_pending(
    shards: list[Path], tmp_path: Path
) -> None:
    report = merge([shards[0], shards[2]], directory=tmp_path / "merged")
    assert report.exit_code is ExitCode.INCOMPLETE
    assert report.notes == ("missing: shard 2/3",)
    assert report.books.pending == 80 - report.books.delivered > 0


def test_an_unfinished_shard_is_named(
    server: Sandbox, sources: list[Path], shards: list[Path], tmp_path: Path
) -> None:
    limited = SendSettings(rate="unlimited", shard=Shard(1, COUNT), max_rejects=0)
    stopped = import_file(
        sources,
        MAPPING,
        directory=tmp_path / "stopped",
        connection=Connection(api_key=SecretStr(server.public_key), base_url=server.base_url),
        settings=limited,
        consent=SENDS,
    )
    assert stopped.books.pending > 0
    report = merge([tmp_path / "stopped", *shards[1:]], directory=tmp_path / "merged")
    (note,) = report.notes
    assert note.startswith(f"unfinished: shard 1/3 in {tmp_path / 'stopped'}, ")
    assert report.books.pending == stopped.books.pending


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (("shard1", "shard1"), "shard 1/3 is given 2 times"),
        (("shard1", "other"), "other holds a shard of another import than"),
        (("shard1", "halves"), "halves holds shard 2/2"),
        (("whole",), "holds a whole import, not a shard"),
        (("shard1", "nothing"), "nothing holds no run"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    server: Sandbox,
    sources: list[Path],
    shards: list[Path],
    tmp_path: Path,
    chosen: tuple[str, ...],
    said: str,
) -> None:
    assert len(shards) == COUNT
    send(server, sources[:1], tmp_path / "other", Shard(2, COUNT))
    send(server, sources, tmp_path / "halves", Shard(2, 2))
    send(server, sources, tmp_path / "whole", None)
    with pytest.raises(RunDirectoryError, match=said):
        merge([tmp_path / name for name in chosen], directory=tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_files_of_others_are_not_overwritten(shards: list[Path]) -> None:
    with pytest.raises(RunDirectoryError):
        merge(shards[1:], directory=shards[0])
    assert (shards[0] / "journal.sqlite").exists()
