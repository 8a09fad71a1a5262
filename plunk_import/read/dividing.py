"""A source's files as parts of about one size: large files are cut, small ones put together."""

import sys
from collections.abc import Iterator, Sequence

from plunk_import.read.alike import AlikeFile
from plunk_import.read.batch import FileBatch, Reader
from plunk_import.read.input_file import InputFile
from plunk_import.read.partition import Divisible, Partition, Span


def partitions_of(files: Sequence[InputFile], part_bytes: int) -> Iterator[Partition]:
    """Cut the files of a source into parts of about this size, in order."""
    begun = size_bytes = 0
    for number, file in enumerate(files):
        spans = _spans(file.reader, part_bytes)
        file_bytes = file.identity.size_bytes
        if number > begun and (spans or size_bytes + file_bytes > part_bytes):
            yield Partition(begun, files=number - begun)
            begun, size_bytes = number, 0
        if spans:
            yield from (Partition(number, span) for span in spans)
            begun = number + 1
        else:
            size_bytes += file_bytes
    if begun < len(files):
        yield Partition(begun, files=len(files) - begun)


def read_span(
    file: InputFile, span: Span, *, rows_before: int, after_row: int = 0
) -> Iterator[FileBatch]:
    """Read a span that `partitions_of` has cut."""
    reader = _divisible(file.reader)
    if reader is None:
        raise TypeError(f"{file.name} cannot be cut")
    return reader.part(span, rows_before=rows_before, after_row=after_row)


def count_rows(files: Sequence[InputFile], part: Partition) -> int:
    """Count the rows of a part; of text without quotes this is several times as fast as reading."""
    chosen = files[part.file : part.file + part.files]
    if part.span is not None:
        return _last(read_span(chosen[0], part.span, rows_before=0, after_row=sys.maxsize))
    return sum(_rows_of(file.reader) for file in chosen)


def _rows_of(reader: Reader) -> int:
    if isinstance(reader, AlikeFile):
        return reader.rows
    return _last(reader.batches(after_row=sys.maxsize))


def _last(batches: Iterator[FileBatch]) -> int:
    last = 0
    for batch in batches:
        last = batch.last_row
    return last


def _spans(reader: Reader, part_bytes: int) -> list[Span]:
    """Cut a file; none where it is one part, or can be none but one."""
    divisible = _divisible(reader)
    is_small = isinstance(reader, AlikeFile) and reader.size_bytes <= part_bytes
    spans = [] if divisible is None or is_small else list(divisible.spans(part_bytes))
    return spans if len(spans) > 1 else []


def _divisible(reader: Reader) -> Divisible | None:
    alone = reader.template.alone(reader.content) if isinstance(reader, AlikeFile) else reader
    return alone if isinstance(alone, Divisible) else None
