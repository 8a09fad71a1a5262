import datetime
import gzip
import io
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from plunk_import import SourceError
from plunk_import.mapping import SourceOptions
from plunk_import.read import ROW, open_source
from tests.read.reading import read_bytes, read_files

FRAME = pl.DataFrame(
    {
        "text": ["007", None, ""],
        "number": pl.Series([1, 2, 3], dtype=pl.Int32),
        "day": [datetime.date(2026, 1, 2), None, None],
        "tags": [["a"], [], None],
        "_row": [7, 8, 9],
    }
)


def written(frame: pl.DataFrame, kind: str) -> bytes:
    file = io.BytesIO()
    if kind == "parquet":
        frame.write_parquet(file)
    else:
        frame.write_ipc(file)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
@pytest.mark.parametrize("name", ["rows.bin", "rows.csv"])
def test_file_is_told_by_its_content_and_keeps_its_types(
    tmp_path: Path, kind: str, name: str
) -> None:
    reading = read_bytes(tmp_path, written(FRAME, kind), name=name)
    assert reading.columns == ("text", "number", "day", "tags", "_row")
    assert reading.cells == FRAME.rows()
    source = open_source([tmp_path / name], SourceOptions())
    assert source.typed
    assert source.schema == FRAME.schema


def test_packed_parquet_is_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(written(FRAME, "parquet"))
    assert len(read_bytes(tmp_path, packed, name="rows.parquet.gz").rows) == FRAME.height


def test_rows_come_in_order_in_several_batches(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": range(300_000)})
    file = tmp_path / "rows.parquet"
    frame.write_parquet(file, row_group_size=10_000)
    batches = list(open_source([file], SourceOptions()).batches())
    assert len(batches) > 1
    rows = pl.concat(batch.frame for batch in batches)
    assert rows["a"].equals(frame["a"])
    assert (rows[ROW] == rows["a"] + 1).all()


@pytest.mark.parametrize("group_rows", [7_000, 100_000, 400_000])
@pytest.mark.parametrize("after", [0, 1, 131_072, 150_000, 262_144, 399_999])
def test_reading_goes_on_after_any_row_whatever_the_groups(
    tmp_path: Path, group_rows: int, after: int
) -> None:
    frame = pl.DataFrame({"a": range(400_000)})
    file = tmp_path / "rows.parquet"
    frame.write_parquet(file, row_group_size=group_rows)

    batches = open_source([file], SourceOptions()).batches(after_ordinal=after)
    rows = pl.concat(batch.frame for batch in batches).filter(pl.col(ROW) > after)

    assert rows["a"].equals(frame["a"][after:])
    assert (rows[ROW] == rows["a"] + 1).all()


def test_reading_holds_little_of_a_large_file(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    text = pl.format("text of some length, {}", pl.int_range(3_000_000)).alias("text")
    pl.LazyFrame().select(text).sink_parquet(file, row_group_size=100_000)
    code = (
        "import re, sys; from pathlib import Path; from plunk_import.mapping import SourceOptions\n"
        "from plunk_import.read import open_source\n"
        "source = open_source([sys.argv[1]], SourceOptions())\n"
        "status = Path('/proc/self/status')\n"
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1]) / 1024\n"
        "before = peak()\n"
        "batches = source.batches(); next(batches)\n"
        "for _ in range(40): list(range(1_000_000))  # reading ahead has the time to\n"
        "assert sum(batch.size for batch in batches) > 2_500_000\n"
        "print(peak() - before)"
    )
    held_megabytes = float(subprocess.check_output([sys.executable, "-c", code, str(file)]))
    assert held_megabytes < 100


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_cut_file_is_an_error(tmp_path: Path, kind: str) -> None:
    content = written(FRAME, kind)
    with pytest.raises(SourceError, match=r"rows\.bin: this is not a whole \w+ file"):
        read_bytes(tmp_path, content[: len(content) // 2], name="rows.bin")


def test_file_without_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no rows"):
        read_bytes(tmp_path, written(FRAME.clear(), "parquet"))


FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize(
    ("name", "promised"), [("damaged_page", 300), ("repeated_no_annotation", 6)]
)
def test_parquet_of_which_fewer_rows_come_than_it_promises_is_an_error(
    name: str, promised: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as where it is not installed
    with pytest.raises(SourceError, match=rf"promises {promised} rows, but 0 can be read"):
        read_files([FILES / f"{name}.parquet"])


def test_parquet_of_which_polars_reads_no_rows_is_left_to_pyarrow() -> None:
    cells = read_files([FILES / "repeated_no_annotation.parquet"]).cells
    assert [row[0] for row in cells] == [1, 2, 3, 4, 5, 6]
    assert cells[4][1] == {"phone": [{"number": 1111111111, "kind": "home"}]}


def test_damaged_file_among_others_is_an_error(tmp_path: Path) -> None:
    for name in ("1", "3"):
        pl.DataFrame({"email": ["a@x.co"], "name": ["Ada"]}).write_parquet(
            tmp_path / f"{name}.parquet"
        )
    (tmp_path / "2.parquet").write_bytes((FILES / "damaged_page.parquet").read_bytes())
    with pytest.raises(SourceError, match=r"2\.parquet: .*promises 300 rows"):
        read_files([tmp_path / "*.parquet"])
