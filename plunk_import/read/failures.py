"""Failures of the libraries that read files, turned into SourceError: the one seam for all."""

import contextlib
import zipfile
import zlib
from collections.abc import Callable, Iterator

import polars as pl

from plunk_import.errors import PlunkImportError, SourceError
from plunk_import.read.batch import Form


class EmptyFileError(SourceError):
    """A file without rows: an error on its own unless it is allowed, and no matter among others.

    `schema` are its columns as far as it has any, `form` how much it says of their types.
    """

    def __init__(
        self, complaint: str, schema: pl.Schema | None = None, form: Form = Form.TEXT
    ) -> None:
        super().__init__(
            f"{complaint}. Export it again; or, where it may have no rows, allow it with "
            "`--allow-empty`, in Python `allow_empty=True`."
        )
        self.schema = pl.Schema() if schema is None else schema
        self.form = form


@contextlib.contextmanager
def file_failures(name: str) -> Iterator[None]:
    """Translate what the system and the packings raise.

    Args:
        name: The file as the user named it.

    Raises:
        SourceError: The file cannot be read, or its packing is damaged.

    """
    try:
        yield
    except (EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise damaged(name, error) from error
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{name}: the file is not {error.encoding} ({error.reason}). Correct "
            "`source: {encoding: …}`, or export the file again."
        ) from error
    except OSError as error:
        # The packages raise OSError, too, but only the system gives it a number.
        if error.errno is None:
            raise damaged(name, error) from error
        raise _unreadable(name, error) from error


@contextlib.contextmanager
def library_failures(
    name: str, *, kind: str, row: Callable[[], int] | None = None
) -> Iterator[None]:
    """Translate whatever a library of a file format raises, a panic of Rust included.

    Nothing but the library's own calls may run within, because every error is taken for its own.

    Args:
        name: The file as the user named it.
        kind: What the format is called in messages.
        row: Returns the number of the last row that came, from 1.

    Raises:
        SourceError: The library could not read the file.

    """
    try:
        yield
    except PlunkImportError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and not _is_panic(error):
            raise
        if isinstance(error, OSError) and error.errno is not None:
            raise _unreadable(name, error) from error
        place = f" after row {row()}" if row and row() else ""
        raise SourceError(
            f"{name}: this is not a whole {kind}, or it holds what cannot be read "
            f"({_reason(error)}){place}. Copy or export it again."
        ) from error


def any_failure(attempt: Callable[[], object]) -> BaseException | None:
    """Try a call of a library, and return what it raised, a panic of Rust included."""
    try:
        attempt()
    except BaseException as error:
        if not isinstance(error, Exception) and not _is_panic(error):
            raise
        return error
    return None


def damaged(name: str, error: Exception) -> SourceError:
    """Build the error of a packed file that is damaged or cut off."""
    return SourceError(
        f"{name}: the packed file is damaged or cut off ({error}). Copy or export it again."
    )


def _unreadable(name: str, error: OSError) -> SourceError:
    return SourceError(f"{name}: cannot be read: {error}. Check the file and its permissions.")


def _is_panic(error: BaseException) -> bool:
    # Each package that is written in Rust has a class of its own, all of this name.
    return type(error).__name__ == "PanicException"


def _reason(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0][:200] if lines else type(error).__name__
