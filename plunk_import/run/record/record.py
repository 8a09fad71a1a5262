"""What a run was asked to do, as its journal keeps it."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ValidationError

from plunk_import.mapping import LoadedMapping, load_mapping, mapping_from
from plunk_import.plan import FROZEN, Plan, RunNumbers
from plunk_import.read import Place
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import SendSettings
from plunk_import.storage import Journal, RowReader, RowState

AGREED = "agreed"
"""The journal's note of what was agreed to before the run sent anything."""


class RunRecord(BaseModel):
    """What a run was begun with, kept in its journal so that it can go on as it was."""

    model_config = FROZEN

    sources: tuple[Place, ...]
    mapping_path: str
    mapping: Mapping[str, Any]
    mapping_sha256: str
    fingerprint: str
    started: datetime
    server: str
    scope: str
    sandbox: SandboxSettings | None
    settings: SendSettings
    history: Path | None
    plan: Plan
    last_run: RunNumbers | None = None

    @classmethod
    def of(cls, journal: RowReader) -> Self:
        """Read it from a journal; RunDirectoryError where that does not hold it as it was kept."""
        try:
            return cls.model_validate(journal.meta().get("run"))
        except ValidationError as error:
            raise journal.damaged(_first_problem(error)) from error

    def loaded_mapping(self) -> LoadedMapping:
        """Load the mapping from its file where that is still there, else as it was kept."""
        if Path(self.mapping_path).is_file():
            return load_mapping(self.mapping_path)
        return mapping_from(dict(self.mapping))


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, problem["loc"])) or "all of it"
    return f"what the run was begun with cannot be read: {where}: {problem['msg']}"


@dataclasses.dataclass(frozen=True, slots=True)
class Destination:
    """Where a run's events go: `server` as the report names it, `scope` names the project."""

    server: str
    scope: str
    sandbox: SandboxSettings | None


def redirected(record: RunRecord, journal: Journal, to: Destination) -> RunRecord:
    """Change the destination of the record, as long as nothing of the run reached the first.

    So a run that stopped at a wrong key or address goes on once that is mended.
    """
    if to.scope == record.scope or set(journal.counts()) - {RowState.PENDING}:
        return record
    record = record.model_copy(
        update={"server": to.server, "scope": to.scope, "sandbox": to.sandbox}
    )
    journal.note("run", record.model_dump(mode="json"))
    journal.forget(AGREED)
    return record
