"""What an import over a cluster is, as its directory keeps it for whoever goes on with it."""

import json
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from plunk_import.errors import OutputError, RunDirectoryError
from plunk_import.run import AgreedImport
from plunk_import.storage import replacing

NOTE = "import.json"


class ImportNote(BaseModel):
    """What an import was begun with. `token` tells its directory from any other."""

    model_config = ConfigDict(frozen=True)

    token: str
    shards: int
    manifest: str
    agreed: AgreedImport

    @classmethod
    def read(cls, directory: Path) -> Self | None:
        """Read the note in a directory; None where there is none.

        Raises:
            RunDirectoryError: It cannot be understood.

        """
        path = directory / NOTE
        try:
            return cls.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise RunDirectoryError(f"{path} cannot be read. Bring it back as it was.") from error

    def write(self, directory: Path) -> None:
        """Leave it in a directory, whole or not at all; OutputError where that fails."""
        with replacing(directory / NOTE) as stream:
            stream.write(self.model_dump_json(indent=2).encode())

    def require_same(self, directory: Path, *, shards: int, agreed: AgreedImport) -> None:
        """Refuse to go on in this directory with anything else.

        Raises:
            RunDirectoryError: Another division, source, mapping or project.

        """
        differing = self.agreed.differing(agreed)
        if self.shards != shards:
            differing = ["number of shards", *differing]
        if differing:
            raise RunDirectoryError(
                f"{directory} holds an import with another {' and '.join(differing)}. Go on with "
                f"what it was begun with ({self.shards} shards), or choose another directory."
            )


def require_seen(directory: Path, token: str) -> None:
    """Make sure that this machine sees the directory that the import was begun in.

    Without that a shard that is tried again elsewhere would find no journal, and send its rows
    once more.

    Raises:
        OutputError: It is another one here, or none.

    """
    try:
        found = json.loads((directory / NOTE).read_bytes()).get("token")
    except (OSError, ValueError, AttributeError):
        found = None
    if found != token:
        raise OutputError(
            f"{directory} on this machine is not the directory in which the import was begun. Put "
            "it on storage that all machines see under the same path: nothing was sent from here."
        )
