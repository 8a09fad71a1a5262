"""One file of a source, held open as it was found."""

import dataclasses
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import polars as pl

from plunk_import.read.batch import FileBatch, Form, Reader
from plunk_import.read.held import HeldFile
from plunk_import.read.identity import FileIdentity
from plunk_import.read.own_rows import OwnRows
from plunk_import.read.places import Place
from plunk_import.read.spool import SpoolFile

_NO_PARTITIONS: Mapping[str, str | None] = MappingProxyType({})


@dataclasses.dataclass(frozen=True, slots=True)
class InputFile:
    """One file of a source: where it is, what reads it, and how it is held."""

    place: Place
    reader: Reader
    identity: FileIdentity
    held: HeldFile

    @property
    def name(self) -> str:
        """The file as the user named it."""
        return self.place.name

    def kept_in(self, folder: Path) -> Place:
        """Return where the file can be opened again: in a copy in `folder` if it is displaced.

        Raises:
            OutputError: The copy cannot be written.

        """
        path = self.place.path
        if self.held.is_displaced:
            folder.mkdir(parents=True, exist_ok=True)
            with self.held.path.open("rb") as stream, SpoolFile(folder) as target:
                shutil.copyfileobj(stream, target)
            path = target.path
        return dataclasses.replace(self.place, path=path.resolve())

    @property
    def schema(self) -> pl.Schema:
        """The file's own columns, and those that its directories stand for."""
        own = self.reader.schema
        added = self.partitions
        return pl.Schema({**own, **dict.fromkeys(added, pl.String())}) if added else own

    @property
    def partitions(self) -> Mapping[str, str | None]:
        """What its directories say in the manner of Hive, of columns that it has not itself."""
        if not self.place.partitions:
            return _NO_PARTITIONS
        own = self.reader.schema
        return {name: value for name, value in self.place.partitions if name not in own}


def knows_origins(file: InputFile) -> bool:
    """Tell whether its rows come back and know where from."""
    return isinstance(file.reader, OwnRows) and file.reader.has_origins


class NoRows:
    """The reader of a file without rows."""

    remarks = ()
    losses = ()
    json: Mapping[str, str] = MappingProxyType({})

    def __init__(self, schema: pl.Schema, form: Form) -> None:
        self.schema = schema
        self.form = form

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:  # noqa: ARG002 - the protocol's
        """There is none to read."""
        yield from ()
