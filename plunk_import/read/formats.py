"""Which reader a file needs: takes a local file and what is declared, gives its reader."""

from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.errors import SourceError
from plunk_import.read.chunk import Reader
from plunk_import.read.content import Content, inner_name, is_workbook
from plunk_import.read.delimited.reader import DelimitedReader
from plunk_import.read.encodings import require_declared
from plunk_import.read.excel import SheetReader
from plunk_import.read.json.lines import NdjsonReader
from plunk_import.read.json.list import is_list, write_lines
from plunk_import.read.parquet import ColumnarReader
from plunk_import.read.places import Place

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions

_ENDINGS = {
    "parquet": "parquet",
    "pq": "parquet",
    "arrow": "arrow",
    "feather": "arrow",
    "ipc": "arrow",
    "ndjson": "ndjson",
    "jsonl": "ndjson",
    "json": "json",
    "xlsx": "xlsx",
    "xlsm": "xlsx",
}
_MAGIC = {b"PAR1": "parquet", b"ARROW1": "arrow"}
_HEAD_BYTES = 4096
_OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0"


def open_reader(place: Place, options: "SourceOptions", *, spool: Path, block_bytes: int) -> Reader:
    """Open by the declared format, else the first bytes, else the name, else as CSV."""
    packed = Content(place.path, name=place.name)
    kind = options.format or _kind(packed)
    if kind in ("parquet", "arrow"):
        return ColumnarReader(packed.unpacked_to(spool), name=place.name, kind=kind)
    if kind == "xlsx":
        return SheetReader(packed.unpacked_to(spool), options, name=place.name)
    text = Content(place.path, name=place.name, encoding=options.encoding)
    require_declared(packed.head(_HEAD_BYTES)[0], text.encoding or "", name=place.name)
    if kind == "json" and is_list(text):
        lines = Content(write_lines(text, spool), name=place.name, encoding="utf-8")
        return NdjsonReader(lines, block_bytes=block_bytes)
    if kind in ("json", "ndjson"):
        return NdjsonReader(text, block_bytes=block_bytes)
    return DelimitedReader(text, options, block_bytes=block_bytes)


def _kind(content: Content) -> str:
    head, _ = content.head(8)
    if head.startswith(_OLD_OFFICE_MAGIC):
        raise SourceError(
            f"{content.name}: this is an old .xls workbook, or one with a password. Save it as "
            ".xlsx without a password, or as CSV."
        )
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if content.packing is None and is_workbook(content.path):
        return "xlsx"
    ending = inner_name(content.path, content.packing, content.name).rpartition(".")[2]
    return _ENDINGS.get(ending.lower(), "csv")
