"""What earlier runs did, as a later one knows it: the nightly job."""

import csv
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import httpx
import polars as pl
import pytest
from pydantic import SecretStr

from plunk_import import (
    Books,
    Connection,
    ExitCode,
    Report,
    Runtime,
    SandboxSettings,
    SendSettings,
    SettingsError,
    StoppedError,
    import_file,
    resume,
)
from plunk_import.read import ORDINAL, ROW
from plunk_import.run.record import IN_DOUBT_BEFORE, EarlierRuns, scope_of
from plunk_import.sandbox import Sandbox, running
from plunk_import.storage import Claim, History, Journal, Outcome, RowState
from tests.fakes import ALL_ALLOWED, FakeClock, ScriptedTransport, delivered, refused

MAPPING = {
    "version": 1,
    "email": "email",
    "event": {"const": "order.paid"},
    "data": {"order": "order"},
    "id": ["order"],
}
FAST = SendSettings(rate="unlimited", settle_seconds=0)
HERE = Connection(api_key=SecretStr("pk_one"), base_url="http://127.0.0.1:1")
TAKES_KEYS = refused(400, "BAD_REQUEST")


def claim(ordinal: int, key: str) -> Claim:
    return Claim(ordinal, key, "ada@example.com", "hi")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def earlier_runs(tmp_path: Path, clock: FakeClock) -> Iterator[EarlierRuns]:
    with History.open(tmp_path / "history.sqlite", clock=clock) as history:
        yield EarlierRuns(history, "here", clock)


def write_orders(path: Path, *orders: int) -> Path:
    lines = [f"c{order}@example.com,{order}" for order in orders]
    path.write_text("\n".join(["email,order", *lines]) + "\n", encoding="utf-8")
    return path


def leave_journal(directory: Path, *outcomes: Outcome, claimed: tuple[int, ...] = ()) -> Path:
    """Make the journal of a run; each row's key is `k` and its number."""
    directory.mkdir()

    async def work() -> None:
        ordinals = [*claimed, *(outcome.ordinal for outcome in outcomes)]
        with Journal.create(directory / "journal.sqlite", {}, clock=FakeClock()) as journal:
            await journal.claim([claim(ordinal, f"k{ordinal}") for ordinal in ordinals])
            for outcome in outcomes:
                journal.settle(outcome)
            await journal.flush()

    anyio.run(work)
    return directory


def command(
    earlier_runs: EarlierRuns, directory: Path, *outcomes: Outcome, ends: bool = True
) -> None:
    """Let a command of a run settle these rows; unless it `ends` it is cut off."""

    async def work() -> None:
        with Journal.open(directory / "journal.sqlite", clock=FakeClock()) as journal:
            earlier_runs.begin(directory, journal)
            await journal.claim([claim(one.ordinal, f"k{one.ordinal}") for one in outcomes])
            for outcome in outcomes:
                journal.settle(outcome)
            await journal.flush()
            if ends:
                earlier_runs.finish(directory, journal)

    anyio.run(work)


def left_of(
    earlier_runs: EarlierRuns, directory: Path, *keys: str
) -> tuple[list[str], dict[int, RowState]]:
    """Which of these rows are left to be sent, and what the journal says of the others."""
    events = pl.DataFrame({ORDINAL: range(1, len(keys) + 1), "key": keys}).with_columns(
        whole_key=pl.lit(None, pl.String), email=pl.lit("ada@example.com"), event=pl.lit("hi")
    )
    ordinals = events[ORDINAL].cast(pl.UInt64)

    async def work() -> tuple[list[str], dict[int, RowState]]:
        with Journal.open(directory / "journal.sqlite", clock=FakeClock()) as journal:
            left = earlier_runs.leave_out(events.with_columns(ordinals), journal)
            await journal.flush()
            noted = journal.outcomes(1, len(keys)).select("ordinal", "state").iter_rows()
            return left["key"].to_list(), {ordinal: RowState(state) for ordinal, state in noted}

    return anyio.run(work)


def test_a_project_is_told_apart_without_its_key() -> None:
    others = [
        HERE,
        Connection(api_key=SecretStr("pk_two"), base_url=HERE.base_url),
        Connection(api_key=SecretStr("pk_one"), base_url="http://127.0.0.1:2"),
    ]
    assert len({scope_of(connection) for connection in others}) == 3
    assert scope_of(HERE) == scope_of(HERE.model_copy())
    assert "pk_one" not in scope_of(HERE)


