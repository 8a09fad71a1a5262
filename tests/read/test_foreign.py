"""Files that are no table, or hide what they are: each is said to be what it is."""

import bz2
import gzip
import io
import lzma
import pickle
import tarfile
import zipfile
from pathlib import Path

import pytest

from plunk_import import MappingError, SourceError, validate_file
from tests.read.reading import read_bytes

TABLE = b"email,name\nann@x.co,Ann\n"
JSON = b'{"email":"ann@x.co","name":"Ann"}\n'


def archive(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as new:
        for name, content in members:
            new.writestr(name, content)
    return file.getvalue()


def locked(content: bytes) -> bytes:
    """Mark the one member of an archive as having a password."""
    marked = bytearray(content)
    marked[6] |= 1
    marked[content.index(b"PK\1\2") + 8] |= 1
    return bytes(marked)


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as new:
        member = tarfile.TarInfo("rows.csv")
        member.size = len(TABLE)
        new.addfile(member, io.BytesIO(TABLE))
    return file.getvalue()


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n"
PAGE = b"\xef\xbb\xbf \n<!DOCTYPE html>\n<html><body>Log in, please</body></html>\n"
FOREIGN = {
    "SQLite": (b"SQLite format 3\0" + bytes(84), "an SQLite database, not a table. Export the"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj\n", "a PDF, not a table"),
    "rich text": (b"{\\rtf1 a,b}\n1,2\n", "a document of rich text"),
    "Avro": (b"Obj\x01\x04\x14avro.codec", "an Avro file"),
    "ORC": (b"ORC\n\x03\0\0", "an ORC file"),
    "pickle": (pickle.dumps({"a": 1}, 4), "a pickle of Python"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c" + bytes(26), "a 7-Zip archive, not a table. Unpack it"),
    "xz": (lzma.compress(TABLE), "packed by xz, not a table. Unpack it"),
    "tar": (tar(), "a tar archive"),
    "tar in gz": (gzip.compress(tar()), "a tar archive"),
    "gz in gz": (gzip.compress(gzip.compress(TABLE)), "packed twice"),
    "bz2 in zip": (archive(("rows.csv.bz2", bz2.compress(TABLE))), "packed twice"),
    "a page": (PAGE, "a page of HTML, not a table. Look at it in a browser: it may ask for a log"),
    "XML": (b'<?xml version="1.0"?>\n<rows><row a="1"/></rows>\n', "XML, not a table"),
    "Git's pointer": (LFS, r"in place of a large file, .*`git lfs pull`"),
    "OpenDocument": (
        archive(("mimetype", b"x"), ("content.xml", b"<x/>")),
        "another program. Save",
    ),
    "a password": (locked(archive(("rows.csv", TABLE))), "has a password. Unpack it"),
    "zeros": (bytes(100), "no text: 100 of its first 100 bytes are NUL"),
    "a text that ends in zeros": (TABLE + bytes(5_000), r"no text: 4,\d+ of its first 4,096 bytes"),
}


@pytest.mark.parametrize("name", ["rows.csv", "rows.bin"])
@pytest.mark.parametrize(("content", "told"), FOREIGN.values(), ids=FOREIGN.keys())
def test_a_file_that_is_no_table_is_called_what_it_is(
    content: bytes, told: str, name: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=rf"rows\.\w+: .*{told}"):
        read_bytes(tmp_path, content, name=name)


@pytest.mark.parametrize("name", ["rows.ndjson", "rows.json"])
def test_a_page_that_was_saved_as_json_is_called_a_page(name: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a page of HTML"):
        read_bytes(tmp_path, PAGE, name=name)


WIDE = ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("text", ["email,name\nann@x.co,Élise\n", "email,name\nann@x.co,Привет\n"])
def test_a_wide_encoding_without_a_mark_is_told_by_its_zeros(
    text: str, encoding: str, tmp_path: Path
) -> None:
    content = text.encode(encoding)
    with pytest.raises(SourceError, match=rf"probably {encoding}\. Declare"):
        read_bytes(tmp_path, content)
    assert read_bytes(tmp_path, content, encoding=encoding).cells == [
        tuple(text.splitlines()[1].split(","))
    ]


def test_what_a_system_puts_into_an_archive_is_passed_over(tmp_path: Path) -> None:
    content = archive(
        ("d/", b""), ("d/rows.csv", TABLE), ("__MACOSX/d/._rows.csv", b"x"), ("d/.DS_Store", b"y")
    )
    assert read_bytes(tmp_path, content, name="rows.zip").cells == [("ann@x.co", "Ann")]


UNLIKE = {
    "JSON called CSV": ("rows.csv", JSON, r"looks like JSON: declare `source: \{format: ndjson\}`"),
    "a list called CSV": ("rows.csv", b"[" + JSON.strip() + b"]", "looks like JSON"),
    "a list of lists": ("rows.json", b'[["a"],[1]]', "of the first, this is JSON, but not an obj"),
    "an object on several lines": ("rows.ndjson", b'{\n"a":1\n}\n', "of the first, this is not JS"),
    "objects with commas behind": ("rows.ndjson", JSON.strip() + b",\n", "Extra data at character"),
    "bytes that are no text": ("rows.ndjson", b"\xff{}\n", "of the first, it is not UTF-8"),
}


@pytest.mark.parametrize(("name", "content", "told"), UNLIKE.values(), ids=UNLIKE.keys())
def test_json_that_is_written_otherwise_is_refused_with_what_is_wrong(
    name: str, content: bytes, told: str, tmp_path: Path
) -> None:
    with pytest.raises(SourceError, match=told):
        read_bytes(tmp_path, content, name=name)


UNSEEN = {
    "a second mark of the order of bytes": "\ufeff\ufeffemail",
    "a space of no width": "email\u200b",
    "a space that does not break": "\u00a0email",
    "a letter and its sign apart": "e\u0301mail",
}
NAMED = ["U+FEFF (zero width no-break space)", "U+200B (zero width space)"]
NAMED += ["U+00A0 (no-break space)", "U+0301 (combining acute accent)"]


@pytest.mark.parametrize(
    ("header", "named"), [*zip(UNSEEN.values(), NAMED, strict=True)], ids=UNSEEN
)
def test_what_nobody_sees_in_the_name_of_a_column_is_named_by_its_code_point(
    header: str, named: str, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text(f"{header},name\nann@x.co,Ann\n", "utf-8")
    wanted = "émail" if "\u0301" in header else "email"
    mapping = {"version": 1, "email": wanted, "event": {"const": "e"}}
    with pytest.raises(MappingError) as refused:
        validate_file(tmp_path / "rows.csv", mapping, directory=tmp_path / "out")
    assert f"It contains {named}: copy it from the file" in str(refused.value)
    given = {**mapping, "email": "email", "source": {"header_line": 1, "columns": ["email", "n"]}}
    report = validate_file(tmp_path / "rows.csv", given, directory=tmp_path / "out2")
    assert report.books.rejected == 0
