import datetime
import gzip
import io
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
    name: str, promised: int
) -> None:
    with pytest.raises(SourceError, match=rf"promises {promised} rows, but 0 can be read"):
        read_files([FILES / f"{name}.parquet"])


def test_damaged_file_among_others_is_an_error(tmp_path: Path) -> None:
    for name in ("1", "3"):
        pl.DataFrame({"email": ["a@x.co"], "name": ["Ada"]}).write_parquet(
            tmp_path / f"{name}.parquet"
        )
    (tmp_path / "2.parquet").write_bytes((FILES / "damaged_page.parquet").read_bytes())
    with pytest.raises(SourceError, match=r"2\.parquet: .*promises 300 rows"):
        read_files([tmp_path / "*.parquet"])
