"""Behaviour of the journal: what was promised to be on the disk is on the disk."""

import contextlib
import functools
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import anyio
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from plunk_import.errors import ExitCode, OutputError, RunDirectoryError
from plunk_import.storage import Claim, Journal, Outcome, RowState
from plunk_import.storage.sqlite import connect
from tests.fakes import EPOCH, FakeClock

NOW = EPOCH.timestamp()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def journal(path: Path, clock: FakeClock) -> Iterator[Journal]:
    with Journal.create(path, {}, clock=clock) as journal:
        yield journal


def claims(*ordinals: int) -> list[Claim]:
    return [Claim(ordinal, f"key-{ordinal}", "ada@example.com", "hi") for ordinal in ordinals]


def record(journal: Journal, *outcomes: Outcome) -> None:
    """Claim the rows, settle them, and wait until it is written."""

    async def main() -> None:
        await journal.claim(claims(*(outcome.ordinal for outcome in outcomes)))
        for outcome in outcomes:
            journal.settle(outcome)
        await journal.flush()

    anyio.run(main)


def run(work: Callable[[], Awaitable[None]]) -> None:
    anyio.run(work)


DELIVERED = Outcome(
    1,
    RowState.DELIVERED,
    attempts=2,
    event_id="e-1",
    contact_id="c-1",
    timestamp="2026-05-17T18:27:16.098Z",
    sent_at=NOW - 1,
)
REJECTED = Outcome(
    2,
    RowState.REJECTED,
    attempts=1,
    code="VALIDATION_ERROR",
    field="email",
    message="Invalid email",
    request_id="r-2",
)
IN_DOUBT = Outcome(4, RowState.IN_DOUBT, attempts=1, reason="timed out", sent_at=NOW - 3)
UNIDENTIFIED = Outcome(5, RowState.DELIVERED, attempts=1)
PENDING = Outcome(6, RowState.PENDING, attempts=3)


def test_a_run_reads_back_what_it_was_told_about_itself(path: Path) -> None:
    meta = {"fingerprint": "ab12", "files": ["a.csv", "b.csv"], "settings": {"rate": None}}
    with Journal.create(path, meta) as journal:
        journal.note("takes_keys", value=True)
        journal.note("fingerprint", "cd34")
    with Journal.open(path) as journal:
        assert journal.meta() == {**meta, "fingerprint": "cd34", "takes_keys": True}


def test_outcomes_come_back_in_row_order_with_all_that_was_told(journal: Journal) -> None:
    record(journal, REJECTED, DELIVERED)
    told = [{**one._asdict(), "settled_at": NOW} for one in (DELIVERED, REJECTED)]
    names = journal.outcomes(1, 2).columns
    assert set(told[0]) - set(names) == {"email", "event"}
    assert journal.outcomes(1, 2).rows(named=True) == [
        {name: one[name] for name in names} for one in told
    ]


def test_a_range_without_outcomes_gives_an_empty_frame_of_the_same_columns(
    journal: Journal,
) -> None:
    record(journal, DELIVERED)
    assert journal.outcomes(2, 9).schema == journal.outcomes(1, 1).schema
    assert journal.outcomes(2, 9).is_empty()


def test_outcomes_can_be_filtered_by_the_state_itself(journal: Journal) -> None:
    record(journal, DELIVERED, REJECTED)
    found = journal.outcomes(1, 9).filter(pl.col("state").is_in([RowState.REJECTED]))
    assert found["ordinal"].to_list() == [2]
    assert journal.outcomes(1, 9).filter(state=RowState.DELIVERED)["ordinal"].to_list() == [1]


def test_everything_that_is_not_to_be_sent_is_finished(journal: Journal) -> None:
    record(journal, DELIVERED, REJECTED, IN_DOUBT, UNIDENTIFIED, PENDING)
    journal.skip(pl.Series([3, 9], dtype=pl.UInt64))
    run(lambda: journal.claim(claims(7)))
    assert journal.finished(1, 9).to_list() == [1, 2, 3, 4, 5, 9]
    assert journal.finished(2, 5).to_list() == [2, 3, 4, 5]
    assert [journal.count_finished(1, 9), journal.count_finished(6, 8)] == [6, 0]
    assert journal.finished(1, 9).dtype == pl.UInt64


