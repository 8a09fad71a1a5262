"""Which blocks are finished, and how many are looked at for that."""

import contextlib
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from plunk_import.run.record import finished_sections
from plunk_import.storage import FINISHED, Journal, KeptFiles, KeptRejects, RowState, Section

Blocks = Sequence[Sequence[RowState | None]]
"""Of every row to be sent, where it stands; None where the journal does not know it."""

states = st.sampled_from([None, *RowState])
blocks = st.lists(st.lists(states | st.just(RowState.DELIVERED), max_size=4), max_size=6)
_LOOK = "SELECT count(*) FROM rows NOT INDEXED"


def sections_of(blocks: Blocks) -> tuple[Section, ...]:
    """Lay out blocks that also have a row each that is not to be sent."""
    sections, last = [], 0
    for block in blocks:
        first, last = last + 1, last + 1 + len(block)
        sections.append(Section(first, last, len(block), (0,)))
    return tuple(sections)


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


@contextlib.contextmanager
def journal_of(blocks: Blocks, statements: list[str]) -> Iterator[Journal]:
    def watched(path: Path) -> sqlite3.Connection:
        connection = connect(path)
        connection.set_trace_callback(statements.append)
        return connection

    sections = sections_of(blocks)
    rows = [
        (section.first + number, state)
        for section, block in zip(sections, blocks, strict=True)
        for number, state in enumerate(block)
        if state is not None
    ]
    rejects = KeptRejects(stamps=(), heads=(0,), sections=sections)
    kept = KeptFiles(order=0, starts=(), rejects=rejects)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        Journal.create(path, kept.noted()).close()
        with contextlib.closing(connect(path)) as connection:
            connection.executemany("INSERT INTO rows (ordinal, state) VALUES (?, ?)", rows)
        with Journal.open(path, connect=watched) as journal:
            yield journal


@given(blocks=blocks)
@settings(max_examples=60)
def test_a_block_is_finished_where_all_its_rows_to_be_sent_are(blocks: Blocks) -> None:
    expected = {
        section
        for section, block in zip(sections_of(blocks), blocks, strict=True)
        if all(state in FINISHED for state in block)
    }
    with journal_of(blocks, []) as journal:
        found = list(finished_sections(journal))
    assert len(found) == len(set(found))
    assert set(found) == expected


@pytest.mark.parametrize(
    ("left", "looks"), [(0, 0), (1, 1), (3, 3)], ids=["nothing left", "one block", "three blocks"]
)
def test_no_more_blocks_are_looked_at_than_are_left(left: int, looks: int) -> None:
    blocks = [[RowState.DELIVERED] * 3] * (20 - left) + [[RowState.DELIVERED, None]] * left
    statements: list[str] = []
    with journal_of(blocks, statements) as journal:
        assert len(list(finished_sections(journal))) == 20 - left
    assert sum(statement.startswith(_LOOK) for statement in statements) == looks
