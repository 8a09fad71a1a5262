import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from plunk_import import SourceError
from tests.read.reading import Reading, read_bytes

ROWS = 5
END = b"\xff\xff\xff\xff" + bytes(4)
TABLE = pa.table(
    {
        "email": [f"p{row}@x.co" for row in range(ROWS)],
        "plan": pa.array(["free", "pro", None, "pro", "free"]).dictionary_encode(),
        "n": [1, None, 3, 4, 5],
    }
)


def stream(table: pa.Table = TABLE, *, rows_a_message: int = 2, **options: object) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table, max_chunksize=rows_a_message)
    return bytes(sink.getvalue().to_pybytes())


def read(folder: Path, content: bytes, name: str = "rows.arrows") -> Reading:
    return read_bytes(folder, content, name=name)


@pytest.mark.parametrize("name", ["rows.arrows", "rows.arrow", "rows"])
@pytest.mark.parametrize("rows_a_message", [1, 2, ROWS])
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
def test_a_stream_is_read_whatever_its_name(
    tmp_path: Path, name: str, rows_a_message: int, compression: str | None
) -> None:
    content = stream(rows_a_message=rows_a_message, compression=compression)
    reading = read(tmp_path, content, name)
    assert reading.columns == ("email", "plan", "n")
    assert reading.cells == [tuple(row.values()) for row in TABLE.to_pylist()]


def of_two_dictionaries(*, are_deltas: bool) -> bytes:
    """Write a stream whose second part has words that the first lacks."""
    parts = [
        pa.table({"plan": pa.array(words).dictionary_encode()}) for words in ([*"ab"], [*"abc"])
    ]
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(emit_dictionary_deltas=are_deltas)
    with pa.ipc.new_stream(sink, parts[0].schema, options=options) as writer:
        for part in parts:
            writer.write_table(part)
    return bytes(sink.getvalue().to_pybytes())


def test_dictionaries_may_be_replaced_on_the_way(tmp_path: Path) -> None:
    reading = read(tmp_path, of_two_dictionaries(are_deltas=False))
    assert [cells[0] for cells in reading.cells] == [*"ababc"]


def test_a_dictionary_that_grows_is_left_to_pyarrow(tmp_path: Path) -> None:
    reading = read(tmp_path, of_two_dictionaries(are_deltas=True))
    assert [cells[0] for cells in reading.cells] == [*"ababc"]


def test_without_pyarrow_a_dictionary_that_grows_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as where it is not installed
    with pytest.raises(SourceError, match="delta dictionary batches not supported"):
        read(tmp_path, of_two_dictionaries(are_deltas=True))


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut within a message": (lambda content: content[: len(content) * 2 // 3], "it is cut off"),
    "cut before its end": (lambda content: content.removesuffix(END), "it is cut off"),
    "another stream behind it": (lambda content: content * 2, "bytes follow after its end"),
    "no columns": (lambda _: END, "it does not begin with its columns"),
    "nothing but a mark": (lambda content: content[:4], "it is cut off"),
    "a size that is not so": (
        lambda content: content[:4] + b"\x04\0\0\0" + content[8:],
        "the message at byte 0 is damaged",
    ),
}


@pytest.mark.parametrize(("damage", "complaint"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_stream_is_refused_and_never_read_short(
    tmp_path: Path, damage: Callable[[bytes], bytes], complaint: str
) -> None:
    with pytest.raises(
        SourceError, match=r"rows\.arrows: this is not a whole Arrow stream: "
    ) as caught:
        read(tmp_path, damage(stream()))
    assert complaint in str(caught.value)


def packed(kind: str) -> bytes:
    if kind == "stream":
        return stream(rows_a_message=ROWS, compression="zstd")
    sink, options = pa.BufferOutputStream(), pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(sink, TABLE.schema, options=options) as writer:
        writer.write_table(TABLE)
    return bytes(sink.getvalue().to_pybytes())


@pytest.mark.parametrize("kind", ["stream", "file"])
def test_a_size_that_no_machine_could_hold_is_refused_before_memory_is_asked_for(
    tmp_path: Path, kind: str
) -> None:
    content = packed(kind)
    assert len(read(tmp_path, content).cells) == ROWS
    # Of each packed buffer the first eight bytes are its size unpacked; behind them is zstd's mark.
    at = content.index(b"\x28\xb5\x2f\xfd") - 1
    damaged = content[:at] + b"\x7f" + content[at + 1 :]
    with pytest.raises(SourceError, match=r"not a whole Arrow (stream|file): the message at byte"):
        read(tmp_path, damaged)