def test_a_new_journal_knows_of_no_row(journal: Journal) -> None:
    assert journal.finished(1, 9).dtype == pl.UInt64
    assert journal.counts() == {}
    assert journal.delivery_span() == (None, None)


def test_counts_are_by_state_and_by_the_codes_of_plunk(journal: Journal) -> None:
    record(journal, DELIVERED, REJECTED, REJECTED._replace(ordinal=8), IN_DOUBT)
    record(journal, REJECTED._replace(ordinal=9, code="BAD_REQUEST"))
    assert journal.counts() == {
        RowState.DELIVERED: 1,
        RowState.REJECTED: 3,
        RowState.IN_DOUBT: 1,
    }
    assert journal.rejects_by_code() == {"VALIDATION_ERROR": 2, "BAD_REQUEST": 1}


def test_rows_that_need_resolving_are_given_with_what_helps_to_recognise_them(
    journal: Journal,
) -> None:
    record(journal, DELIVERED, IN_DOUBT, UNIDENTIFIED, PENDING)
    (doubt,) = journal.in_doubt()
    assert (doubt.ordinal, doubt.key, doubt.reason) == (4, "key-4", "timed out")
    assert doubt.left_by == NOW - 3
    assert [entry.ordinal for entry in journal.unidentified()] == [5]
    assert [(entry.ordinal, entry.attempts) for entry in journal.pending()] == [(6, 3)]


def test_rows_in_doubt_can_be_settled_while_they_are_read(journal: Journal) -> None:
    record(journal, *(IN_DOUBT._replace(ordinal=ordinal) for ordinal in range(1, 2_502)))
    met = 0
    for entry in journal.in_doubt():
        journal.settle(Outcome(entry.ordinal, RowState.DELIVERED, event_id="e"))
        met += 1
    run(journal.flush)
    assert met == 2_501
    assert journal.counts() == {RowState.DELIVERED: 2_501}


def test_skipping_leaves_rows_alone_that_the_run_knows(journal: Journal) -> None:
    record(journal, DELIVERED)
    journal.skip(pl.Series([1, 2], dtype=pl.UInt64))
    assert journal.counts() == {RowState.DELIVERED: 1, RowState.SKIPPED: 1}


def test_what_a_first_pass_found_replaces_what_one_found_before(tmp_path: Path) -> None:
    duplicates = pl.Series([7, 3], dtype=pl.UInt64)
    with Journal.create(tmp_path / "j", {"run": 1}, duplicates=duplicates) as journal:
        assert journal.duplicates().to_list() == [3, 7]
        journal.note_first_pass({"run": 2}, pl.Series([9, 5], dtype=pl.UInt64))
        assert (journal.meta()["run"], journal.duplicates().to_list()) == (2, [5, 9])
        assert journal.duplicates().dtype == pl.UInt64
        journal.note_first_pass({"run": 3}, None)
        assert (journal.meta()["run"], journal.duplicates().to_list()) == (3, [])


def test_what_a_first_pass_found_is_noted_whole_or_not_at_all(journal: Journal) -> None:
    journal.note_first_pass({"run": 1}, pl.Series([7], dtype=pl.UInt64))
    with pytest.raises(OutputError):
        journal.note_first_pass({"run": 2}, pl.Series([5, 5], dtype=pl.UInt64))
    assert (journal.meta()["run"], journal.duplicates().to_list()) == (1, [7])


def test_keys_of_delivered_rows_are_given_for_a_history(journal: Journal) -> None:
    record(journal, DELIVERED, REJECTED, UNIDENTIFIED)
    assert [keys.to_list() for keys in journal.delivered_keys()] == [["key-1", "key-5"]]


def test_an_event_id_belongs_to_the_row_it_was_delivered_for(journal: Journal) -> None:
    record(journal, DELIVERED)
    assert journal.owns_event("e-1")
    assert not journal.owns_event("e-2")


