"""A task for a shard and its repetition send every row once, and each says why it cannot go on."""

import asyncio
import dataclasses
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from plunk_import import ExitCode, SendSettings
from plunk_import.distributed import ShardEnd, ShardOrder, carried_out
from plunk_import.read import Place
from plunk_import.run import AgreedImport
from plunk_import.runtime import Clock, SystemClock
from plunk_import.sandbox import SandboxSettings, Store
from plunk_import.settings import Shard
from plunk_import.storage import locked
from plunk_import.validate import open_job
from tests.distributed.conftest import MAPPING, SENT

TOKEN = "a token"


@pytest.fixture
def order(sources: list[Path], tmp_path: Path) -> ShardOrder:
    job = open_job([str(path) for path in sources], MAPPING)
    directory = tmp_path / "import"
    directory.mkdir()
    (directory / "import.json").write_text(f'{{"token": "{TOKEN}"}}')
    return ShardOrder(
        sources=tuple(Place(path.name, path) for path in sources),
        mapping=MAPPING,
        directory=directory,
        token=TOKEN,
        stop_file=".stop",
        settings=SendSettings(
            rate="unlimited", shard=Shard(1, 1), manifest=str(directory / "manifest")
        ),
        sandbox=SandboxSettings(),
        agreed=AgreedImport(
            fingerprint=job.source.fingerprint(),
            mapping_sha256=job.loaded.sha256,
            scope="sandbox",
        ),
        lock_patience_seconds=0.0,
    )


def carry_out(
    order: ShardOrder,
    *,
    is_wanted: Callable[[], bool] = lambda: True,
    clock: Clock | None = None,
    said: list[Mapping[str, Any]] | None = None,
) -> ShardEnd:
    heard: list[Mapping[str, Any]] = [] if said is None else said
    return carried_out(order, is_wanted=is_wanted, say=heard.append, clock=clock or SystemClock())


def stored(order: ShardOrder) -> int:
    with Store(order.place / "sandbox.sqlite") as store:
        return store.counts().events


def test_a_repetition_finds_everything_done(order: ShardOrder) -> None:
    said: list[Mapping[str, Any]] = []
    ends = [carry_out(order, said=said) for _ in range(2)]
    assert {end.exit_code for end in ends} == {ExitCode.INCOMPLETE}  # for the rejects
    assert stored(order) == SENT
    assert {message["phase"] for message in said} >= {"checking", "sending"}
    assert {message["shard"] for message in said} == {1}


def test_a_repetition_gives_up_where_the_first_copy_stays_at_work(order: ShardOrder) -> None:
    order.place.mkdir()
    with locked(order.place / ".lock"):
        end = carry_out(order)
    assert end.exit_code is ExitCode.CANNOT_START
    assert "is in use by process" in end.message
    assert "An earlier copy of the task for shard 1/1 is still at work there" in end.message
    assert not (order.place / "journal.sqlite").exists()


class Releasing(SystemClock):
    """Time in which the first copy of a task ends while the second one waits."""

    def __init__(self, hold: ExitStack) -> None:
        self._hold = hold

    async def sleep(self, seconds: float) -> None:
        self._hold.close()
        await asyncio.sleep(min(seconds, 0.01))


def test_a_repetition_waits_for_the_first_copy_to_end(order: ShardOrder) -> None:
    order.place.mkdir()
    with ExitStack() as hold:
        hold.enter_context(locked(order.place / ".lock"))
        patient = dataclasses.replace(order, lock_patience_seconds=60.0)
        end = carry_out(patient, clock=Releasing(hold))
    assert end.exit_code is ExitCode.INCOMPLETE
    assert stored(order) == SENT


def test_a_copy_that_nobody_wants_any_more_stops_in_good_order(order: ShardOrder) -> None:
    end = carry_out(order, is_wanted=lambda: False)
    assert end.exit_code is ExitCode.STOPPED
    assert "the client that began the import has gone" in end.message
    assert carry_out(order).exit_code is ExitCode.INCOMPLETE
    assert stored(order) == SENT


def test_a_wish_to_stop_is_told_with_its_reason(order: ShardOrder) -> None:
    (order.directory / order.stop_file).write_text('{"exit_code": 143, "reason": "terminated"}')
    end = carry_out(order)
    assert end.exit_code is ExitCode.TERMINATED
    assert end.message.startswith("terminated")


def differing(order: ShardOrder, **changes: object) -> ShardOrder:
    return dataclasses.replace(order, agreed=order.agreed.model_copy(update=changes))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda order: dataclasses.replace(order, token="another"),
            "is not the directory in which the import was begun. Put it on storage that all",
        ),
        (
            lambda order: dataclasses.replace(order, versions=(("polars", "0.1"),)),
            "instead of 0.1: install the same everywhere",
        ),
        (
            lambda order: differing(order, fingerprint="0"),
            "the source (b.csv, a.csv) differs from what the import was begun with",
        ),
        (lambda order: differing(order, mapping_sha256="0"), "the mapping differs"),
        (lambda order: differing(order, scope="0"), "the project (PLUNK_API_KEY"),
        (
            lambda order: dataclasses.replace(order, sources=(Place("x", Path("/nowhere/x")),)),
            "/nowhere/x: no such file",
        ),
    ],
    ids=["directory", "versions", "source", "mapping", "project", "no file"],
)
def test_a_machine_that_differs_sends_nothing(
    order: ShardOrder, change: Callable[[ShardOrder], ShardOrder], said: str
) -> None:
    end = carry_out(change(order))
    assert end.exit_code is ExitCode.CANNOT_START
    assert said in end.message
    database = order.place / "sandbox.sqlite"
    assert not database.exists() or stored(order) == 0


def test_a_journal_that_is_gone_is_not_begun_anew(order: ShardOrder) -> None:
    carry_out(order)
    for path in order.place.iterdir():
        path.unlink()
    order.place.rmdir()
    end = carry_out(order)
    assert "shard 1/1 of this import belongs to another run" in end.message
    assert not order.place.exists()
