"""Files that hold no table, told by their first bytes: what they are, and how to come to one."""

from plunk_import.errors import SourceError

_EXPORT = "Export the table that you want as CSV or Parquet, and give that."
_UNPACK = "Unpack it and give the files themselves."
_SIGNS = (
    (b"SQLite format 3\0", "an SQLite database", _EXPORT),
    (b"%PDF-", "a PDF", _EXPORT),
    (b"{\\rtf", "a document of rich text", _EXPORT),
    (b"Obj\x01", "an Avro file", _EXPORT),
    (b"ORC\n", "an ORC file", _EXPORT),
    (b"\x89HDF", "an HDF file", _EXPORT),
    (b"\x80\x04\x95", "a pickle of Python", _EXPORT),
    (b"\x80\x05\x95", "a pickle of Python", _EXPORT),
    (b"FEA1", "a Feather file of version 1", "Write it anew, as version 2 or as Parquet."),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"\xfd7zXZ\0", "packed by xz", _UNPACK),
    (b"\x04\x22\x4d\x18", "packed by lz4", _UNPACK),
    (b"\x1f\x9d", "packed by compress", _UNPACK),
    # Packings that are read, within another one.
    (b"\x1f\x8b", "packed twice", _UNPACK),
    (b"BZh", "packed twice", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed twice", _UNPACK),
    (b"PK\x03\x04", "packed twice", _UNPACK),
    (
        b"version https://git-lfs.github.com/",
        "what Git keeps in place of a large file",
        "Fetch the file itself: `git lfs pull`.",
    ),
)
_MARKUP = (
    (b"<!doctype html", "a page of HTML"),
    (b"<html", "a page of HTML"),
    (b"<?xml", "XML"),
    (b"<!doctype", "XML"),
)
_PAGE = "Look at it in a browser: it may ask for a login, or tell of an error. Then export again."
_TAR = slice(257, 262)
HEAD_BYTES = 512


def require_table(head: bytes, *, name: str) -> None:
    """Raise SourceError where the first `HEAD_BYTES` of a text are those of something else.

    Args:
        head: The first bytes, unpacked.
        name: The file as the user named it.

    """
    found = next(((what, how) for sign, what, how in _SIGNS if head.startswith(sign)), None)
    if head[_TAR] == b"ustar":
        found = ("a tar archive", _UNPACK)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    markup = next((what for sign, what in _MARKUP if text.startswith(sign)), None)
    if markup is not None:
        found = (markup, _PAGE)
    if found is not None:
        what, how = found
        raise SourceError(f"{name}: this is {what}, not a table. {how}")