def test_the_span_reaches_from_the_first_to_the_last_delivery(
    journal: Journal, clock: FakeClock
) -> None:
    record(journal, DELIVERED)
    clock.advance(60)
    record(journal, UNIDENTIFIED)
    clock.advance(60)
    record(journal, REJECTED)
    first, last = journal.delivery_span()
    assert first == EPOCH
    assert last is not None
    assert (last - EPOCH).total_seconds() == 60


def test_a_row_sent_again_loses_nothing_that_is_still_true(journal: Journal) -> None:
    record(journal, IN_DOUBT._replace(request_id="r-4"))
    journal.settle(Outcome(4, RowState.DELIVERED, event_id="e-4"))
    run(journal.flush)
    (row,) = journal.outcomes(4, 4).rows(named=True)
    assert (row["attempts"], row["request_id"], row["sent_at"]) == (1, "r-4", NOW - 3)
    assert row["reason"] == "timed out"


# Crashes


def test_claims_without_outcome_are_in_doubt_after_a_crash(path: Path) -> None:
    with Journal.create(path, {}, clock=FakeClock()) as journal:
        record(journal, DELIVERED)
        run(lambda: journal.claim(claims(7, 8)))
    later = FakeClock(start=600)
    with Journal.open(path, clock=later) as journal:
        assert journal.adopt_claims("the process ended") == 2
        assert journal.adopt_claims("the process ended") == 0
        doubts = list(journal.in_doubt())
    assert [(doubt.ordinal, doubt.attempts) for doubt in doubts] == [(7, 1), (8, 1)]
    assert {doubt.reason for doubt in doubts} == {"the process ended"}
    # It may have left at any time before the crash, and that was before the resume.
    assert {doubt.left_by for doubt in doubts} == {NOW + 600}


def test_an_old_time_of_sending_does_not_outlive_a_new_claim(path: Path) -> None:
    with Journal.create(path, {}, clock=FakeClock()) as journal:
        record(journal, PENDING._replace(sent_at=NOW - 900))
        run(lambda: journal.claim(claims(6)))
        journal.adopt_claims("the process ended")
        (doubt,) = journal.in_doubt()
    assert doubt.left_by == NOW


def test_the_first_claim_of_a_key_outlives_crashes_and_later_tries(path: Path) -> None:
    clock = FakeClock()
    with Journal.create(path, {}, clock=clock) as journal:
        run(lambda: journal.claim(claims(6)))
    clock.advance(3_600)
    with Journal.open(path, clock=clock) as journal:
        journal.adopt_claims("the process ended")
        clock.advance(3_600)
        run(lambda: journal.claim(claims(6)))
        clock.advance(3_600)
        journal.adopt_claims("the process ended")
        (doubt,) = journal.in_doubt()
    assert doubt.first_claimed_at == NOW
    assert doubt.claimed_at == NOW


@pytest.mark.parametrize(
    ("state", "hour"),
    [
        pytest.param(RowState.PENDING, 1, id="surely not stored"),
        pytest.param(RowState.IN_DOUBT, 0, id="in doubt"),
    ],
)
def test_a_row_may_be_stored_since_its_first_claim_after_it_surely_was_not(
    path: Path, state: RowState, hour: int
) -> None:
    clock = FakeClock()
    with Journal.create(path, {}, clock=clock) as journal:
        run(lambda: journal.claim(claims(6)))
        journal.settle(Outcome(6, state))
        run(journal.flush)
        clock.advance(3_600)
        run(lambda: journal.claim(claims(6)))
        journal.adopt_claims("the process ended")
        (doubt,) = journal.in_doubt()
    assert (doubt.claimed_at, doubt.first_claimed_at) == (NOW + 3_600 * hour, NOW)


