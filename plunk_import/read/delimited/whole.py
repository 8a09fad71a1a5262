"""Texts of whole records: how many there are, and whether all of them are faultless."""

from plunk_import.read.delimited.cells import CleanRun, Dialect, Records


class WholeTexts:
    """Looks at texts of records of `width` cells."""

    def __init__(self, dialect: Dialect, width: int) -> None:
        self._records = Records(dialect)
        self._clean_run = CleanRun(dialect, width)
        self._line_end = (dialect.line_end).encode("ascii")
        self._quote = (dialect.quote or "").encode("ascii")

    def are_faultless(self, text: bytes) -> bool:
        """Tell whether all of a text is faultless records, with no blank lines between them."""
        ended = self._ended(text)
        return self._clean_run.end(ended, 0) == len(ended)

    def count(self, text: bytes, *, is_faultless: bool) -> int | None:
        """Count the records of a text, good or bad; None where the last of them does not end."""
        if not is_faultless:
            return self._count_each(text)
        if self._quote and self._quote in text:
            return sum(1 for _ in self._records.each(self._ended(text)))
        return self._ended(text).count(self._line_end)

    def count_lines(self, text: bytes) -> int:
        """Count the lines, the last of which may not end."""
        return self._ended(text).count(self._line_end)

    def _ended(self, text: bytes) -> bytes:
        return text if text.endswith(self._line_end) else text + self._line_end

    def _count_each(self, text: bytes) -> int | None:
        records = start = 0
        while (start := self._records.skip_blank(text, start, final=True)) < len(text):
            end = self._records.end(text, start, final=True)
            if end is None:
                return None
            records, start = records + 1, end
        return records
