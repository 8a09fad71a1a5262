"""Which reader a file needs: takes a local file and what is declared, gives its reader."""

from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.errors import SourceError
from plunk_import.readers.bytestream import Content, inner_name
from plunk_import.readers.chunk import Reader
from plunk_import.readers.columnar import ColumnarReader
from plunk_import.readers.places import Place
from plunk_import.readers.text import DelimitedReader

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
}
_MAGIC = {b"PAR1": "parquet", b"ARROW1": "arrow"}


def open_reader(place: Place, options: "SourceOptions", *, spool: Path, block_bytes: int) -> Reader:
    """Open by the declared format, else the first bytes, else the name, else as CSV."""
    content = Content(place.path, name=place.name)
    kind = options.format or _kind(content)
    if kind in ("parquet", "arrow"):
        return ColumnarReader(content.unpacked_to(spool), name=place.name, kind=kind)
    if kind == "csv":
        content = Content(place.path, name=place.name, encoding=options.encoding)
        return DelimitedReader(content, options, block_bytes=block_bytes)
    raise SourceError(f"{place.name}: {kind} files cannot be read yet. Export it as CSV.")


def _kind(content: Content) -> str:
    head, _ = content.head(8)
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    ending = inner_name(content.path, content.packing, content.name).rpartition(".")[2]
    return _ENDINGS.get(ending.lower(), "csv")
