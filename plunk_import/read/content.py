"""The bytes of a local file, plain or packed."""

import bz2
import codecs
import contextlib
import gzip
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import IO, Protocol

from plunk_import.errors import SourceError
from plunk_import.read.spool import SpoolFile

_MAGIC = {
    b"\x1f\x8b": "gz",
    b"\x28\xb5\x2f\xfd": "zst",
    b"BZh": "bz2",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # one that holds nothing
}
_WORKBOOK_PART = "xl/workbook.xml"
_SHARE_BYTES = 1 << 20


def _zstd() -> ModuleType:
    """Import Python's own module of Zstandard, or before 3.14 its backport."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


class Readable(Protocol):
    """What is read from: `read` gives some bytes, none only at the end."""

    def read(self, size: int, /) -> bytes:
        """Read about `size` bytes or fewer."""


class Content:
    """The unpacked content of one local file, to be opened any number of times.

    `name` is the file as the user named it. With `encoding`, the content comes as UTF-8; bytes that
    are not of that encoding come as bytes that are not UTF-8, so that their record can be told.
    """

    def __init__(self, path: Path, *, name: str, encoding: str | None = None) -> None:
        self.path = path
        self.name = name
        self.encoding = None if encoding is None else _codec_name(encoding)
        self.packing = packing_of(path, name=name)

    @contextlib.contextmanager
    def open(self) -> Iterator[Readable]:
        """Open from the start.

        Raises:
            SourceError: The file cannot be read; raised while reading, too.

        """
        with _translated(self.name), _unpacked(self.path, self.packing, self.name) as stream:
            if self.encoding in (None, "utf-8"):
                yield stream
            else:
                yield _Transcoded(stream, self.encoding or "")

    def head(self, size: int) -> tuple[bytes, bool]:
        """Read the first `size` bytes, and whether there are no more."""
        parts = []
        with self.open() as stream:
            missing = size + 1
            while missing > 0 and (part := stream.read(missing)):
                parts.append(part)
                missing -= len(part)
        head = b"".join(parts)
        return head[:size], len(head) <= size

    def place(self, offset: int, line_end: str = "\n") -> str:
        """Name the file and line of a byte; reads the content up to there."""
        lines = 1
        with self.open() as stream:
            while offset > 0 and (part := stream.read(min(offset, _SHARE_BYTES))):
                lines += part.count(line_end.encode(), 0, offset)
                offset -= len(part)
        return f"{self.name}:{lines}"

    def unpacked_to(self, folder: Path) -> Path:
        """Return the file itself where it is not packed, else an unpacked copy in `folder`."""
        if self.packing is None:
            return self.path
        with self.open() as stream, SpoolFile(folder) as target:
            while part := stream.read(_SHARE_BYTES):
                target.write(part)
        return target.path


def packing_of(path: Path, *, name: str) -> str | None:
    """Tell by the first bytes: gz, zst, bz2, zip, or None; a workbook is not a packed file."""
    with _translated(name):
        with path.open("rb") as file:
            start = file.read(4)
        packing = next((kind for magic, kind in _MAGIC.items() if start.startswith(magic)), None)
        return None if packing == "zip" and is_workbook(path) else packing


def is_workbook(path: Path) -> bool:
    """Tell whether a file is an Excel workbook, which is an archive by its bytes."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return _WORKBOOK_PART in archive.namelist()


def inner_name(path: Path, packing: str | None, name: str) -> str:
    """Return the name that tells the format: without the packing's own ending."""
    if packing == "zip":
        with zipfile.ZipFile(path) as archive:
            return _only_member(archive, name).filename
    return name.rpartition(".")[0] if packing and name.lower().endswith(f".{packing}") else name


class _Transcoded:
    """A stream of another encoding, as UTF-8."""

    def __init__(self, stream: Readable, encoding: str) -> None:
        self._stream = stream
        # The wide encodings have lone surrogates of their own; the others have bytes without a
        # meaning. Both turn into bytes that no UTF-8 has.
        self._errors = "surrogatepass" if encoding.startswith("utf-") else "surrogateescape"
        self._decoder = codecs.getincrementaldecoder(encoding)(self._errors)

    def read(self, size: int, /) -> bytes:
        while raw := self._stream.read(size):
            if text := self._decoder.decode(raw):
                return text.encode("utf-8", self._errors)
        return self._decoder.decode(b"", final=True).encode("utf-8", self._errors)


def _codec_name(encoding: str) -> str:
    canonical = codecs.lookup(encoding).name
    return "utf-8" if canonical == "utf-8-sig" else canonical


@contextlib.contextmanager
def _unpacked(path: Path, packing: str | None, name: str) -> Iterator[Readable]:
    with contextlib.ExitStack() as stack:
        if packing == "zip":
            archive = stack.enter_context(zipfile.ZipFile(path))
            yield stack.enter_context(_opened_member(archive, name))
        elif packing == "gz":
            yield stack.enter_context(gzip.GzipFile(path, "rb"))
        elif packing == "bz2":
            yield stack.enter_context(bz2.BZ2File(path, "rb"))
        elif packing == "zst":
            yield stack.enter_context(_zstd().ZstdFile(path, "rb"))
        else:
            yield stack.enter_context(path.open("rb", buffering=0))


def _opened_member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return archive.open(_only_member(archive, name))
    except RuntimeError as error:  # a password, or a method that Python does not know
        raise SourceError(f"{name}: {error}. Unpack it and give the file itself.") from error


def _only_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith("__MACOSX/")
    ]
    if len(members) == 1:
        return members[0]
    listed = ", ".join(member.filename for member in members[:10]) or "none"
    raise SourceError(
        f"{name}: the archive must hold one file, but it holds {len(members)}: {listed}. "
        "Unpack it and give the files themselves."
    )


@contextlib.contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn errors of the medium and of the packing into SourceError: the one seam for both."""
    try:
        yield
    except (EOFError, zlib.error, zipfile.BadZipFile, _zstd().ZstdError) as error:
        raise _damaged(name, error) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{name}: the file is not {error.encoding} ({error.reason}). Correct "
            "`source: {encoding: …}`, or export the file again."
        ) from error
    except OSError as error:
        # The packages raise OSError, too, but only the system gives it a number.
        if error.errno is None:
            raise _damaged(name, error) from error
        raise SourceError(
            f"{name}: cannot be read: {error}. Check the file and its permissions."
        ) from error


def _damaged(name: str, error: Exception) -> SourceError:
    return SourceError(
        f"{name}: the packed file is damaged or cut off ({error}). Copy or export it again."
    )
