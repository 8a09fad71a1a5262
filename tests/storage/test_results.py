"""The results of a run are written from its journal, and only as far as they have changed."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio
import pytest

from plunk_import.read import FileStart
from plunk_import.storage import (
    Claim,
    Journal,
    KeptResults,
    Outcome,
    ResultsFile,
    RowState,
    RunDirectory,
)
from tests.fakes import FakeClock

ONE_FILE = (FileStart("a.csv"),)
HEADER = ["row", "email", "event", "event_id", "contact_id", "timestamp", "attempts"]


@pytest.fixture
def place(tmp_path: Path) -> RunDirectory:
    return RunDirectory(tmp_path)


@pytest.fixture
def journal(place: RunDirectory) -> Iterator[Journal]:
    with Journal.create(place.journal, {}, clock=FakeClock()) as journal:
        yield journal


def deliver(
    journal: Journal,
    *ordinals: int,
    state: RowState = RowState.DELIVERED,
    email: str = "ada@example.com",
    event: str = "hi",
    ids: tuple[str | None, str | None, str | None] = ("e", "c", "t"),
) -> None:
    async def work() -> None:
        await journal.claim([Claim(n, f"key-{n}", email, event) for n in ordinals])
        for ordinal in ordinals:
            journal.settle(Outcome(ordinal, state, 1, *ids))
        await journal.flush()

    anyio.run(work)


def write(
    journal: Journal,
    place: RunDirectory,
    before: KeptResults | None = None,
    *,
    since: int = 0,
    starts: Sequence[FileStart] = ONE_FILE,
) -> KeptResults:
    file = ResultsFile(journal, starts, name_files=len(starts) > 1)
    return file.write(place, before, changed_from=journal.first_ended_since(since))


def lines(place: RunDirectory) -> list[list[str]]:
    text = place.results.read_bytes().decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_delivered_rows_have_a_line_each_in_row_order(
    journal: Journal, place: RunDirectory
) -> None:
    deliver(journal, 7, 3, 5)
    deliver(journal, 4, state=RowState.REJECTED)
    deliver(journal, 6, state=RowState.IN_DOUBT)
    write(journal, place)
    assert lines(place) == [
        HEADER,
        *([n, "ada@example.com", "hi", "e", "c", "t", "1"] for n in "357"),
    ]


def test_a_run_that_delivered_nothing_has_a_header_alone(
    journal: Journal, place: RunDirectory
) -> None:
    write(journal, place)
    assert lines(place) == [HEADER]


def test_several_files_are_told_apart_and_rows_numbered_in_each(
    journal: Journal, place: RunDirectory
) -> None:
    deliver(journal, 1, 3, 4, 6)
    starts = (FileStart("a,1.csv"), FileStart("=b.csv", 4), FileStart("c.csv", 6))
    write(journal, place, starts=starts)
    assert lines(place)[0] == ["file", *HEADER]
    assert [line[:2] for line in lines(place)[1:]] == [
        ["a,1.csv", "1"],
        ["a,1.csv", "3"],
        ["'=b.csv", "1"],
        ["c.csv", "1"],
    ]


TEXTS = [
    'a "quoted", text',
    "two\nlines",
    "a\rb",
    "a\x1fb",
    "with, comma",
    *(f"{start}1+1" for start in "=+-@\t\r"),
]


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
@pytest.mark.parametrize("field", ["email", "event", "id"])
def test_texts_are_quoted_and_start_no_formula(
    field: str, text: str, journal: Journal, place: RunDirectory
) -> None:
    deliver(journal, 1)
    match field:
        case "id":
            deliver(journal, 2, ids=(text, text, text))
        case "email":
            deliver(journal, 2, email=text)
        case _:
            deliver(journal, 2, event=text)
    write(journal, place)
    shown = f"'{text}" if text[0] in "=+-@\t\r" else text
    plain = ["ada@example.com", "hi", "e", "c", "t"]
    where = {"email": slice(0, 1), "event": slice(1, 2), "id": slice(2, 5)}[field]
    assert lines(place)[1][1:6] == plain
    told = list(plain)
    told[where] = [shown] * len(plain[where])
    assert lines(place)[2][1:6] == told


def test_an_id_that_nobody_told_is_left_out(journal: Journal, place: RunDirectory) -> None:
    deliver(journal, 1, ids=(None, None, None))
    write(journal, place)
    assert lines(place)[1] == ["1", "ada@example.com", "hi", "", "", "", "1"]


MANY = 120_001
LATER = {
    "behind all others": (MANY + 1, MANY + 2),
    "among the last": (MANY - 1,),
    "at the start of a block": (50_001,),
    "at the end of one": (100_000,),
    "among the first": (2,),
}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Journal, RunDirectory]]:
    """A journal of many rows, of which some are left, and its results."""
    place = RunDirectory(tmp_path_factory.mktemp("many"))
    left = {ordinal for later in LATER.values() for ordinal in later}
    with Journal.create(place.journal, {}, clock=FakeClock()) as journal:
        deliver(journal, *(n for n in range(1, MANY) if n not in left))
        yield journal, place


@pytest.mark.parametrize("ordinals", LATER.values(), ids=LATER)
def test_what_is_delivered_later_takes_its_place_among_the_others(
    ordinals: tuple[int, ...], many: tuple[Journal, RunDirectory], tmp_path: Path
) -> None:
    journal, _ = many
    place = RunDirectory(tmp_path)
    before, (order, _) = write(journal, place), journal.orders()
    deliver(journal, *ordinals)
    kept = write(journal, place, before, since=order)
    then = place.results.read_bytes()
    assert kept.stamp.is_of(place.results)
    anew = write(journal, place)
    assert place.results.read_bytes() == then
    assert kept.marks == anew.marks
    numbers = [int(line[0]) for line in lines(place)[1:]]
    assert numbers == sorted(numbers)
    assert set(ordinals) < set(numbers)


def test_results_that_nothing_was_added_to_are_left_alone(
    journal: Journal, place: RunDirectory
) -> None:
    deliver(journal, 1, 2)
    before, (order, _) = write(journal, place), journal.orders()
    deliver(journal, 3, state=RowState.REJECTED)
    assert write(journal, place, before, since=order) is before


def test_a_row_that_turns_out_to_be_another_import_s_loses_its_line(
    journal: Journal, place: RunDirectory
) -> None:
    deliver(journal, 1, 2, 3, ids=(None, None, None))
    before, (order, _) = write(journal, place), journal.orders()
    deliver(journal, 2, state=RowState.SKIPPED)
    write(journal, place, before, since=order)
    assert [line[0] for line in lines(place)[1:]] == ["1", "3"]


def test_parts_that_are_read_side_by_side_are_written_in_order(
    journal: Journal, place: RunDirectory
) -> None:
    files = [FileStart(f"{number}.csv", 1 + 3 * number) for number in range(20)]
    deliver(journal, *range(1, 61))
    assert len(journal.side_by_side()) == 2
    ResultsFile(journal, files, name_files=True).write(place, None, changed_from=None)
    lines = list(csv.reader(io.StringIO(place.results.read_text())))[1:]
    assert [line[:2] for line in lines] == [
        [f"{number}.csv", str(row)] for number in range(20) for row in (1, 2, 3)
    ]
