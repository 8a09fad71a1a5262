"""What the user named (paths, globs, URLs and "-") as local files in a fixed order."""

import dataclasses
import glob
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from plunk_import.errors import SourceError
from plunk_import.read.remote import download, is_remote
from plunk_import.read.spool import SpoolFile

STDIN = "-"


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """One input: its name as given (or as the glob found it), and where its bytes are."""

    name: str
    path: Path


def find_places(paths: Sequence[str | Path], *, spool: Path) -> tuple[Place, ...]:
    """List every file once, globs sorted, the rest in the order given.

    Standard input, pipes and URLs are copied into `spool` first.

    Raises:
        SourceError: A path is not a file, a glob matches none, or a file is named twice.

    """
    if not paths:
        raise SourceError("No input file was given. Name one, or - for standard input.")
    places: dict[Path | str, Place] = {}
    for place in (place for path in paths for place in _places(str(path), spool)):
        identity = place.name if _is_copied(place.name) else place.path.resolve()
        if identity in places:
            raise SourceError(
                f"{place.name}: this file is given twice (also as {places[identity].name}), so its "
                "rows would be sent twice. Name it once."
            )
        places[identity] = place
    return tuple(places.values())


def _is_copied(name: str) -> bool:
    return name == STDIN or is_remote(name)


def _places(path: str, spool: Path) -> Iterator[Place]:
    if path == STDIN:
        yield Place(STDIN, _copied(sys.stdin.buffer, spool))
    elif is_remote(path):
        yield from (Place(name, copy) for name, copy in download(path, spool))
    elif Path(path).exists() or not glob.has_magic(path):
        file = _existing_file(path)
        yield Place(path, file if file.is_file() else _copied_pipe(file, spool))
    else:
        # Path.glob does not accept absolute patterns.
        matches = glob.glob(path, recursive=True)  # noqa: PTH207
        found = sorted(match for match in matches if Path(match).is_file())
        if not found:
            raise SourceError(f"{path}: no file matches. Check the pattern and the folder.")
        yield from (Place(match, Path(match)) for match in found)


def _existing_file(path: str) -> Path:
    file = Path(path)
    if file.is_dir():
        raise SourceError(
            f"{path}: this is a directory. Name the files in it, such as {path.rstrip('/')}/*.csv."
        )
    if not file.exists():
        raise SourceError(f"{path}: no such file. Check the path.")
    return file


def _copied_pipe(pipe: Path, spool: Path) -> Path:
    """Copy what can be read only once, such as the shell's `<(…)`."""
    with pipe.open("rb") as stream:
        return _copied(stream, spool)


def _copied(stream: BinaryIO, spool: Path) -> Path:
    with SpoolFile(spool) as target:
        shutil.copyfileobj(stream, target)
    return target.path