def test_rows_that_an_earlier_run_delivered_are_skipped_those_in_doubt_held(
    earlier_runs: EarlierRuns, tmp_path: Path
) -> None:
    done = Outcome(1, RowState.DELIVERED, event_id="e")
    doubt = Outcome(2, RowState.IN_DOUBT, reason="no reply")
    first = leave_journal(tmp_path / "first", done, doubt, Outcome(3, RowState.PENDING))
    with Journal.open(first / "journal.sqlite") as journal:
        earlier_runs.finish(first, journal)
    second = leave_journal(tmp_path / "second")
    left, noted = left_of(earlier_runs, second, "k1", "k2", "k3", "k4")
    assert left == ["k3", "k4"]
    assert noted == {1: RowState.SKIPPED, 2: RowState.IN_DOUBT}
    with Journal.open(second / "journal.sqlite") as journal:
        assert journal.outcomes(2, 2)["reason"].to_list() == [IN_DOUBT_BEFORE]


def test_what_one_project_has_is_not_skipped_for_another(
    earlier_runs: EarlierRuns, tmp_path: Path
) -> None:
    first = leave_journal(tmp_path / "first", Outcome(1, RowState.DELIVERED))
    with Journal.open(first / "journal.sqlite") as journal:
        earlier_runs.finish(first, journal)
    elsewhere = EarlierRuns(earlier_runs.history, "elsewhere", earlier_runs.clock)
    assert left_of(elsewhere, leave_journal(tmp_path / "second"), "k1")[0] == ["k1"]


def test_a_history_that_knows_other_projects_only_is_strange(
    earlier_runs: EarlierRuns, clock: FakeClock
) -> None:
    keys = pl.Series("key", ["k-1"])
    assert earlier_runs.strangeness() is None
    earlier_runs.history.add(keys, scope="sandbox", at=clock.wall())
    assert earlier_runs.strangeness() is None
    earlier_runs.history.add(keys, scope="another", at=clock.wall())
    assert "If its API key was renewed, stop now" in str(earlier_runs.strangeness())
    earlier_runs.history.add(keys, scope=earlier_runs.scope, at=clock.wall())
    assert earlier_runs.strangeness() is None


@pytest.mark.parametrize("state", [RowState.DELIVERED, RowState.IN_DOUBT], ids=lambda s: s.name)
def test_a_row_sent_under_a_second_key_is_known_by_its_own(
    state: RowState, earlier_runs: EarlierRuns, tmp_path: Path
) -> None:
    first = leave_journal(tmp_path / "first")

    async def work() -> None:
        with Journal.open(first / "journal.sqlite", clock=FakeClock()) as journal:
            await journal.claim([claim(1, "k1.1.2")])
            journal.settle(Outcome(1, state))
            await journal.flush()
            earlier_runs.finish(first, journal)

    anyio.run(work)
    assert left_of(earlier_runs, leave_journal(tmp_path / "second"), "k1")[0] == []


def test_a_row_that_was_proven_not_stored_goes_though_an_earlier_run_doubts_it(
    earlier_runs: EarlierRuns, tmp_path: Path
) -> None:
    first = leave_journal(tmp_path / "first", Outcome(1, RowState.IN_DOUBT))
    with Journal.open(first / "journal.sqlite") as journal:
        earlier_runs.finish(first, journal)
    second = leave_journal(tmp_path / "second", Outcome(1, RowState.PENDING))
    left, noted = left_of(earlier_runs, second, "k1")
    assert left == ["k1"]
    assert noted == {1: RowState.PENDING}