@pytest.mark.parametrize(
    ("keys", "first_minute"),
    [
        pytest.param(["a"], 0, id="once"),
        pytest.param(["a", "a", "a"], 0, id="the same key again"),
        pytest.param(["a", "b"], 1, id="a new key"),
        pytest.param(["a", "b", "b"], 1, id="a new key, twice"),
        pytest.param(["a", "b", "a"], 0, id="back to the first key"),
        pytest.param(["a", "b", "a", "b"], 1, id="back to the second key"),
    ],
)
def test_each_key_of_a_row_has_its_own_first_claim(
    path: Path, keys: list[str], first_minute: int
) -> None:
    clock = FakeClock()
    with Journal.create(path, {}, clock=clock) as journal:
        for key in keys:
            run(functools.partial(journal.claim, [Claim(6, key, "ada@example.com", "hi")]))
            clock.advance(60)
        journal.settle(PENDING)
        run(journal.flush)
        (entry,) = journal.pending()
    assert (entry.key, entry.first_claimed_at) == (keys[-1], NOW + 60 * first_minute)


def test_a_row_that_this_run_never_claimed_has_no_key_and_no_claim(journal: Journal) -> None:
    journal.settle(IN_DOUBT)
    run(journal.flush)
    (doubt,) = journal.in_doubt()
    assert (doubt.key, doubt.claimed_at, doubt.first_claimed_at) == (None, None, None)


def test_writes_flow_once_a_request_that_left_after_the_note_is_stored(
    path: Path, clock: FakeClock
) -> None:
    async def main(journal: Journal) -> None:
        await journal.claim(claims(1, 2, 3))
        journal.leaves(1)
        journal.leaves(2)
        noted = journal.settle(Outcome(1, RowState.IN_DOUBT, reason="no reply"))
        journal.settle(DELIVERED._replace(ordinal=2))
        assert not journal.has_stored_since(noted)
        # Claimed before the note, it leaves after it.
        journal.leaves(3)
        journal.settle(DELIVERED._replace(ordinal=3))
        assert journal.has_stored_since(noted)
        await journal.flush()

    with Journal.create(path, {}, clock=clock) as journal:
        anyio.run(main, journal)
    with Journal.open(path, clock=clock) as journal:
        (doubt,) = journal.in_doubt()
        assert doubt.settled_order is not None
        assert journal.has_stored_since(doubt.settled_order)


@pytest.mark.parametrize("asks_again", [False, True], ids=["once", "asked again meanwhile"])
def test_doubt_counts_from_the_end_of_the_last_request_however_late_it_is_noted(
    path: Path, asks_again: bool
) -> None:
    async def main(journal: Journal) -> None:
        await journal.claim(claims(1, 2))
        journal.leaves(1)
        journal.ends(1)
        journal.leaves(2)
        if asks_again:
            journal.leaves(1)
            journal.ends(1)
        journal.ends(2)
        journal.settle(DELIVERED._replace(ordinal=2))
        noted = journal.settle(Outcome(1, RowState.IN_DOUBT, reason="the run stopped"))
        assert journal.has_stored_since(noted) is not asks_again
        await journal.flush()

    with Journal.create(path, {}) as journal:
        anyio.run(main, journal)
    with Journal.open(path) as journal:
        (doubt,) = journal.in_doubt()
        assert journal.has_stored_since(doubt.settled_order or 0) is not asks_again


def test_attempts_of_earlier_processes_are_added(path: Path) -> None:
    with Journal.create(path, {}) as journal:
        record(journal, PENDING)
    with Journal.open(path) as journal:
        record(journal, PENDING._replace(attempts=1))
        record(journal, PENDING._replace(attempts=2, state=RowState.DELIVERED))
        assert journal.outcomes(6, 6)["attempts"].item() == 5


def test_settled_outcomes_are_written_by_closing(path: Path) -> None:
    with Journal.create(path, {}) as journal:
        journal.settle(DELIVERED)
    with Journal.open(path) as journal:
        assert journal.counts() == {RowState.DELIVERED: 1}


def copied(path: Path, place: Path) -> Path:
    """The files as a crash of the machine at this moment would leave them at best."""
    place.mkdir()
    for file in path.parent.glob(f"{path.name}*"):
        if not file.name.endswith("-shm"):
            shutil.copy(file, place / file.name)
    return place / path.name


steps = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), st.lists(st.integers(1, 30), min_size=1, max_size=5)),
        st.tuples(st.just("settle"), st.sampled_from([2, 3, 4, 5])),
        st.tuples(st.just("flush"), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps, crash=st.integers(0, 25))
