"""What the user named (paths, globs, URLs and "-") as local files in a fixed order."""

import dataclasses
import glob
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from plunk_import.errors import SourceError
from plunk_import.read.order import natural
from plunk_import.read.remote import download, is_remote
from plunk_import.read.spool import SpoolFile

STDIN = "-"
MOST_FILES = 20_000
_NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """One input file.

    Attributes:
        name: As the user gave it, or as it was found in a directory or by a glob.
        path: Where its bytes are.
        partitions: What the directories around it say in the manner of Hive, as `dt=2026-01-01`.
        format: How it was written here; None for a file of the user's.

    """

    name: str
    path: Path
    partitions: tuple[tuple[str, str | None], ...] = ()
    format: str | None = None


def find_places(paths: Sequence[str | Path | Place], *, spool: Path) -> tuple[Place, ...]:
    """List every file once, those of directories and globs sorted, the rest in the order given.

    Standard input, pipes and URLs are copied into `spool` first. A place that was found before
    stays as it is.

    Raises:
        SourceError: A path is not there, no file is found, or a file is named twice.

    """
    if not paths:
        raise SourceError("No input file was given. Name one, or - for standard input.")
    places: dict[Path | str, Place] = {}
    for place in (place for path in paths for place in _places(path, spool)):
        identity = place.name if _is_copied(place.name) else place.path.resolve()
        if identity in places:
            raise SourceError(
                f"{_writable(place.name)}: this file is given twice (also as "
                f"{places[identity].name}), so its rows would be sent twice. Name it once."
            )
        places[identity] = dataclasses.replace(
            place,
            name=_writable(place.name),
            partitions=tuple(
                (_writable(name), None if value is None else _writable(value))
                for name, value in place.partitions
            ),
        )
    if len(places) > MOST_FILES:
        raise SourceError(
            f"{next(iter(places.values())).name} and others: there are {len(places):,} files, and "
            f"{MOST_FILES:,} are the most that one import reads. Join them, or import a part."
        )
    return tuple(places.values())


def _writable(name: str) -> str:
    """Write what of a name is no text, as Linux allows, by its bytes."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def first_file(paths: Sequence[str | Path]) -> Path | None:
    """Find the first plain file on this machine; what else is wrong with paths is not said here."""
    for path in map(str, paths):
        try:
            place = None if _is_copied(path) else next(_local(path), None)
        except (OSError, SourceError, ValueError):
            continue
        if place is not None and place.path.is_file():
            return place.path
    return None


def _is_copied(name: str) -> bool:
    return name == STDIN or is_remote(name)


def _places(path: str | Path | Place, spool: Path) -> Iterator[Place]:
    if isinstance(path, Place):
        yield dataclasses.replace(path, path=_existing_file(str(path.path)))
    else:
        yield from _places_of(str(path), spool)


def _places_of(path: str, spool: Path) -> Iterator[Place]:
    if path == STDIN:
        yield Place(STDIN, _copied(sys.stdin.buffer, spool))
    elif is_remote(path):
        yield from (Place(name, copy) for name, copy in download(path, spool))
    else:
        for place in _local(path):
            is_plain = place.path.is_file()
            copy = place.path if is_plain else _copied_pipe(place.path, spool)
            yield dataclasses.replace(place, path=copy)


def _local(path: str) -> Iterator[Place]:
    if Path(path).is_dir():
        yield from _parts(Path(path))
    elif Path(path).exists() or not glob.has_magic(path):
        yield Place(path, _existing_file(path))
    else:
        yield from _matches(path)


def _parts(folder: Path) -> Iterator[Place]:
    """Find the files of a directory; names that begin with `_` or `.` are notes beside them."""
    found = [
        file
        for file in folder.rglob("*")
        if file.is_file() and not any(_is_note(part) for part in file.relative_to(folder).parts)
    ]
    if not found:
        raise SourceError(f"{folder}: the directory holds no files. Check the path.")
    for file in sorted(found, key=lambda file: natural(str(file))):
        yield Place(str(file), file, _partitions(file.relative_to(folder)))


def _is_note(name: str) -> bool:
    return name.startswith(("_", "."))


def _matches(pattern: str) -> Iterator[Place]:
    # Path.glob does not accept absolute patterns.
    matches = glob.glob(pattern, recursive=True)  # noqa: PTH207
    found = sorted((match for match in matches if Path(match).is_file()), key=natural)
    if not found:
        raise SourceError(f"{pattern}: no file matches. Check the pattern and the folder.")
    parts = Path(pattern).parts
    fixed = next(at for at, part in enumerate(parts) if glob.has_magic(part))
    for match in found:
        file = Path(match)
        yield Place(match, file, _partitions(Path(*file.parts[fixed:])))


def _partitions(within: Path) -> tuple[tuple[str, str | None], ...]:
    pairs = (part.partition("=") for part in within.parts[:-1] if "=" in part)
    return tuple(
        (unquote(name), None if value == _NO_PARTITION else unquote(value))
        for name, _, value in pairs
        if name
    )


def _existing_file(path: str) -> Path:
    file = Path(path)
    if not file.exists():
        raise SourceError(f"{path}: no such file. Check the path.")
    if file.is_block_device() or file.is_char_device():
        raise SourceError(f"{path}: this is a device, not a file. Check the path.")
    return file


def _copied_pipe(pipe: Path, spool: Path) -> Path:
    """Copy what can be read only once, such as the shell's `<(…)`."""
    with pipe.open("rb") as stream:
        return _copied(stream, spool)


def _copied(stream: BinaryIO, spool: Path) -> Path:
    with SpoolFile(spool) as target:
        shutil.copyfileobj(stream, target)
        target.flush_to_disk()
    return target.path
