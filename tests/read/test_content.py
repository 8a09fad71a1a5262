import bz2
import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd

from plunk_import import SourceError
from tests.read.reading import read_bytes

TABLE = b"a,b\n" + b"".join(b"%d,%d\n" % (row, row * row) for row in range(5000))
ROWS = 5000


def zipped(*members: tuple[str, bytes]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return archive.getvalue()


def zip_of_table(content: bytes) -> bytes:
    return zipped(("__MACOSX/._rows.csv", b"\0"), ("export/rows.csv", content))


def zst_frames(content: bytes) -> bytes:
    half = len(content) // 2
    return zstd.compress(content[:half]) + zstd.compress(content[half:])


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zst": zstd.compress,
    "zst of two frames": zst_frames,
    "zip": zip_of_table,
}


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.packed"])
@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS.keys())
def test_packed_file_is_told_by_its_content(
    tmp_path: Path, pack: Callable[[bytes], bytes], name: str
) -> None:
    reading = read_bytes(tmp_path, pack(TABLE), name=name)
    assert reading.cells[-1] == ("4999", "24990001")
    assert len(reading.rows) == ROWS


@pytest.mark.parametrize("kept", [0.5, 0.99], ids=["half", "nearly all"])
@pytest.mark.parametrize("pack", PACKINGS.values(), ids=PACKINGS.keys())
def test_cut_packed_file_is_an_error(
    tmp_path: Path, pack: Callable[[bytes], bytes], kept: float
) -> None:
    packed = pack(TABLE)
    with pytest.raises(SourceError, match=r"rows\.csv: .*(damaged or cut off).*again"):
        read_bytes(tmp_path, packed[: int(len(packed) * kept)])


@pytest.mark.parametrize("packing", ["gz", "bz2", "zst"])
def test_damaged_packed_file_is_an_error(tmp_path: Path, packing: str) -> None:
    packed = bytearray(PACKINGS[packing](TABLE))
    packed[len(packed) // 2 :] = bytes(len(packed) - len(packed) // 2)
    with pytest.raises(SourceError, match="damaged or cut off"):
        read_bytes(tmp_path, bytes(packed))


def test_archive_of_several_files_is_refused_with_their_names(tmp_path: Path) -> None:
    archive = zipped(("a.csv", b"a\n1\n"), ("b.csv", b"a\n1\n"))
    with pytest.raises(SourceError, match=r"holds 2: a\.csv, b\.csv\. Unpack"):
        read_bytes(tmp_path, archive, name="rows.zip")


def test_format_of_a_packed_file_is_told_by_the_inner_name(tmp_path: Path) -> None:
    ndjson = b'{"a": 1}\n'
    assert read_bytes(tmp_path, gzip.compress(ndjson), name="x.ndjson.gz").cells == [(1,)]
    assert read_bytes(tmp_path, zipped(("x.jsonl", ndjson)), name="x.zip").cells == [(1,)]
