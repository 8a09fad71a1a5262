import io
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from plunk_import import SourceError
from plunk_import.mapping import SourceOptions
from plunk_import.read import Source, open_source


def opened(paths: Sequence[str | Path], spool: Path | None = None) -> Source:
    return open_source(paths, SourceOptions(columns=("a",)), spool=spool)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.csv", "a.csv", "c.txt", "odd[1].csv", "sub/d.csv"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


ORDERS = {
    "arguments as given": (["b.csv", "a.csv"], ["b.csv", "a.csv"]),
    "globs sorted": (["*.csv"], ["a.csv", "b.csv", "odd[1].csv"]),
    "globs into folders": (["**/d.csv", "c.txt"], ["sub/d.csv", "c.txt"]),
    "a file whose name looks like a glob": (["odd[1].csv"], ["odd[1].csv"]),
}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("paths", "names"), ORDERS.values(), ids=ORDERS.keys())
def test_files_come_in_a_fixed_order(paths: list[str], names: list[str]) -> None:
    source = opened(paths)
    assert list(source.files) == names
    assert [batch.frame["a"].item() for batch in source.batches()] == names


def test_absolute_globs_work(folder: Path) -> None:
    assert opened([folder / "?.csv"]).paths == (folder / "a.csv", folder / "b.csv")


REFUSED = {
    "nothing": ([], "No input file"),
    "no such file": (["nope.csv"], r"nope\.csv: no such file"),
    "a directory": (["sub/"], r"sub/: this is a directory.*sub/\*\.csv"),
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