DOUBT, PENDING = Outcome(1, RowState.IN_DOUBT, reason="lost"), Outcome(1, RowState.PENDING)
OTHER = Outcome(9, RowState.DELIVERED, event_id="e9")
PROOFS: dict[str, tuple[list[tuple[str, Outcome, bool]], bool]] = {
    "the run's own doubt was before": (
        [("first", DOUBT, True), ("first", PENDING, True)],
        True,
    ),
    "another run's doubt was before": (
        [("second", DOUBT, True), ("first", PENDING, True)],
        True,
    ),
    "another run's doubt came after": (
        [("first", PENDING, True), ("second", DOUBT, True)],
        False,
    ),
    "another run's doubt came again after": (
        [("second", DOUBT, True), ("first", PENDING, True), ("second", DOUBT, True)],
        False,
    ),
    "another run was cut off after": (
        [("first", PENDING, True), ("second", DOUBT, False)],
        False,
    ),
    "the proof's command was cut off": (
        [("first", DOUBT, True), ("first", PENDING, False)],
        True,
    ),
    "the proof's command was cut off, and another run's doubt came after": (
        [("first", DOUBT, True), ("first", PENDING, False), ("second", DOUBT, True)],
        False,
    ),
    "another command came after it": (
        [("first", DOUBT, True), ("first", PENDING, True), ("first", OTHER, True)],
        True,
    ),
    "another command came after it, and another run's doubt before that": (
        [("first", PENDING, True), ("second", DOUBT, True), ("first", OTHER, True)],
        False,
    ),
}


@pytest.mark.parametrize(("commands", "goes"), PROOFS.values(), ids=PROOFS)
def test_a_proof_that_a_row_is_not_stored_holds_until_another_run_may_have_sent_it(
    commands: list[tuple[str, Outcome, bool]],
    goes: bool,
    earlier_runs: EarlierRuns,
    tmp_path: Path,
) -> None:
    for name in ("first", "second"):
        leave_journal(tmp_path / name)
    for name, outcome, ends in commands:
        command(earlier_runs, tmp_path / name, outcome, ends=ends)
    command(earlier_runs, tmp_path / "first", ends=False)
    left, noted = left_of(earlier_runs, tmp_path / "first", "k1")
    assert left == ["k1"] * goes
    assert noted[1] is (RowState.PENDING if goes else RowState.IN_DOUBT)


@pytest.mark.parametrize(
    ("others", "is_anew"),
    [
        pytest.param([], False, id="nobody else"),
        pytest.param([("second", OTHER, True)], False, id="another run, of another row"),
        pytest.param([("second", DOUBT, True)], True, id="another run, of the same row"),
        pytest.param([("second", DOUBT, False)], True, id="another run that was cut off"),
    ],
)
def test_a_row_in_doubt_is_so_from_now_on_where_another_run_doubts_it_since(
    others: list[tuple[str, Outcome, bool]],
    is_anew: bool,
    earlier_runs: EarlierRuns,
    tmp_path: Path,
) -> None:
    for name in ("first", "second"):
        leave_journal(tmp_path / name)
    command(earlier_runs, tmp_path / "first", DOUBT)
    later = Outcome(2, RowState.DELIVERED, event_id="e2")
    command(earlier_runs, tmp_path / "first", later)
    before = doubt_of(tmp_path / "first")
    for name, outcome, ends in others:
        command(earlier_runs, tmp_path / name, outcome, ends=ends)
    command(earlier_runs, tmp_path / "first")
    assert (doubt_of(tmp_path / "first") > before) is is_anew
    command(earlier_runs, tmp_path / "first")
    again = doubt_of(tmp_path / "first")
    command(earlier_runs, tmp_path / "first")
    assert doubt_of(tmp_path / "first") == again


def test_a_row_in_doubt_since_a_cut_off_command_is_not_so_anew_for_what_its_own_run_learnt(
    earlier_runs: EarlierRuns, tmp_path: Path
) -> None:
    leave_journal(tmp_path / "first")
    command(earlier_runs, tmp_path / "first", DOUBT, ends=False)
    before = doubt_of(tmp_path / "first")
    command(earlier_runs, tmp_path / "first", Outcome(2, RowState.DELIVERED, event_id="e2"))
    command(earlier_runs, tmp_path / "first")
    assert doubt_of(tmp_path / "first") == before


def test_runs_that_send_nothing_do_not_renew_each_others_doubt(
    earlier_runs: EarlierRuns, tmp_path: Path
) -> None:
    places = [tmp_path / "first", tmp_path / "second"]
    for place in places:
        leave_journal(place)
        command(earlier_runs, place, DOUBT)
    for place in places:
        command(earlier_runs, place)
    before = [doubt_of(place) for place in places]
    for place in places:
        command(earlier_runs, place)
    assert [doubt_of(place) for place in places] == before


