import io
import os
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from plunk_import.errors import SourceError
from plunk_import.read.places import find_places


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


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
def test_files_come_in_a_fixed_order(paths: list[str], names: list[str], spool: Path) -> None:
    places = find_places(paths, spool=spool)
    assert [place.name for place in places] == names
    assert [place.path.read_text() for place in places] == names


def test_absolute_globs_work(folder: Path, spool: Path) -> None:
    places = find_places([folder / "?.csv"], spool=spool)
    assert [place.path for place in places] == [folder / "a.csv", folder / "b.csv"]


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
def test_what_is_no_file_is_refused(paths: list[str], complaint: str, spool: Path) -> None:
    with pytest.raises(SourceError, match=complaint):
        find_places(paths, spool=spool)


def test_standard_input_is_copied_first(spool: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"a\n1\n")))
    (place,) = find_places(["-"], spool=spool)
    assert place.name == "-"
    assert place.path.parent == spool
    assert place.path.read_bytes() == b"a\n1\n"


def test_pipe_is_copied_first(tmp_path: Path, spool: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"a\n1\n",))
    writer.start()
    (place,) = find_places([pipe], spool=spool)
    writer.join()
    assert place.name == str(pipe)
    assert place.path.read_bytes() == b"a\n1\n"