def test_whatever_was_awaited_survives_a_crash(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, object]], crash: int
) -> None:
    place = tmp_path_factory.mktemp("crash")
    path = place / "journal.sqlite"
    promised: dict[int, set[int]] = {}
    with Journal.create(path, {}) as journal:
        run(lambda: walk(journal, steps[:crash], promised))
        survivor = copied(path, place / "copy")
    with Journal.open(survivor) as journal:
        states = dict(journal.outcomes(1, 30).select("ordinal", "state").rows())
    assert set(states) == set(promised)
    assert all(states[ordinal] in possible for ordinal, possible in promised.items())


async def walk(
    journal: Journal, steps: list[tuple[str, object]], promised: dict[int, set[int]]
) -> None:
    """Take the steps, and keep for each row in which states a crash may now leave it."""
    for step, argument in steps:
        if isinstance(argument, list):
            await journal.claim(claims(*argument))
            promised.update((ordinal, {RowState.CLAIMED.value}) for ordinal in argument)
        elif isinstance(argument, int):
            for ordinal in [o for o, states in promised.items() if RowState.CLAIMED in states]:
                journal.settle(Outcome(ordinal, RowState(argument)))
                promised[ordinal] |= {argument}
        elif step == "flush":
            await journal.flush()


SENDER = """
import sys, anyio
from pathlib import Path
from plunk_import.storage import Claim, Journal, Outcome, RowState

async def worker(journal, first):
    for ordinal in range(first, 10**9, 8):
        await journal.claim([Claim(ordinal, str(ordinal), "ada@example.com", "hi")])
        print(ordinal, flush=True)
        journal.settle(Outcome(ordinal, RowState.DELIVERED, attempts=1, event_id="e"))

async def main():
    with Journal.create(Path(sys.argv[1]), {}) as journal:
        async with anyio.create_task_group() as tasks:
            for first in range(1, 9):
                tasks.start_soon(worker, journal, first)

anyio.run(main)
"""


