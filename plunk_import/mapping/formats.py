"""The table of file formats: a new one is a line here and a file in `read/`.

It stands below `read`, because a mapping may name a format; what opens it is named, not imported,
so that a format's own packages are loaded only when a file needs them.
"""

import dataclasses
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, WithJsonSchema

from plunk_import.mapping.wording import one_of


@dataclasses.dataclass(frozen=True, slots=True)
class FileFormat:
    """One format of files.

    Attributes:
        name: What `source: {format: …}` calls it.
        opener: The function that opens it, as `package.module:function`; it takes an `Opening` and
            returns a `Reader`.
        endings: The endings of file names, without the dot, in lower case.
        magic: The first bytes, any of which tells the format whatever the name.
        header_finder: The function that finds the line of a header below a title; it takes an
            `Opening` and returns a line number, from 1, or None. None for formats that have none.

    """

    name: str
    opener: str
    endings: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    header_finder: str | None = None


FILE_FORMATS = (
    # The first is what a file is taken for when neither bytes nor name tell.
    FileFormat(
        "csv",
        "plunk_import.read.delimited.opening:open_csv",
        ("csv", "tsv", "txt", "psv", "tab"),
        header_finder="plunk_import.read.delimited.titles:find_header",
    ),
    FileFormat("parquet", "plunk_import.read.parquet:open_parquet", ("parquet", "pq"), (b"PAR1",)),
    FileFormat(
        "ndjson",
        "plunk_import.read.json.alike:open_ndjson",
        ("ndjson", "jsonl"),
    ),
    FileFormat("json", "plunk_import.read.json.list:open_json", ("json",)),
    FileFormat(
        "xlsx",
        "plunk_import.read.excel:open_xlsx",
        ("xlsx", "xlsm"),
        (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"),
        header_finder="plunk_import.read.excel:find_header",
    ),
    FileFormat(
        "arrow",
        "plunk_import.read.arrow:open_arrow",
        ("arrow", "arrows", "feather", "ipc"),
        (b"ARROW1", b"\xff\xff\xff\xff"),
    ),
)
_NAMES = tuple(entry.name for entry in FILE_FORMATS)

SourceFormat: TypeAlias = Annotated[
    str,
    AfterValidator(lambda given: one_of(given, _NAMES)),
    WithJsonSchema({"type": "string", "enum": list(_NAMES)}),
]
