"""The top of a delimited file: its dialect and its columns."""

import dataclasses
import re
from typing import TYPE_CHECKING

from plunk_import.errors import SourceError
from plunk_import.read.delimited.cells import Dialect, Records
from plunk_import.read.encodings import BOM, likely_encoding
from plunk_import.read.failures import EmptyFileError

if TYPE_CHECKING:
    from plunk_import.mapping import SourceOptions

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_SAMPLE_RECORDS = 100
# Spreadsheets take such a first line for the name of the delimiter, and some programs write it.
_SEP_LINE = re.compile(rb'"?sep=([,;\t|])"?\r?\n', re.IGNORECASE)
_MOST = 0.51


@dataclasses.dataclass(frozen=True, slots=True)
class Top:
    """What the first bytes of a file say; its first row begins at byte `data_start`."""

    dialect: Dialect
    columns: tuple[str, ...]
    data_start: int


def read_top(head: bytes, options: "SourceOptions", *, name: str, final: bool) -> Top:
    """Find out line ends, delimiter and columns; `final`: there is no more than this head.

    Raises SourceError for a file without rows, a header that cannot be used, and a delimiter that
    cannot be told.
    """
    _require_rows(head.removeprefix(BOM), "is empty", name=name, final=final)
    quote = options.quote or None
    line_end = _line_end(head, quote)
    told = _told_delimiter(head) if options.header_line == 1 else None
    start = _header_start(head, line_end, 2 if told else options.header_line, name=name)
    _require_ascii(options, name=name)
    delimiter = (
        options.delimiter or told or _detect(head[start:], options, line_end, name, final=final)
    )
    dialect = Dialect(delimiter, quote, line_end)
    if options.columns is not None:
        return Top(dialect, options.columns, start)
    columns, length = _header(head[start:], Records(dialect), options, name, final=final)
    data_start = start + length
    _require_rows(head[data_start:], "has a header but no rows", name=name, final=final)
    return Top(dialect, columns, data_start)


def _told_delimiter(head: bytes) -> str | None:
    told = _SEP_LINE.match(head.removeprefix(BOM))
    return told[1].decode("ascii") if told else None


def _require_ascii(options: "SourceOptions", *, name: str) -> None:
    for word, mark in (("delimiter", options.delimiter), ("quote", options.quote)):
        if mark and not mark.isascii():
            raise SourceError(
                f"{name}: the {word} {mark!r} is not an ASCII character, as it is in most files. "
                "Export the file with another one."
            )


def _line_end(head: bytes, quote: str | None) -> str:
    """Tell by the first one outside quotes: a name or cell may hold others."""
    mark = re.escape((quote or "").encode())
    quoted = re.sub(b"%b[^%b]*%b" % (mark, mark, mark), b"", head) if mark else head
    first = next(filter(None, (re.search(rb"\r*\n|\r", text) for text in (quoted, head))), None)
    return "\r" if first and first.group() == b"\r" else "\n"


def _header_start(head: bytes, line_end: str, header_line: int, *, name: str) -> int:
    start = len(BOM) if head.startswith(BOM) else 0
    for line in range(1, header_line):
        start = head.find(line_end.encode(), start) + 1
        if not start or start == len(head):
            raise SourceError(
                f"{name}: it has {line} lines, so there is none for `source: {{header_line: "
                f"{header_line}}}`. Correct the number."
            )
    return start


def _require_rows(rest: bytes, complaint: str, *, name: str, final: bool) -> None:
    if final and not rest.strip(b"\r\n"):
        raise EmptyFileError(
            f"{name}: the file {complaint}. Export it again, or give another file."
        )


def _header(
    text: bytes, records: Records, options: "SourceOptions", name: str, *, final: bool
) -> tuple[tuple[str, ...], int]:
    """Read the column names, and the length of their record in bytes."""
    place = f"{name}:{options.header_line}"
    end = records.end(text, 0, final=final)
    if end is None:
        raise SourceError(f"{place}: the header does not end. Is a quote missing in it?")
    record = records.strip_end(text[:end])
    cells = records.cells(record)
    if cells is None:
        raise SourceError(
            f"{place}: the header has a {records.dialect.quote} inside a name. Correct the header, "
            "or declare `source: {quote: …}`."
        )
    try:
        names = tuple((cell or b"").decode("utf-8") for cell in cells)
    except UnicodeDecodeError:
        raise SourceError(
            f"{place}: the header is not UTF-8. Declare the encoding, probably "
            f"`source: {{encoding: {likely_encoding(record)}}}`."
        ) from None
    check_names(names, place=place)
    return names, end


def check_names(names: tuple[str, ...], *, place: str) -> None:
    """Raise SourceError unless every column has a name of its own."""
    remedy = (
        "Give every column a name of its own; if the header stands on another line, declare "
        "`source: {header_line: …}`."
    )
    if not any(names):
        raise SourceError(f"{place}: there is no header on this line. {remedy}")
    empty = [str(position) for position, name in enumerate(names, 1) if not name]
    if empty:
        raise SourceError(
            f"{place}: the header has no name for column {', '.join(empty)}. {remedy}"
        )
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        listed = ", ".join(repr(name) for name in repeated)
        raise SourceError(f"{place}: the header has more than one column {listed}. {remedy}")


def _detect(text: bytes, options: "SourceOptions", line_end: str, name: str, *, final: bool) -> str:
    """Find the one delimiter under which the header and most records have the same cells."""
    shares: dict[str, float | None] = {}
    for delimiter in DELIMITERS:
        records = Records(Dialect(delimiter, options.quote or None, line_end))
        widths = _sample_widths(text, records, final=final)
        share = _share_like_header(widths, options.columns)
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
        f"{name}: the delimiter cannot be told from the header on line {options.header_line} and "
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
