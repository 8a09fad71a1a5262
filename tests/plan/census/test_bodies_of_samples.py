"""The bodies of sampled rows are written for many batches at once, and say what they said."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from plunk_import.mapping import mapping_from
from plunk_import.plan import Plan
from plunk_import.read import open_source
from plunk_import.validate import Compiled, Job, compile_mapping
from tests.plan.census.planning import plan_of

ROWS = 3_000
MAPPING: dict[str, Any] = {
    "version": 1,
    "email": "email",
    "event": {"const": "e"},
    "data": {
        "n": {"column": "n", "type": "number"},
        "note": "note",
        "occurred_at": {"column": "at", "type": "datetime", "persistent": False},
    },
}


def plan_in_blocks(folder: Path, *, note_characters: int, block_bytes: int) -> Plan:
    path = folder / "rows.csv"
    note = "x" * note_characters
    rows = [
        f'p{n % 700}@example.com,{n}.50,"{note}{n}",2026-01-{n % 28 + 1:02}T10:00:00Z'
        for n in range(ROWS)
    ]
    path.write_text("\n".join(["email,n,note,at", *rows]), encoding="utf-8")
    loaded = mapping_from(MAPPING)
    source = open_source([path], loaded.mapping.source, block_bytes=block_bytes)
    return plan_of(Job(loaded, source, compile_mapping(loaded, source.schema)))


@contextmanager
def writings() -> Iterator[list[int]]:
    """Note how many rows each writing of bodies is for that this thread makes."""
    found: list[int] = []

    def see(frame: FrameType, event: str, arg: object) -> None:  # noqa: ARG001
        if event == "call" and frame.f_code is Compiled.validate.__code__:
            found.append(frame.f_locals["batch"].size)

    sys.setprofile(see)
    try:
        yield found
    finally:
        sys.setprofile(None)


def test_one_writing_serves_many_blocks(tmp_path: Path) -> None:
    with writings() as found:
        plan = plan_in_blocks(tmp_path, note_characters=200, block_bytes=8 << 10)
    assert found == [ROWS]
    assert plan.examined == ROWS
    assert {field.name: field.filled for field in plan.fields}["note"] == ROWS


@pytest.mark.parametrize(
    ("note_characters", "examined"),
    [
        pytest.param(200, ROWS, id="bodies that are few enough"),
        pytest.param(8_000, ROWS // 2, id="bodies that take too much room, and are thinned out"),
    ],
)
def test_a_plan_is_the_same_in_whatever_blocks_its_rows_come(
    tmp_path: Path, note_characters: int, examined: int
) -> None:
    plans = [
        plan_in_blocks(tmp_path, note_characters=note_characters, block_bytes=block_bytes)
        for block_bytes in (32 << 10, 1 << 20, 64 << 20)
    ]
    assert plans[0].examined == examined
    assert plans[1:] == plans[:1] * 2
