"""Files of a source that are read together: neighbours that are small and alike."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from plunk_import.read.alike import AlikeFile
from plunk_import.read.batch import FileBatch
from plunk_import.read.input_file import InputFile


def groups_of(files: Iterable[InputFile], *, most_bytes: int) -> Iterator[tuple[InputFile, ...]]:
    """Put neighbours together that can be read together; every other file is on its own.

    Args:
        files: All files, in order.
        most_bytes: About how large all files of a group may be.

    """
    group: list[InputFile] = []
    size_bytes = 0
    for file in files:
        file_bytes = file.reader.size_bytes if isinstance(file.reader, AlikeFile) else 0
        if group and not (_are_alike(group[0], file) and size_bytes + file_bytes <= most_bytes):
            yield tuple(group)
            group, size_bytes = [], 0
        group.append(file)
        size_bytes += file_bytes
    if group:
        yield tuple(group)


def first_ordinals(files: Sequence[InputFile], *, before: int) -> list[int]:
    """Number the first row of each file of a group behind so many other rows."""
    rows = (file.rows for file in _alike(files[:-1]))
    return list(itertools.accumulate(rows, initial=before + 1))


def rows_of(files: Sequence[InputFile]) -> int:
    """Count the rows of a group; 0 where they have not been counted."""
    return sum(file.rows for file in _alike(files))


def files_after(files: tuple[InputFile, ...], row: int) -> tuple[InputFile, ...]:
    """Leave out the first files of a group, whose rows all stand before one of the group's rows."""
    for number, file in enumerate(files):
        rows = rows_of((file,))
        if not rows or rows > row:
            return files[number:]
        row -= rows
    return ()


def read_together(files: Sequence[InputFile]) -> Sequence[FileBatch] | None:
    """Read a group as if it were one file; None where each has to be read on its own."""
    alike = list(_alike(files))
    return alike[0].template.together(alike) if len(alike) > 1 else None


def _alike(files: Sequence[InputFile]) -> Iterator[AlikeFile]:
    return (file.reader for file in files if isinstance(file.reader, AlikeFile))


def _are_alike(one: InputFile, other: InputFile) -> bool:
    return (
        isinstance(one.reader, AlikeFile)
        and isinstance(other.reader, AlikeFile)
        and one.reader.template is other.reader.template
        and one.partitions.keys() == other.partitions.keys()
    )
