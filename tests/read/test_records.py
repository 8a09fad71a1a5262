from pathlib import Path

import pytest

from plunk_import import SourceError
from plunk_import.mapping import SourceOptions
from plunk_import.read import ROW, Batch, open_source


def read(
    folder: Path, text: bytes, *, block_bytes: int = 1 << 20, after_ordinal: int = 0
) -> list[Batch]:
    file = folder / "rows.csv"
    file.write_bytes(text)
    options = SourceOptions(columns=("a", "b"), delimiter=",")
    source = open_source([file], options, block_bytes=block_bytes)
    return list(source.batches(after_ordinal=after_ordinal))


def numbers(batches: list[Batch]) -> list[int]:
    return sorted(n for batch in batches for part in (batch.frame, batch.bad) for n in part[ROW])


def test_few_bad_rows_cost_themselves_only_in_a_large_file(tmp_path: Path) -> None:
    clean = b"1,2\n" * 500_000
    batches = read(tmp_path, clean + b'3,4"\n' + clean + b"5\n", block_bytes=1 << 22)
    bad = [number for batch in batches for number in batch.bad[ROW]]
    assert bad == [500_001, 1_000_002]
    assert sum(batch.frame.height for batch in batches) == 1_000_000


def test_record_larger_than_a_block_is_read_whole(tmp_path: Path) -> None:
    cell = "long, longer, \n" * 1000
    batches = read(tmp_path, b'1,2\n3,"' + cell.encode() + b'"\n5,6\n', block_bytes=16)
    rows = [row[1:] for batch in batches for row in batch.frame.rows()]
    assert rows == [(1, "1", "2"), (2, "3", cell), (3, "5", "6")]


def test_batches_are_about_as_large_as_blocks(tmp_path: Path) -> None:
    batches = read(tmp_path, b"12,45\n" * 10_000, block_bytes=6000)
    assert {batch.frame.height for batch in batches[:-1]} <= set(range(500, 1001))


def test_record_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    endless = b'1,2\n3,"' + b"x" * (70 << 20)
    with pytest.raises(SourceError, match=r"csv:2: row 2 does not end within 64 MB.*a quote"):
        read(tmp_path, endless, block_bytes=1 << 24)


@pytest.mark.parametrize("row", [b"1,2\n", b'1,"2"\n', b"1\n"], ids=["plain", "quoted", "bad"])
@pytest.mark.parametrize("after", [0, 1, 499, 500, 501, 998, 999, 1000, 2000])
def test_reading_after_a_row_gives_the_same_rows_from_there_on(
    tmp_path: Path, after: int, row: bytes
) -> None:
    text = row * 500 + b"\r\n" + b"3,4\n" * 500
    later = read(tmp_path, text, block_bytes=256, after_ordinal=after)
    from_there = [number for number in numbers(later) if number > after]
    assert from_there == list(range(after + 1, 1001))
    assert len(numbers(later)) - len(from_there) < 256
