"""The top of a delimited file: its dialect and its columns."""

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.delimited.cells import Dialect, Records
from plunk_import.read.encodings import BOM, likely_encoding, likely_encodings
from plunk_import.read.failures import EmptyFileError
from plunk_import.read.header import Header, header_of

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_SAMPLE_RECORDS = 100
# Spreadsheets take such a first line for the name of the delimiter, and some programs write it.
_SEP_LINE = re.compile(rb'"?sep=([,;\t|])"?\r?\n', re.IGNORECASE)
_MOST = 0.51


@dataclasses.dataclass(frozen=True, slots=True)
class Top:
    """What the first bytes of a file say.

    Its header begins at byte `header_start`, its first row at byte `data_start`.
    """

    dialect: Dialect
    header: Header
    data_start: int
    header_start: int


def read_top(head: bytes, options: "SourceOptions", *, name: str, final: bool) -> Top:
    """Find out line ends, delimiter and columns; `final`: there is no more than this head.

    Raises SourceError for a file without rows, a header that cannot be used, and a delimiter that
    cannot be told.
    """
    if final and not head.removeprefix(BOM).strip(b"\r\n"):
        raise EmptyFileError(f"{name}: the file is empty", _schema(options.columns or ()))
    quote = options.quote or None
    line_end = line_end_of(head, quote)
    told = told_delimiter(head)
    first = 2 if told and options.header in (None, 1) else options.header or 1
    start = _line_start(head, line_end, first, name=name)
    _require_ascii(options, name=name)
    delimiter = (
        options.delimiter
        or told
        or find_delimiter(head[start:], options, line_end, name, final=final)
    )
    dialect = Dialect(delimiter, quote, line_end)
    if options.columns and not options.header:
        return Top(dialect, Header(options.columns), start, start)
    place = f"{name}:{first}"
    end = _header_end(head, start, Records(dialect), place=place, final=final)
    header = (
        Header(options.columns)
        if options.columns
        else _header(head[start:end], Records(dialect), place)
    )
    if final and not head[end:].strip(b"\r\n"):
        complaint = f"{name}: the file has a header but no rows"
        raise EmptyFileError(complaint, _schema(header.names))
    return Top(dialect, header, end, start)


def told_delimiter(head: bytes) -> str | None:
    """Return the delimiter that a first line such as `sep=;` names."""
    told = _SEP_LINE.match(head.removeprefix(BOM))
    return told[1].decode("ascii") if told else None


def _require_ascii(options: "SourceOptions", *, name: str) -> None:
    for word, mark in (("delimiter", options.delimiter), ("quote", options.quote)):
        if mark and not mark.isascii():
            raise SourceError(
                f"{name}: the {word} {mark!r} is not an ASCII character, as it is in most files. "
                "Export the file with another one."
            )


def line_end_of(head: bytes, quote: str | None) -> str:
    """Tell how lines end: in LF, also after a CR, or in CR alone. Within quotes any may stand."""
    mark = re.escape((quote or "").encode())
    bare = re.sub(b"%b[^%b]*%b" % (mark, mark, mark), b"", head) if mark else head
    first = re.search(rb"\r*\n|\r", bare) or re.search(rb"\r*\n|\r", head)
    return "\r" if first and first.group() == b"\r" else "\n"


def _line_start(head: bytes, line_end: str, wanted: int, *, name: str) -> int:
    start = len(BOM) if head.startswith(BOM) else 0
    for line in range(1, wanted):
        start = head.find(line_end.encode(), start) + 1
        if not start or start == len(head):
            raise SourceError(
                f"{name}: it has {line} lines, so there is none for `source: {{header_line: "
                f"{wanted}}}`. Correct the number."
            )
    return start


def _schema(columns: Sequence[str]) -> pl.Schema:
    return pl.Schema(dict.fromkeys(columns, pl.String()))


def _header_end(head: bytes, start: int, records: Records, *, place: str, final: bool) -> int:
    end = records.end(head, start, final=final)
    if end is None:
        raise SourceError(f"{place}: the header does not end. Is a quote missing in it?")
    return end


def _header(text: bytes, records: Records, place: str) -> Header:
    """Read the names of the columns."""
    record = records.strip_end(text)
    cells = records.cells(record)
    if cells is None:
        remedy = "Correct the header, or declare `source: {quote: …}`."
        if record.lstrip().startswith((b"{", b"[")):
            remedy = "It looks like JSON: declare `source: {format: ndjson}`, or `json` for a list."
        raise SourceError(
            f"{place}: the header has a {records.dialect.quote} inside a name. {remedy}"
        )
    try:
        names = tuple((cell or b"").decode("utf-8") for cell in cells)
    except UnicodeDecodeError:
        raise SourceError(
            f"{place}: the header is not UTF-8 but perhaps {likely_encodings(record)}. Declare "
            f"the encoding: `source: {{encoding: {likely_encoding(record)}}}`."
        ) from None
    return header_of(names, place=place)


def find_delimiter(
    text: bytes, options: "SourceOptions", line_end: str, name: str, *, final: bool
) -> str:
    """Find the one delimiter under which the header and most records have the same cells.

    Raises:
        SourceError: There is none, or more than one.

    """
    shares: dict[str, float | None] = {}
    for delimiter in DELIMITERS:
        if delimiter.encode() not in text and not options.columns:
            continue
        records = Records(Dialect(delimiter, options.quote or None, line_end))
        widths = _sample_widths(text, records, final=final)
        share = _share_like_header(
            widths[bool(options.header and options.columns) :], options.columns
        )
        if share is not None or sum(1 for width in widths[1:] if width > 1) * 2 > len(widths[1:]):
            shares[delimiter] = share
    if not shares:
        return ","
    if len(shares) == 1 and None not in shares.values():
        return next(iter(shares))
    for enough in (1.0, _MOST):
        best = [delimiter for delimiter, share in shares.items() if share and share >= enough]
        if len(best) == 1:
            return best[0]
    listed = " or ".join(DELIMITERS[delimiter] for delimiter in shares)
    raise SourceError(
        f"{name}: the delimiter cannot be told from the header on line {options.header or 1} and "
        f'the first rows ({listed}?). Declare it, as in `source: {{delimiter: ";"}}`; if the '
        "header stands on another line, declare `source: {header_line: …}`."
    )


def _share_like_header(widths: list[int], columns: tuple[str, ...] | None) -> float | None:
    """Return the share of records as wide as the header; None if that has one cell only."""
    width = len(columns) if columns else next(iter(widths), 0)
    rest = widths if columns else widths[1:]
    if width < 2:
        return None
    return rest.count(width) / len(rest) if rest else 1.0


def _sample_widths(text: bytes, records: Records, *, final: bool) -> list[int]:
    """Count the cells of the first records, 0 for those with a stray quote."""
    widths: list[int] = []
    start = 0
    while len(widths) <= _SAMPLE_RECORDS:
        start = records.skip_blank(text, start, final=final)
        end = records.end(text, start, final=final) if start < len(text) else None
        if end is None:
            return widths
        cells = records.cells(records.strip_end(text[start:end]))
        widths.append(len(cells or ()))
        start = end
    return widths
