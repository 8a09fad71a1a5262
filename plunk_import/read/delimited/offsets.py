"""On which line of a block of delimited text each record begins."""

from collections.abc import Iterator

import polars as pl

from plunk_import.read.delimited.cells import Records


def line_offsets(records: Records, block: bytes, frame: pl.DataFrame | None) -> pl.Series:
    """Count the lines before each record.

    Args:
        records: Takes the text apart.
        block: Whole records, with blank lines between them or not.
        frame: The cells, where all records are good.

    """
    line_end = records.dialect.line_end
    if frame is not None and frame.height:
        within = pl.all().str.count_matches(line_end, literal=True).fill_null(0)
        lines = frame.select(pl.sum_horizontal(within) + 1).to_series()
        mark = line_end.encode()
        if lines.sum() == block.count(mark) + (not block.endswith(mark)):  # no blank lines
            return lines.cum_sum() - lines
    return pl.Series(list(_each(records, block)), dtype=pl.UInt32)


def _each(records: Records, block: bytes) -> Iterator[int]:
    mark = records.dialect.line_end.encode()
    line = start = 0
    while (at := records.skip_blank(block, start, final=True)) < len(block):
        line += block.count(mark, start, at)
        yield line
        start = records.end(block, at, final=True) or len(block)
        line += block.count(mark, at, start)