def test_a_row_that_was_left_out_for_a_doubt_does_not_renew_it(
    earlier_runs: EarlierRuns, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        leave_journal(tmp_path / name)
    command(earlier_runs, tmp_path / "first", DOUBT)
    before = doubt_of(tmp_path / "first")
    left_out = Outcome(1, RowState.IN_DOUBT, reason=f"{IN_DOUBT_BEFORE}; read back: refused")
    command(earlier_runs, tmp_path / "second", left_out)
    command(earlier_runs, tmp_path / "first")
    assert doubt_of(tmp_path / "first") == before


def doubt_of(directory: Path) -> int:
    """Tell since which note the only row in doubt is so."""
    with Journal.open(directory / "journal.sqlite", clock=FakeClock()) as journal:
        (entry,) = journal.in_doubt()
        assert entry.settled_order is not None
        return entry.settled_order


@pytest.mark.parametrize(
    "outcome",
    [Outcome(1, RowState.DELIVERED, event_id="e"), Outcome(1, RowState.IN_DOUBT, reason="lost")],
    ids=["delivered", "in doubt"],
)
def test_an_id_written_as_a_float_is_refused_where_its_whole_number_was_sent(
    earlier_runs: EarlierRuns, tmp_path: Path, outcome: Outcome
) -> None:
    first = leave_journal(tmp_path / "first", outcome)
    with Journal.open(first / "journal.sqlite") as journal:
        earlier_runs.finish(first, journal)
    second = leave_journal(tmp_path / "second")
    event = pl.DataFrame({ORDINAL: [1], ROW: [1], "key": ["float"], "whole_key": ["k1"]})
    ordinals = pl.col(ORDINAL).cast(pl.UInt64)
    with (
        Journal.open(second / "journal.sqlite", clock=FakeClock()) as journal,
        pytest.raises(StoppedError, match="Row 1 has an id written as a float"),
    ):
        earlier_runs.leave_out(event.with_columns(ordinals), journal)


def test_no_rows_ask_nothing(earlier_runs: EarlierRuns, tmp_path: Path) -> None:
    assert left_of(earlier_runs, leave_journal(tmp_path / "run")) == ([], {})


def test_a_run_that_was_cut_off_is_learnt_from(earlier_runs: EarlierRuns, tmp_path: Path) -> None:
    cut_off = leave_journal(tmp_path / "first", Outcome(1, RowState.DELIVERED), claimed=(2,))
    command(earlier_runs, cut_off, ends=False)
    second = leave_journal(tmp_path / "second")
    command(earlier_runs, second, ends=False)
    left, noted = left_of(earlier_runs, second, "k1", "k2", "k3")
    assert left == ["k3"]
    assert noted == {1: RowState.SKIPPED, 2: RowState.IN_DOUBT}


def deliver(directory: Path, ordinal: int) -> None:
    async def work() -> None:
        with Journal.open(directory / "journal.sqlite", clock=FakeClock()) as journal:
            await journal.claim([claim(ordinal, f"k{ordinal}")])
            journal.settle(Outcome(ordinal, RowState.DELIVERED))

    anyio.run(work)


def learn(history_at: Path, directory: Path, *, clock: FakeClock) -> list[str]:
    """Let a history learn what a run did; tell what the journal was asked for that."""
    asked: list[str] = []

    def watched(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.set_trace_callback(asked.append)
        return connection

    with (
        History.open(history_at, clock=clock) as history,
        Journal.open(directory / "journal.sqlite", clock=clock, connect=watched) as journal,
    ):
        EarlierRuns(history, "here", clock).finish(directory, journal)
    return [" ".join(one.split()) for one in asked if "key FROM rows" in one]


def known(history_at: Path, *keys: str) -> list[bool]:
    with History.open(history_at) as history:
        return history.known(pl.Series("key", keys), scope="here").to_list()


def test_of_a_run_that_goes_on_only_what_it_did_since_is_learnt(tmp_path: Path) -> None:
    history_at, clock = tmp_path / "history.sqlite", FakeClock()
    directory = leave_journal(tmp_path / "run", Outcome(1, RowState.DELIVERED))
    learn(history_at, directory, clock=clock)
    deliver(directory, 2)
    (asked,) = learn(history_at, directory, clock=clock)
    assert "settled_order >" in asked
    assert known(history_at, "k1", "k2", "k3") == [True, True, False]


def lose(history_at: Path, _: Path) -> None:
    history_at.unlink()


def prune(history_at: Path, _: Path) -> None:
    with History.open(history_at) as history:
        history.prune(datetime.now(UTC) + timedelta(days=365))


def replace_journal(_: Path, directory: Path) -> None:
    """Put one in its place whose notes are numbered alike, as another copy of the run has."""
    shutil.rmtree(directory)
    leave_journal(directory, Outcome(1, RowState.DELIVERED))


@pytest.mark.parametrize("happens", [lose, prune, replace_journal])
def test_all_of_a_run_is_learnt_again_where_its_history_or_journal_is_another(
    happens: Callable[[Path, Path], None], tmp_path: Path
) -> None:
    history_at, clock = tmp_path / "history.sqlite", FakeClock()
    directory = leave_journal(tmp_path / "run", Outcome(1, RowState.DELIVERED))
    learn(history_at, directory, clock=clock)
    happens(history_at, directory)
    deliver(directory, 2)
    assert not any("settled_order >" in one for one in learn(history_at, directory, clock=clock))
    assert known(history_at, "k1", "k2") == [True, True]


def test_a_copy_of_a_run_in_another_directory_is_learnt_on_its_own(tmp_path: Path) -> None:
    history_at, clock = tmp_path / "history.sqlite", FakeClock()
    directory = leave_journal(tmp_path / "run", Outcome(1, RowState.DELIVERED))
    learn(history_at, directory, clock=clock)
    shutil.copytree(directory, tmp_path / "copy")
    deliver(directory, 2)
    learn(history_at, directory, clock=clock)
    deliver(tmp_path / "copy", 3)
    learn(history_at, tmp_path / "copy", clock=clock)
    shutil.rmtree(directory)
    (tmp_path / "copy").rename(directory)  # in whose place another state was noted
    deliver(directory, 4)
    learn(history_at, directory, clock=clock)
    assert all(known(history_at, "k1", "k2", "k3", "k4"))


def test_what_was_in_flight_when_a_run_ended_is_in_doubt_for_the_next(
    earlier_runs: EarlierRuns, tmp_path: Path
) -> None:
    first = leave_journal(tmp_path / "first", claimed=(1,))
    with Journal.open(first / "journal.sqlite", clock=FakeClock()) as journal:
        earlier_runs.finish(first, journal)
    left, noted = left_of(earlier_runs, leave_journal(tmp_path / "second"), "k1")
    assert left == []
    assert noted == {1: RowState.IN_DOUBT}


def test_a_run_that_was_learnt_from_may_go_away(earlier_runs: EarlierRuns, tmp_path: Path) -> None:
    cut_off = leave_journal(tmp_path / "first", Outcome(1, RowState.DELIVERED))
    command(earlier_runs, cut_off, ends=False)
    command(earlier_runs, leave_journal(tmp_path / "second"), ends=False)
    (cut_off / "journal.sqlite").unlink()
    command(earlier_runs, leave_journal(tmp_path / "third"), ends=False)


def test_a_cut_off_run_whose_journal_is_gone_is_refused_with_the_remedy(
    earlier_runs: EarlierRuns, tmp_path: Path
) -> None:
    gone = leave_journal(tmp_path / "gone")
    command(earlier_runs, gone, ends=False)
    (gone / "journal.sqlite").unlink()
    second = leave_journal(tmp_path / "second")
    with pytest.raises(SettingsError, match=r"history forget \S+ \S+/gone") as raised:
        command(earlier_runs, second, ends=False)
    assert str(tmp_path / "history.sqlite") in str(raised.value)
    assert earlier_runs.history.finish(gone)
    command(earlier_runs, second, ends=False)


def test_a_run_that_goes_on_is_not_a_stranger_to_itself(
    earlier_runs: EarlierRuns, tmp_path: Path
) -> None:
    run = leave_journal(tmp_path / "first")
    command(earlier_runs, run, ends=False)
    command(earlier_runs, run, ends=False)


# From here on the whole way.


@pytest.fixture
def plunk() -> Iterator[Sandbox]:
    with running(SandboxSettings()) as server:
        yield server


def night(source: Path, name: str, plunk: Sandbox) -> Report:
    return import_file(
        source,
        MAPPING,
        directory=source.parent / name,
        settings=FAST,
        connection=Connection(api_key=SecretStr(plunk.public_key), base_url=plunk.base_url),
        history=source.parent / "history.sqlite",
        consent=ALL_ALLOWED,
    )


def results(directory: Path) -> list[str]:
    with (directory / "results.csv").open(newline="", encoding="utf-8") as stream:
        return [row["email"] for row in csv.DictReader(stream)]


def test_the_second_night_sends_only_what_the_first_had_not(tmp_path: Path, plunk: Sandbox) -> None:
    first = night(write_orders(tmp_path / "monday.csv", 1, 2, 3, 4), "monday", plunk)
    assert first.books == Books(read=4, delivered=4)
    second = night(write_orders(tmp_path / "tuesday.csv", 3, 4, 5, 6), "tuesday", plunk)
    assert second.books == Books(read=4, skipped=2, delivered=2)
    assert second.exit_code is ExitCode.DELIVERED
    assert results(tmp_path / "tuesday") == ["c5@example.com", "c6@example.com"]
    third = night(write_orders(tmp_path / "wednesday.csv", 5, 6), "wednesday", plunk)
    assert third.books == Books(read=2, skipped=2)


def test_a_rehearsal_in_the_sandbox_keeps_a_history_of_its_own(tmp_path: Path) -> None:
    for name, orders, skipped in (("one", (1, 2), 0), ("two", (2, 3), 1)):
        report = import_file(
            write_orders(tmp_path / f"{name}.csv", *orders),
            MAPPING,
            directory=tmp_path / name,
            settings=FAST,
            sandbox=SandboxSettings(),
            history=tmp_path / "history.sqlite",
        )
        assert report.books == Books(read=2, skipped=skipped, delivered=2 - skipped)


def test_the_second_night_does_not_send_what_the_first_left_in_doubt(tmp_path: Path) -> None:
    def scripted(name: str, *replies: httpx.Response) -> tuple[Report, ScriptedTransport]:
        transport = ScriptedTransport(refused(422, "VALIDATION_ERROR"), *replies)
        report = import_file(
            write_orders(tmp_path / f"{name}.csv", 1),
            MAPPING,
            directory=tmp_path / name,
            settings=FAST,
            connection=HERE,
            consent=ALL_ALLOWED,
            history=tmp_path / "history.sqlite",
            runtime=Runtime(clock=FakeClock(), transport=transport),
        )
        return report, transport

    first, _ = scripted("monday", refused(500, "INTERNAL_SERVER_ERROR"))
    second, asked = scripted("tuesday", delivered())
    assert first.books.in_doubt == second.books.in_doubt == 1
    keys = {request.headers["idempotency-key"] for request in asked.requests}
    assert [key for key in keys if key.startswith("id2-")] == []
    assert second.exit_code is ExitCode.INCOMPLETE


def test_a_row_that_was_tried_and_is_pending_is_left_out_once_another_night_delivered_it(
    tmp_path: Path,
) -> None:
    tonight = write_orders(tmp_path / "orders.csv", 1)

    def told(*replies: httpx.Response) -> Runtime:
        return Runtime(clock=FakeClock(), transport=ScriptedTransport(TAKES_KEYS, *replies))

    def sent(name: str, runtime: Runtime) -> Report:
        return import_file(
            tonight,
            MAPPING,
            directory=tmp_path / name,
            settings=FAST,
            connection=HERE,
            consent=ALL_ALLOWED,
            history=tmp_path / "history.sqlite",
            runtime=runtime,
        )

    first = sent("monday", told(refused(402, "BILLING_LIMIT_EXCEEDED")))
    assert first.books.pending == 1
    assert sent("tuesday", told(delivered())).books.delivered == 1
    again = resume(
        tmp_path / "monday", connection=HERE, consent=ALL_ALLOWED, runtime=told(delivered("twice"))
    )
    assert again.books == Books(read=1, skipped=1)
