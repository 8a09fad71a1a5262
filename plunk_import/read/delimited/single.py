"""Records of delimited text one by one: cells, or what is wrong with them."""

from plunk_import.read.batch import BadRow
from plunk_import.read.delimited.cells import Records
from plunk_import.read.delimited.runaway import RunawayQuotes
from plunk_import.read.encodings import encoding_message
from plunk_import.read.faults import RecordFault


class SingleRecords:
    """Takes records of `width` cells; `encoding` is what the text was before it was UTF-8."""

    def __init__(self, records: Records, width: int, runaway: RunawayQuotes, encoding: str) -> None:
        self._records = records
        self._width = width
        self._runaway = runaway
        self._encoding = encoding

    def read(self, position: int, record: bytes) -> list[str | None] | BadRow:
        """Take one record, without its line break, as the cells of a row or as a bad row."""
        try:
            record.decode("utf-8")
        except UnicodeDecodeError as error:
            return self._bad_row(
                position,
                RecordFault.INVALID_ENCODING,
                encoding_message(error, self._encoding),
                record,
            )
        cells = self._records.cells(record)
        if cells is None:
            message = f"a {self._records.dialect.quote} stands inside a cell"
            return self._bad_row(position, RecordFault.STRAY_QUOTE, message, record)
        if len(cells) != self._width:
            return self._row_of_wrong_width(position, len(cells), record)
        row = [cell if cell is None else cell.decode("utf-8") for cell in cells]
        return self._runaway_row(position, row, record) or row

    def _runaway_row(self, position: int, row: list[str | None], record: bytes) -> BadRow | None:
        swallowed = max(map(self._runaway.swallowed, row))
        if not swallowed:
            return None
        quote = self._records.dialect.quote
        message = (
            f"a {quote} closes {swallowed:,} lines after it opens, and the lines "
            "between look like rows"
        )
        return self._bad_row(position, RecordFault.RUNAWAY_QUOTE, message, record)

    def _bad_row(self, position: int, code: RecordFault, message: str, record: bytes) -> BadRow:
        raw = record.decode("utf-8", "backslashreplace")
        return BadRow(position, code, message, raw, self._records.told_apart(raw, self._width))

    def _row_of_wrong_width(self, position: int, cells: int, record: bytes) -> BadRow:
        code = RecordFault.TOO_MANY_CELLS if cells > self._width else RecordFault.TOO_FEW_CELLS
        found = "1 cell" if cells == 1 else f"{cells} cells"
        return self._bad_row(position, code, f"{found} instead of {self._width}", record)
