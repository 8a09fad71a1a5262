"""What is left of a run, from its journal and its source."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest

from plunk_import import Books, SandboxSettings, SendSettings, import_file, resume
from plunk_import.errors import StoppedError
from plunk_import.run.record import MOST_EVENTS, EarlierRuns, Run, RunRecord
from plunk_import.send import EarlierTry, Event
from plunk_import.storage import Claim, History, Journal, Outcome, RowState, RunDirectory
from plunk_import.validate import open_job
from tests.fakes import EPOCH, FakeClock

MAPPING = "version: 1\nemail: email\nevent: event\nwhere: n <> 'out'\ndata: {n: n}\n"
ROWS = [*(f"c{n}@example.com,hi,{n}" for n in range(1, 7)), "nobody,hi,7", "x@example.com,hi,out"]


def claim(ordinal: int, key: str) -> Claim:
    return Claim(ordinal, key, "ada@example.com", "hi")


def begin(
    directory: Path, *rows: str, settings: SendSettings | None = None, mapping: str = MAPPING
) -> RunDirectory:
    """Begin a run that sends nothing, because more rows are bad than it allows."""
    source, mapped = directory / "a.csv", directory / "a.yaml"
    source.write_text("\n".join(["email,event,n", *rows]) + "\n")
    mapped.write_text(mapping)
    import_file(
        source,
        mapped,
        directory=directory / "run",
        settings=settings or SendSettings(max_rejects=0),
        sandbox=SandboxSettings(),
    )
    return RunDirectory(directory / "run")


@contextlib.contextmanager
def reopened(place: RunDirectory) -> Iterator[Run]:
    with Journal.open(place.journal, clock=FakeClock()) as journal:
        record = RunRecord.of(journal)
        yield Run(place, open_job(record.sources, record.loaded_mapping()), journal, record)


@pytest.fixture
def place(tmp_path: Path) -> RunDirectory:
    return begin(tmp_path, *ROWS)


def note(run: Run, **states: RowState) -> None:
    """Claim and settle rows: `r3=RowState.DELIVERED` is row 3."""

    async def work() -> None:
        outcomes = [Outcome(int(name[1:]), state, 1) for name, state in states.items()]
        await run.journal.claim([claim(one.ordinal, f"key-{one.ordinal}") for one in outcomes])
        for outcome in outcomes:
            if outcome.state is not RowState.CLAIMED:
                run.journal.settle(outcome)
        await run.journal.flush()

    anyio.run(work)


def left(run: Run, earlier: dict[int, EarlierTry] | None = None) -> list[Event]:
    async def work() -> list[Event]:
        lists = run.events(earlier=earlier or {})
        return [event async for events in lists for event in events]

    return anyio.run(work)


def test_every_valid_row_is_to_be_sent_in_file_order(place: RunDirectory) -> None:
    with reopened(place) as run:
        events = left(run)
    assert [event.ordinal for event in events] == [1, 2, 3, 4, 5, 6]
    assert events[0].contact == "c1@example.com"
    assert all(event.key == event.sent_key for event in events)


@pytest.mark.parametrize("first", [1, 3], ids=["from the start", "in the middle"])
def test_finished_rows_are_not_sent_again_pending_ones_are(first: int, place: RunDirectory) -> None:
    with reopened(place) as run:
        note(
            run,
            **{
                f"r{first}": RowState.DELIVERED,
                f"r{first + 1}": RowState.REJECTED,
                f"r{first + 2}": RowState.IN_DOUBT,
                f"r{first + 3}": RowState.PENDING,
            },
        )
        finished = {first, first + 1, first + 2}
        assert [event.ordinal for event in left(run)] == sorted({1, 2, 3, 4, 5, 6} - finished)


def test_a_row_in_doubt_is_asked_again_under_the_key_it_was_sent_with(place: RunDirectory) -> None:
    with reopened(place) as run:
        note(run, r1=RowState.DELIVERED, r2=RowState.IN_DOUBT)
        earlier = {2: EarlierTry("key-2", True, 4, "no reply", 0.0, 1e9)}
        again = left(run, earlier)
        assert [event.ordinal for event in again] == [2, 3, 4, 5, 6]
        assert again[0].sent_key == "key-2" != again[0].key
        assert these(run, earlier) == again[:1]


def these(run: Run, earlier: dict[int, EarlierTry]) -> list[Event]:
    async def work() -> list[Event]:
        lists = run.events_of([*earlier], earlier=earlier)
        return [event async for events in lists for event in events]

    return anyio.run(work)


@pytest.mark.parametrize("sent", [left, these], ids=["all that is left", "those in doubt"])
def test_a_row_in_doubt_is_not_sent_again_where_another_run_sent_its_id_written_otherwise(
    sent: Callable[[Run, dict[int, EarlierTry]], list[Event]],
    tmp_path: Path,
) -> None:
    place = begin(tmp_path, "ada@example.com,hi,101.0", mapping=MAPPING + "id: [n]\n")
    with (
        reopened(place) as run,
        History.open(tmp_path / "history", clock=FakeClock()) as history,
    ):
        note(run, r1=RowState.IN_DOUBT)
        (batch,) = run.known_job.batches()
        history.add(batch.events["whole_key"], scope="project", at=EPOCH)
        knowing = dataclasses.replace(
            run, earlier_runs=EarlierRuns(history, "project", FakeClock())
        )
        earlier = {1: EarlierTry("key-1", True, 4, "no reply", 0.0, 1e9)}
        with pytest.raises(StoppedError, match="Row 1 has an id written as a float"):
            sent(knowing, earlier)


def test_rows_come_in_lists_that_bound_what_is_held(tmp_path: Path) -> None:
    rows = (f"c{n}@example.com,hi,{n}" for n in range(MOST_EVENTS + 5))
    with reopened(begin(tmp_path, *rows, "nobody,hi,x")) as run:

        async def sizes() -> list[int]:
            return [len(events) async for events in run.events(earlier={})]

        found = anyio.run(sizes)
    assert max(found) <= MOST_EVENTS
    assert sum(found) == MOST_EVENTS + 5


def test_the_books_tell_where_every_row_stands(place: RunDirectory) -> None:
    with reopened(place) as run:
        assert run.books() == Books(read=8, filtered=1, rejected=1, pending=6)
        note(
            run,
            r1=RowState.DELIVERED,
            r2=RowState.REJECTED,
            r3=RowState.IN_DOUBT,
            r4=RowState.CLAIMED,
            r5=RowState.PENDING,
        )
        assert run.books() == Books(
            read=8, filtered=1, rejected=2, delivered=1, in_doubt=2, pending=2
        )


GUARDS = {
    "none": (None, None),
    "rows": (3.0, 2.0),
    "as many as there are": (1.0, 0.0),
    "passed": (0.0, -1.0),
    "a share of what `where` keeps": (0.5, 2.5),
}


@pytest.mark.parametrize(("guard", "expected"), GUARDS.values(), ids=GUARDS)
def test_how_many_more_rejects_are_allowed(
    guard: float | None, expected: float | None, place: RunDirectory
) -> None:
    with reopened(place) as run:
        assert run.rejects_left(guard) == expected


def test_rejects_of_plunk_are_counted_with_ours(place: RunDirectory) -> None:
    async def refuse(run: Run) -> None:
        await run.journal.claim([claim(1, "a"), claim(2, "b")])
        run.journal.settle(Outcome(1, RowState.REJECTED, code="invalid_email"))
        run.journal.settle(Outcome(2, RowState.REJECTED, code="blocked"))
        await run.journal.flush()

    with reopened(place) as run:
        anyio.run(refuse, run)
        found = run.rejects()
    assert {code: one.count for code, one in found.items()} == {"invalid_email": 2, "blocked": 1}
    assert [example.row for example in found["invalid_email"].examples] == [7]


def test_a_run_whose_mapping_file_is_gone_goes_on_with_what_it_kept(
    place: RunDirectory, tmp_path: Path
) -> None:
    with reopened(place) as run:
        before = run.job.loaded.mapping
    (tmp_path / "a.yaml").unlink()
    with reopened(place) as run:
        assert run.job.loaded.mapping == before
    report = resume(place.path, settings=SendSettings(max_rejects=None, rate="unlimited"))
    assert report.books.delivered == 6
