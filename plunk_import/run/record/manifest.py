"""The manifest of an import that several senders share: who has begun which shard, and where."""

import hashlib
import json
import platform
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ValidationError

from plunk_import.errors import RunDirectoryError
from plunk_import.plan import FROZEN
from plunk_import.run.record.record import RunRecord
from plunk_import.settings import Shard
from plunk_import.storage import notice_board


class ShardNote(BaseModel):
    """What a manifest holds of one shard, or of the import as a whole."""

    model_config = FROZEN

    shard: Shard
    directory: str
    machine: str
    began: datetime


def claim_shard(record: RunRecord, directory: Path) -> None:
    """Note in the manifest that this run takes its shard, before anything is sent.

    A run is known by the moment it began, which its journal keeps, so that it may be moved to
    another machine and resumed there.

    Raises:
        RunDirectoryError: Another directory has begun this shard, or the import is divided into
            another number of shards.
        SettingsError: The manifest's place cannot be used.
        OutputError: It cannot be written.

    """
    shard, place = record.settings.shard, record.settings.manifest
    if shard is None or place is None:
        return
    board, name = notice_board(place), _name_of(record)
    note = ShardNote(
        shard=shard,
        directory=str(directory.resolve()),
        machine=platform.node(),
        began=record.started,
    )
    content = note.model_dump_json().encode()
    first = _read(board.post(f"{name}.json", content), place) or note
    if first.shard.count != shard.count:
        raise RunDirectoryError(
            f"this import is divided into {first.shard.count} shards: {_told(first)}. Begin shard "
            f"I/{first.shard.count}, or have nobody send the others."
        )
    mine = _read(board.post(f"{name}-{shard.number}-of-{shard.count}.json", content), place)
    if mine is not None and mine.began != note.began:
        raise RunDirectoryError(
            f"shard {shard} of this import belongs to another run: {_told(mine)}. Resume it "
            "there, where its journal is: another run would send what that one has sent."
        )


def _name_of(record: RunRecord) -> str:
    """Name an import by what makes it one: its rows, its mapping and where they go."""
    parts = (record.fingerprint, record.mapping_sha256, record.scope)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def _read(content: bytes | None, place: str) -> ShardNote | None:
    try:
        return None if content is None else ShardNote.model_validate_json(content)
    except ValidationError as error:
        raise RunDirectoryError(f"{place}: a note of this manifest cannot be read.") from error


def _told(note: ShardNote) -> str:
    return f"{note.shard} began on {note.machine} in {note.directory} at {note.began:%F %R} UTC"
