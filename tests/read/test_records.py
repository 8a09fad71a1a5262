import io
import itertools

import pytest

from plunk_import.errors import SourceError
from plunk_import.read.chunk import Chunk
from plunk_import.read.delimited.cells import Dialect
from plunk_import.read.delimited.parser import DelimitedFormat
from plunk_import.read.records import RecordStream


class CountingFormat(DelimitedFormat):
    """Counts the bytes that took the slow way."""

    def __init__(self) -> None:
        super().__init__(Dialect(","), ("a", "b"))
        self.slow_bytes = 0

    def parse_each(self, window: bytes, *, final: bool):  # type: ignore[no-untyped-def]  # noqa: ANN201
        self.slow_bytes += len(window)
        return super().parse_each(window, final=final)


def read(
    text: bytes, form: DelimitedFormat, *, block_bytes: int = 1 << 20, after_row: int = 0
) -> list[Chunk]:
    stream = RecordStream(
        io.BytesIO(text), form, place=lambda byte: f"byte {byte}", block_bytes=block_bytes
    )
    return list(stream.chunks(after_row=after_row))


def test_clean_text_never_takes_the_slow_way() -> None:
    form = CountingFormat()
    text = b'1,"x\n""y"""\n2,\n' * 50_000 + b"\n\n"
    chunks = read(text, form)
    assert chunks[-1].last_row == 100_000
    assert form.slow_bytes == 0


def test_few_bad_rows_leave_most_of_the_text_on_the_fast_way() -> None:
    form = CountingFormat()
    clean = b"1,2\n" * 500_000
    chunks = read(clean + b'3,4"\n' + clean + b"5\n" + clean, form, block_bytes=1 << 22)
    assert sum(chunk.bad.height for chunk in chunks) == 2
    assert chunks[-1].last_row == 1_500_002
    assert form.slow_bytes < 600_000


def test_record_larger_than_a_block_is_read_whole() -> None:
    cell = "long, \n" * 1000
    (chunk,) = read(b'1,2\n3,"' + cell.encode() + b'"\n5,6\n', CountingFormat(), block_bytes=16)
    assert chunk.frame.rows() == [(1, "1", "2"), (2, "3", cell), (3, "5", "6")]


def test_chunks_are_about_as_large_as_blocks() -> None:
    chunks = read(b"12,45\n" * 10_000, CountingFormat(), block_bytes=6000)
    assert {chunk.frame.height for chunk in chunks[:-1]} <= set(range(500, 1001))


def test_record_without_end_is_refused_before_it_fills_the_memory() -> None:
    endless = b'1,2\n3,"' + b"x" * (70 << 20)
    with pytest.raises(SourceError, match=r"byte 4: row 2 does not end within 64 MB.*a quote"):
        read(endless, CountingFormat(), block_bytes=1 << 24)


@pytest.mark.parametrize("row", [b"1,2\n", b'1,"2"\n', b"1\n"], ids=["plain", "quoted", "bad"])
@pytest.mark.parametrize("after_row", [0, 1, 499, 500, 501, 998, 999, 1000, 2000])
def test_reading_after_a_row_gives_the_same_rows_from_there_on(after_row: int, row: bytes) -> None:
    text = row * 500 + b"\r\n" + b"3,4\n" * 500
    whole = read(text, CountingFormat(), block_bytes=256)
    later = read(text, CountingFormat(), block_bytes=256, after_row=after_row)
    assert later[-1].last_row == whole[-1].last_row == 1000

    def numbers(chunks: list[Chunk]) -> list[int]:
        frames = itertools.chain.from_iterable((chunk.frame, chunk.bad) for chunk in chunks)
        rows = itertools.chain.from_iterable(frame["_row"] for frame in frames)
        return sorted(number for number in rows if number > after_row)

    assert numbers(later) == numbers(whole) == list(range(after_row + 1, 1001))
