"""Blocks that are large enough for their bytes to be counted many at a time."""

import csv
import io
import tracemalloc
from pathlib import Path

import pytest

from plunk_import.mapping import SourceOptions
from plunk_import.read import open_source
from tests.read.reading import read_bytes

ROWS = 6_000
STRAY = {778: b'x"y', 5_000: b'"x"y'}


def text(line_end: str, *, stray: bool) -> tuple[bytes, list[tuple[str, str]]]:
    """Write rows of which some have quotes, with marks and line ends in them, or stray ones."""
    cells = [
        (f"p{n}@example.com", f'a "{n}",{line_end}b' if n % 3 == 0 else f"plain {n}")
        for n in range(ROWS)
    ]
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator=line_end).writerows([("email", "note"), *cells])
    content = stream.getvalue().encode()
    for number, cell in STRAY.items() if stray else ():
        good = f",plain {number}{line_end}".encode()
        assert content.count(good) == 1
        content = content.replace(good, b"," + cell + line_end.encode())
    return content, cells


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("block_bytes", [4 << 20, 100_000], ids=["one", "some"])
def test_quotes_of_large_blocks_keep_their_cells_together(
    tmp_path: Path, line_end: str, block_bytes: int
) -> None:
    content, cells = text(line_end, stray=False)
    assert len(content) > 150_000
    found = read_bytes(tmp_path, content, block_bytes=block_bytes)
    assert found.bad == []
    assert found.cells == cells


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_a_stray_quote_in_a_large_block_costs_its_own_row(tmp_path: Path, line_end: str) -> None:
    content, cells = text(line_end, stray=True)
    found = read_bytes(tmp_path, content)
    assert [row for row, *_ in found.bad] == [number + 1 for number in STRAY]
    assert found.cells == [row for number, row in enumerate(cells) if number not in STRAY]


def test_blocks_are_let_go_once_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    line = b'p@example.com,"' + b"x" * 1_000 + b'"\n'
    path.write_bytes(b"email,note\n" + line * 20_000)
    source = open_source([path], SourceOptions(), block_bytes=1 << 20)
    tracemalloc.start()
    try:
        assert sum(batch.size for batch in source.batches()) == 20_000
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held_bytes < 1 << 20
