"""What tells a file of ours in SQLite from any other, and from those of other versions."""

import dataclasses
import sqlite3
from pathlib import Path

from plunk_import.errors import PlunkImportError


@dataclasses.dataclass(frozen=True, slots=True)
class FileKind:
    """What tells a file of ours from any other, and what to do when it is another.

    `wrong` is the class of error for a file that is missing, foreign or damaged. `remedy` is the
    advice for one that is missing or foreign, and `loss` what going on without the content of one
    that is damaged would mean. A file of a format before `oldest_version` is refused, and
    `too_old` says why and how to go on. `upgrades` are the statements that bring a file from each
    format since then to the next; before that it cannot be looked at, and `to_upgrade` says how to
    do it.
    """

    noun: str
    application_id: int
    version: int
    statements: tuple[str, ...]
    wrong: type[PlunkImportError]
    remedy: str
    loss: str
    oldest_version: int = 1
    too_old: str = ""
    upgrades: tuple[tuple[str, ...], ...] = ()
    to_upgrade: str = ""

    def require(self, connection: sqlite3.Connection, path: Path, oldest_version: int) -> None:
        """Refuse a file of another kind, or of a format that is not known here."""
        (application_id,) = connection.execute("PRAGMA application_id").fetchone()
        if application_id != self.application_id:
            raise self.wrong(f"{path}: this is not a {self.noun} of plunk-import. {self.remedy}")
        version = version_of(connection)
        has_format = f"{path}: this {self.noun} has format {version}, and this plunk-import"
        if version > self.version:
            raise self.wrong(
                f"{has_format} knows formats up to {self.version}. Upgrade plunk-import."
            )
        if version < self.oldest_version:
            raise self.wrong(
                f"{has_format} reads formats from {self.oldest_version} on: {self.too_old}"
            )
        if version < oldest_version:
            raise self.wrong(f"{has_format} looks at format {self.version} only. {self.to_upgrade}")


def version_of(connection: sqlite3.Connection) -> int:
    """Read the format of a file, or of what one has become in a transaction."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
