"""How and where a run sends, as its caller asked."""

import dataclasses
from pathlib import Path

from plunk_import.run.consent import Consent
from plunk_import.run.earlier_runs import SANDBOX_SCOPE, scope_of
from plunk_import.run.record import Destination
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import Connection, SendSettings
from plunk_import.storage import RunDirectory


@dataclasses.dataclass(frozen=True, slots=True)
class RunOptions:
    """How and where to send."""

    settings: SendSettings
    connection: Connection | None
    sandbox: SandboxSettings | None
    history: Path | None
    consent: Consent
    show_addresses: bool

    def placed(self, place: RunDirectory) -> "RunOptions":
        """Give the same with the sandbox's database in the run directory."""
        if self.sandbox is None or self.sandbox.database is not None:
            return self
        sandbox = dataclasses.replace(self.sandbox, database=place.sandbox)
        return dataclasses.replace(self, sandbox=sandbox)

    @property
    def destination(self) -> Destination:
        """Where to: for a sandbox without its port, for a project without its key."""
        if self.connection is None:
            return Destination(SANDBOX_SCOPE, SANDBOX_SCOPE, self.sandbox)
        return Destination(self.connection.base_url, scope_of(self.connection), None)
