import io
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

import plunk_import
from plunk_import import SourceError
from plunk_import.mapping import SourceOptions
from plunk_import.read import ORDINAL, Source, open_source


def opened(paths: Sequence[str | Path], spool: Path | None = None) -> Source:
    return open_source(paths, SourceOptions(columns=("a",)), spool=spool)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    parts = ("dt=1/9.csv", "dt=1/10.csv", "dt=2/1.csv", "_SUCCESS", "dt=1/.9.csv.crc")
    (tmp_path / "none").mkdir()
    for name in (
        *("b.csv", "a.csv", "c.txt", "odd[1].csv", "sub/d.csv"),
        *(f"parts/{part}" for part in parts),
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


ORDERS = {
    "arguments as given": (["b.csv", "a.csv"], ["b.csv", "a.csv"]),
    "globs sorted": (["*.csv"], ["a.csv", "b.csv", "odd[1].csv"]),
    "globs into folders": (["**/d.csv", "c.txt"], ["sub/d.csv", "c.txt"]),
    "a directory": (["sub/"], ["sub/d.csv"]),
    "a directory of parts, without the notes beside them": (
        ["parts"],
        ["parts/dt=1/9.csv", "parts/dt=1/10.csv", "parts/dt=2/1.csv"],
    ),
    "numbers as people count": (
        ["parts/*/*.csv"],
        ["parts/dt=1/9.csv", "parts/dt=1/10.csv", "parts/dt=2/1.csv"],
    ),
    "a file whose name looks like a glob": (["odd[1].csv"], ["odd[1].csv"]),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("paths", "names"), ORDERS.values(), ids=ORDERS.keys())
def test_files_come_in_a_fixed_order(paths: list[str], names: list[str]) -> None:
    source = opened(paths)
    assert list(source.files) == names
    assert [cell for batch in source.batches() for cell in batch.frame["a"]] == names


def test_absolute_globs_work(folder: Path) -> None:
    assert opened([folder / "?.csv"]).paths == (folder / "a.csv", folder / "b.csv")


REFUSED = {
    "nothing": ([], "No input file"),
    "no such file": (["nope.csv"], r"nope\.csv: no such file"),
    "a directory without files": (["none/"], "none: the directory holds no files"),
    "a device that never ends": (["/dev/zero"], "/dev/zero: this is a device"),
    "a glob without files": (["*.tsv"], r"\*\.tsv: no file matches"),
    "a glob of directories only": (["s?b"], "no file matches"),
    "twice by name": (["a.csv", "a.csv"], r"a\.csv: this file is given twice"),
    "twice by glob": (["b.csv", "*.csv"], r"b\.csv: this file is given twice"),
    "twice by another path": (["a.csv", "sub/../a.csv"], "given twice"),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("paths", "complaint"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_a_file_is_refused(paths: list[str], complaint: str) -> None:
    with pytest.raises(SourceError, match=complaint):
        opened(paths)


def test_standard_input_is_copied_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"1\n")))
    source = opened(["-"], spool=tmp_path / "spool")
    (copy,) = source.paths
    assert source.files == ("-",)
    assert copy.parent == tmp_path / "spool"
    assert copy.read_bytes() == b"1\n"


def test_pipe_is_copied_first(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"1\n",))
    writer.start()
    source = opened([pipe])
    writer.join()
    assert source.files == (str(pipe),)
    assert [batch.frame["a"].to_list() for batch in source.batches()] == [["1"]]


PARTITIONED = {"a directory": "rows", "a glob": "rows/*/*.csv"}


@pytest.mark.parametrize("given", PARTITIONED.values(), ids=PARTITIONED.keys())
def test_directories_in_the_manner_of_hive_are_columns(tmp_path: Path, given: str) -> None:
    none = "__HIVE_DEFAULT_PARTITION__"
    for folder in ("dt=2026-01-01", "dt=a%2Fb", f"dt={none}"):
        (tmp_path / "x=9" / "rows" / folder).mkdir(parents=True)
        (tmp_path / "x=9" / "rows" / folder / "1.csv").write_text("a,b\n1,2\n")
    source = open_source([tmp_path / "x=9" / given], SourceOptions())
    assert source.columns == ("a", "b", "dt")
    cells = [value for batch in source.batches() for value in batch.frame["dt"]]
    assert cells == ["2026-01-01", None, "a/b"]


def test_a_column_of_the_file_counts_before_one_of_its_directory(tmp_path: Path) -> None:
    (tmp_path / "dt=1").mkdir()
    (tmp_path / "dt=1" / "1.csv").write_text("dt,b\nx,2\n")
    (batch,) = open_source([tmp_path], SourceOptions()).batches()
    assert batch.frame["dt"].to_list() == ["x"]


EMPTY_PARTS = {
    "nothing": ("csv", b""),
    "a header only": ("csv", b"a\n"),
    "no lines": ("ndjson", b"\n"),
}


@pytest.mark.parametrize(("ending", "content"), EMPTY_PARTS.values(), ids=EMPTY_PARTS.keys())
def test_an_empty_part_among_others_is_no_matter(
    tmp_path: Path, ending: str, content: bytes
) -> None:
    full = {"csv": b"a\n1\n", "ndjson": b'{"a":"1"}\n'}[ending]
    for name, written in (("1", full), ("2", content), ("3", full)):
        (tmp_path / f"{name}.{ending}").write_bytes(written)
    source = open_source([tmp_path], SourceOptions())
    places = [
        place
        for batch in source.batches()
        for ordinals in (batch.frame[ORDINAL],)
        for place in zip(ordinals, batch.locations.file_of(ordinals), strict=True)
    ]
    assert places == [(1, source.files[0]), (2, source.files[1])]
    for name in "13":
        (tmp_path / f"{name}.{ending}").write_bytes(content)
    with pytest.raises(SourceError, match=rf"1\.{ending}: the file (is empty|has a header)"):
        open_source([tmp_path], SourceOptions())


def test_a_name_that_is_no_text_is_shown_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"n\xff.csv")
    path.write_text("email\nann@x.co\nbad\n")
    mapping = {"version": 1, "email": "email", "event": {"const": "e"}}
    first = plunk_import.import_file(
        path, mapping, directory=tmp_path / "run", sandbox=plunk_import.SandboxSettings()
    )
    assert first.files == (f"{tmp_path}/n\\xff.csv",)
    assert plunk_import.resume(tmp_path / "run").books == first.books
    with pytest.raises(SourceError, match=r"n\\xff\.csv: this file is given twice"):
        plunk_import.validate_file([path, path], mapping, directory=tmp_path / "twice")
    with pytest.raises(plunk_import.RunDirectoryError, match=r"o\\xff: the name is no UTF-8 text"):
        plunk_import.validate_file(path, mapping, directory=tmp_path / os.fsdecode(b"o\xff"))
    (tmp_path / os.fsdecode(b"m\xff.yaml")).write_text("version: 1\n")
    with pytest.raises(plunk_import.MappingError, match=r"m\\xff\.yaml: the name of the"):
        plunk_import.validate_file(path, tmp_path / os.fsdecode(b"m\xff.yaml"))
