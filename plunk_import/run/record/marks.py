"""The marks of a run's source, as its journal notes them: a resumed run begins to read at one."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from plunk_import.read import Mark, Source
from plunk_import.storage import RowReader

_NAME = "marks"


class _Noted(BaseModel):
    """Marks with a digest: a single wrong digit would give rows the names of others."""

    model_config = ConfigDict(frozen=True)

    marks: tuple[Mark, ...]
    digest: str


def noted_marks(source: Source) -> Mapping[str, Any]:
    """Return the journal's note of the places in a source at which reading can begin."""
    marks = tuple(source.marks)
    noted = _Noted(marks=marks, digest=_digest(source, marks))
    return {_NAME: noted.model_dump(mode="json")}


def recall_marks(source: Source, journal: RowReader) -> None:
    """Let a source know its marks again, where they are noted as they were found.

    Args:
        source: The source with the content that the run was begun with.
        journal: The run's.

    """
    try:
        noted = _Noted.model_validate(journal.meta().get(_NAME))
    except ValidationError:  # there is none: an older plunk-import began the run
        return
    if noted.digest == _digest(source, noted.marks):
        source.marks.add(noted.marks)


def _digest(source: Source, marks: Sequence[Mark]) -> str:
    told = json.dumps([source.fingerprint(), marks])
    return hashlib.sha256(told.encode()).hexdigest()