@pytest.mark.parametrize("rows", [1, 7, 100, 1_000])
def test_a_killed_process_leaves_a_journal_that_knows_all_it_sent(path: Path, rows: int) -> None:
    with subprocess.Popen([sys.executable, "-c", SENDER, path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        sent = [int(process.stdout.readline()) for _ in range(rows)]
        process.send_signal(signal.SIGKILL)
        sent += [int(line) for line in process.stdout if line.endswith(b"\n")]
    with Journal.open(path) as journal:
        journal.adopt_claims("killed")
        known = journal.finished(1, 10_000_000)
        assert set(journal.counts()) <= {RowState.DELIVERED, RowState.IN_DOUBT}
    assert set(sent) <= set(known.to_list())


def killed(path: Path) -> None:
    """Leave a journal as a process does that is killed while it has the journal open."""
    with subprocess.Popen([sys.executable, "-c", SENDER, path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)


def emptied(log: Path) -> None:
    log.write_bytes(b"")


@pytest.mark.parametrize("lose", [Path.unlink, emptied], ids=["missing", "empty"])
def test_a_killed_run_whose_newest_outcomes_are_lost_is_refused_and_left_as_it_is(
    path: Path, lose: Callable[[Path], None]
) -> None:
    killed(path)
    lose(path.with_name("journal.sqlite-wal"))
    for shared in path.parent.glob("*-shm"):
        shared.unlink()
    before = path.read_bytes()
    for _ in range(2):  # asking again does not talk it round
        with pytest.raises(RunDirectoryError, match=r"journal\.sqlite-wal.*is gone") as caught:
            Journal.open(path)
        for word in ("send again all that this run delivered", "--history", "`id`", "Plunk, asked"):
            assert word in str(caught.value)
        assert caught.value.exit_code is ExitCode.CANNOT_START
    assert path.read_bytes() == before


def test_a_killed_run_with_all_its_files_goes_on(path: Path) -> None:
    killed(path)
    for _ in range(2):
        with Journal.open(path) as journal:
            assert sum(journal.counts().values()) >= 20
    assert list(path.parent.iterdir()) == [path]


def test_a_run_killed_before_its_first_claim_goes_on(path: Path) -> None:
    Journal.create(path, {}).close()
    open_only = SENDER.replace(
        "Journal.create(Path(sys.argv[1]), {})", "Journal.open(Path(sys.argv[1]))"
    )
    open_only = (
        open_only.split("async with")[0]
        + "print(flush=True); await anyio.sleep(60)\nanyio.run(main)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", open_only, path], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with Journal.open(path) as journal:
        assert journal.counts() == {}


def test_a_journal_that_could_not_say_that_it_is_closed_goes_on(path: Path) -> None:
    disk = SmallDisk(pages=20)
    journal = Journal.create(path, {}, connect=disk.connect)
    anyio.run(fill, journal)
    with contextlib.suppress(OutputError):
        journal.close()
    with Journal.open(path) as journal:
        assert journal.counts()


# What goes wrong


class SmallDisk:
    """A disk that takes `pages` pages of 4 KiB for each connection, until it is enlarged."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        self.connections: list[sqlite3.Connection] = []

    def connect(self, path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.execute(f"PRAGMA max_page_count = {self.pages}")
        self.connections.append(connection)
        return connection

    def enlarge(self) -> None:
        for connection in self.connections[1:]:  # the first made the file and is closed
            connection.execute("PRAGMA max_page_count = 1000000")


async def fill(journal: Journal) -> int:
    """Claim and settle until the disk is full; give the last ordinal that was granted."""
    for ordinal in range(1, 10**6):
        try:
            await journal.claim(claims(ordinal))
        except OutputError:
            return ordinal - 1
        journal.settle(Outcome(ordinal, RowState.DELIVERED, message="x" * 200))
    raise AssertionError


def test_a_full_disk_ends_claiming_for_good_and_says_what_to_do(path: Path) -> None:
    disk = SmallDisk(pages=20)
    journal = Journal.create(path, {}, connect=disk.connect)

    async def main() -> None:
        await fill(journal)
        with pytest.raises(OutputError, match=r"disk is full.*plunk-import resume"):
            await journal.claim(claims(10**6))
        with pytest.raises(OutputError, match="disk is full"):
            await journal.flush()
        journal.settle(Outcome(1, RowState.REJECTED, message="x" * 100_000))

    run(main)
    with pytest.raises(OutputError, match=r"outcomes of \d+ rows .* in doubt on resume"):
        journal.close()


def test_everyone_who_waits_hears_of_a_full_disk(path: Path) -> None:
    journal = Journal.create(path, {}, connect=SmallDisk(pages=12).connect)
    refused: list[int] = []

    async def claim(ordinal: int) -> None:
        try:
            await journal.claim([Claim(ordinal, "k" * 2_000, "ada@example.com", "hi")])
        except OutputError:
            refused.append(ordinal)

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for ordinal in range(1, 101):
                tasks.start_soon(claim, ordinal)

    with journal:
        run(main)
        granted = sum(journal.counts().values())
    assert refused
    assert len(refused) + granted == 100


def test_outcomes_wait_in_memory_for_a_disk_with_room(path: Path) -> None:
    disk = SmallDisk(pages=20)
    with Journal.create(path, {}, connect=disk.connect) as journal:

        async def main() -> int:
            granted = await fill(journal)
            journal.settle(Outcome(granted, RowState.DELIVERED, attempts=7))
            return granted

        granted = anyio.run(main)
        disk.enlarge()
    with Journal.open(path) as journal:
        assert journal.counts() == {RowState.DELIVERED: granted}
        assert journal.outcomes(granted, granted)["attempts"].item() == 7


def test_a_second_journal_does_not_overwrite_the_first(path: Path) -> None:
    Journal.create(path, {"run": 1}).close()
    with pytest.raises(RunDirectoryError, match=r"another run's journal .* -o"):
        Journal.create(path, {"run": 2})
    with Journal.open(path) as journal:
        assert journal.meta() == {"run": 1}


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (name TEXT)")
    connection.close()


def from_the_future(path: Path) -> None:
    Journal.create(path, {}).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def of_0_1_0(path: Path) -> None:
    """A journal as plunk-import 0.1.0 left it."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA application_id = {0x706C6B6A}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute(
            "CREATE TABLE rows (ordinal INTEGER PRIMARY KEY, state INTEGER NOT NULL, key TEXT, "
            "attempts INTEGER, claimed_at REAL, sent_at REAL, settled_at REAL, event_id TEXT, "
            "contact_id TEXT, timestamp TEXT, code TEXT, field TEXT, message TEXT, "
            "request_id TEXT, reason TEXT)"
        )
        connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        connection.execute("INSERT INTO rows (ordinal, state, key) VALUES (1, 5, 'id-1')")
    connection.close()


def damaged_in_front(path: Path) -> None:
    Journal.create(path, {"run": "x" * 50_000}).close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * 4_000 + content[4_100:])


def damaged_behind(path: Path) -> None:
    with Journal.create(path, {}) as journal:
        record(journal, *(DELIVERED._replace(ordinal=n) for n in range(1, 2_000)))
    content = bytearray(path.read_bytes())
    page = content.index(b"key-1500") // 4096 * 4096
    content[page : page + 64] = b"\xff" * 64
    path.write_bytes(content)


def changed(statement: str, path: Path) -> None:
    """A journal in which somebody has been at work with another program."""
    with Journal.create(path, {}) as journal:
        record(journal, DELIVERED)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        connection.execute(statement)
    connection.close()


def without_rows(path: Path) -> None:
    changed("DROP TABLE rows", path)


def with_an_odd_state(path: Path) -> None:
    changed("UPDATE rows SET state = 77", path)


def with_an_odd_time(path: Path) -> None:
    changed("UPDATE rows SET first_claimed_at = 'yesterday'", path)


def with_odd_words_about_the_run(path: Path) -> None:
    changed("INSERT INTO meta VALUES ('run', '{half')", path)


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        pytest.param(lambda _: None, "there is no journal here", id="missing"),
        pytest.param(lambda path: path.write_text("a,b\n" * 500), "not a journal", id="text"),
        pytest.param(Path.touch, "not a journal", id="empty"),
        pytest.param(foreign, "not a journal", id="another program's database"),
        pytest.param(from_the_future, "format 99.*Upgrade", id="later format"),
        pytest.param(of_0_1_0, r"format 1.*older plunk-import.*twice.*resume", id="of 0.1.0"),
        pytest.param(damaged_in_front, "damaged.*send again", id="damaged in front"),
        pytest.param(damaged_behind, "damaged.*send again", id="damaged behind"),
        pytest.param(without_rows, "damaged.*send again", id="a table is missing"),
        pytest.param(with_an_odd_state, "damaged.*send again", id="odd state"),
        pytest.param(with_an_odd_time, "damaged.*send again", id="odd time"),
        *(
            pytest.param(
                functools.partial(changed, f"UPDATE rows SET {column} = {value}"),  # noqa: S608 - ours
                "damaged.*send again",
                id=f"{column} = {value}",
            )
            for column, value in (
                ("state", "2.5"),
                ("key", "x'6b6579'"),
                ("attempts", "1.5"),
                ("attempts", "'many'"),
                ("settled_order", "'last'"),
                ("left_order", "x'01'"),
                ("sent_at", "'noon'"),
                ("settled_at", "x'01'"),
                ("claimed_at", "'noon'"),
            )
        ),
        pytest.param(with_odd_words_about_the_run, "damaged.*send again", id="odd words"),
    ],
)
def test_what_is_no_journal_is_refused_with_a_remedy(
    path: Path, prepare: Callable[[Path], object], message: str
) -> None:
    prepare(path)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(RunDirectoryError, match=message) as caught:
        Journal.open(path)
    assert str(path) in str(caught.value)
    assert (path.read_bytes() if path.exists() else None) == before


def test_a_directory_that_cannot_be_written_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        Journal.create(tmp_path / "nowhere" / "journal.sqlite", {})


def test_a_create_that_was_killed_leaves_nothing_in_the_way(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(f"{path.name}.new{suffix}").write_bytes(b"half a file")
    Journal.create(path, {}).close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
