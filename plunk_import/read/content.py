"""The bytes of a local file, plain or packed."""

import bz2
import codecs
import contextlib
import copy
import posixpath
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import IO, Protocol

from plunk_import.errors import SourceError
from plunk_import.read.failures import file_failures
from plunk_import.read.spool import SpoolFile

_MAGIC = {
    b"\x1f\x8b": "gz",
    b"\x28\xb5\x2f\xfd": "zst",
    b"BZh": "bz2",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # one that holds nothing
}
_WORKBOOK_PART = "xl/workbook.xml"
_OFFICE_PARTS = {"content.xml", "Index/Document.iwa"}
"""Parts of the workbooks of OpenDocument, and of Apple's Numbers."""
_SHARE_BYTES = 1 << 20
_PACKED_BYTES = 64 << 10


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

    def encoded(self, encoding: str) -> "Content":
        """Return the same file's content as text of an encoding."""
        text = copy.copy(self)
        text.encoding = _codec_name(encoding)
        return text

    @contextlib.contextmanager
    def open(self) -> Iterator[Readable]:
        """Open from the start.

        Raises:
            SourceError: The file cannot be read; raised while reading, too.

        """
        with file_failures(self.name), _unpacked(self.path, self.packing, self.name) as stream:
            if self.encoding in (None, "utf-8"):
                yield stream
            else:
                yield _Transcoded(stream, self.encoding or "")

    @property
    def is_plain(self) -> bool:
        """Whether the file's bytes are its text, so that reading may begin anywhere."""
        return self.packing is None and self.encoding in (None, "utf-8")

    @contextlib.contextmanager
    def open_part(self, start: int, stop: int) -> Iterator[Readable]:
        """Open the bytes from `start` to `stop` of a file that `is_plain`.

        Raises:
            SourceError: The file cannot be read; raised while reading, too.

        """
        with file_failures(self.name), self.path.open("rb", buffering=0) as stream:
            stream.seek(start)
            yield _Part(stream, stop - start)

    def head(self, size: int) -> tuple[bytes, bool]:
        """Read the first `size` bytes, and whether there are no more."""
        parts = []
        with self.open() as stream:
            missing = size + 1
            # A stream makes room for all that it is asked for.
            while missing > 0 and (part := stream.read(min(missing, _PACKED_BYTES))):
                parts.append(part)
                missing -= len(part)
        head = b"".join(parts)
        return head[:size], len(head) <= size

    def whole(self, most_bytes: int) -> bytes | None:
        """Read all of it; None where it is larger than that."""
        head, is_whole = self.head(most_bytes)
        return head if is_whole else None

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
    with file_failures(name):
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


class _Part:
    """The next `size` bytes of a stream."""

    def __init__(self, stream: Readable, size: int) -> None:
        self._stream = stream
        self._left = size

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(min(size, self._left)) if self._left else b""
        self._left -= len(data)
        return data


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
            import gzip

            yield stack.enter_context(gzip.GzipFile(path, "rb"))
        elif packing == "bz2":
            yield _Frames(stack.enter_context(path.open("rb")), bz2.BZ2Decompressor)
        elif packing == "zst":
            yield _Frames(stack.enter_context(path.open("rb")), _zstd().ZstdDecompressor)
        else:
            yield stack.enter_context(path.open("rb", buffering=0))


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Frames:
    """The frames of a file, one after the other.

    Python's own files of these kinds take what stands behind the first frame for rubbish where it
    is damaged, and leave it out without a word.
    """

    def __init__(self, file: IO[bytes], new_frame: Callable[[], _Decompressor]) -> None:
        self._file = file
        self._new_frame = new_frame
        self._frame: _Decompressor | None = None
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        while self._frame is not None or self._has_more():
            frame = self._frame = self._frame or self._new_frame()
            packed = self._rest or (self._file.read(_PACKED_BYTES) if frame.needs_input else b"")
            if not packed and frame.needs_input:
                raise EOFError("the last frame does not end")
            data = self._decompressed(frame, packed, size)
            self._rest = frame.unused_data
            if frame.eof:
                self._frame = None
            if data:
                return data
        return b""

    def _has_more(self) -> bool:
        self._rest = self._rest or self._file.read(_PACKED_BYTES)
        return bool(self._rest)

    def _decompressed(self, frame: _Decompressor, packed: bytes, size: int) -> bytes:
        try:
            return frame.decompress(packed, size)
        except Exception as error:
            raise EOFError(error) from error


def _opened_member(archive: zipfile.ZipFile, name: str) -> IO[bytes]:
    try:
        return archive.open(_only_member(archive, name))
    except RuntimeError as error:
        raise SourceError(
            f"{name}: the archive has a password. Unpack it and give the file itself."
        ) from error


def _is_aside(path: str) -> bool:
    """Tell what a system has put into an archive for its own sake."""
    return path.startswith("__MACOSX/") or posixpath.basename(path).startswith(".")


def _only_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [
        member
        for member in archive.infolist()
        if not member.is_dir() and not _is_aside(member.filename)
    ]
    if len(members) == 1:
        return members[0]
    names = {member.filename for member in members}
    if names & _OFFICE_PARTS:
        raise SourceError(
            f"{name}: this is a workbook of another program. Save it as .xlsx or CSV."
        )
    listed = ", ".join(member.filename for member in members[:10]) or "none"
    raise SourceError(
        f"{name}: the archive must hold one file, but it holds {len(members)}: {listed}. "
        "Unpack it and give the files themselves."
    )
