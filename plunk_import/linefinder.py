"""Takes a text file and row numbers; gives the lines that the rows stand on, or says it is unknown.

A row has a line of its own only where no cell before it runs over several: as long as each line has
an even number of quotes. Where that ends, and in files that are packed or no text, it is unknown.
"""

from collections.abc import Iterator
from pathlib import Path

from plunk_import.mapping import SourceOptions

_TEXT_ENDINGS = frozenset({".csv", ".tsv", ".txt", ".psv", ".tab", ".ndjson", ".jsonl"})
_LINE_FORMATS = frozenset({".ndjson", ".jsonl"})
FARTHEST_LINE = 1_000_000


class LineFinder:
    """Finds lines, reading each file at most as far as the farthest row asked for."""

    def __init__(self, options: SourceOptions) -> None:
        self._options = options

    def __call__(self, file: str, row: int) -> int | None:
        """Give the line, from 1, of a file's row, from 1; None where it is unknown."""
        path = Path(file)
        if path.suffix.lower() not in _TEXT_ENDINGS or not path.is_file():
            return None
        encoding = self._options.encoding.lower().replace("_", "-")
        if encoding.startswith(("utf-16", "utf-32")):
            return None
        return self._line(path, row)

    def _line(self, path: Path, row: int) -> int | None:
        is_records = path.suffix.lower() in _LINE_FORMATS
        quote = b"" if is_records else (self._options.quote or "").encode("ascii", "ignore")
        header = 0 if is_records or self._options.columns else self._options.header_line
        found = 0
        for number, text in _lines(path):
            if quote and text.count(quote) % 2:
                return None
            if number > header and text.strip(b"\r\n"):
                found += 1
            if found == row:
                return number
        return None


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as stream:
        for number, text in enumerate(stream, start=1):
            if number > FARTHEST_LINE:
                return
            yield number, text
