"""How and where one command of a run sends, understood once from what its caller asked."""

import dataclasses
from pathlib import Path

from plunk_import.errors import SettingsError
from plunk_import.run.deliver import Consent
from plunk_import.run.record import SANDBOX_SCOPE, Destination, RunRecord, scope_of
from plunk_import.runtime import Runtime
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import Connection, SendSettings, load_connection
from plunk_import.storage import RunDirectory


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How and where to send. `connection` is None for a sandbox, which has its own."""

    settings: SendSettings
    connection: Connection | None
    sandbox: SandboxSettings | None
    history: Path | None
    consent: Consent = dataclasses.field(default_factory=Consent)
    show_addresses: bool = False
    runtime: Runtime = dataclasses.field(default_factory=Runtime)

    def in_directory(self, directory: RunDirectory) -> "RunOptions":
        """Keep the sandbox's database in the run directory unless it has a place of its own."""
        if self.sandbox is None or self.sandbox.database is not None:
            return self
        sandbox = dataclasses.replace(self.sandbox, database=directory.sandbox)
        return dataclasses.replace(self, sandbox=sandbox)

    @property
    def name_suffix(self) -> str:
        """What the name of a new run's directory ends with: its shard, if it has one."""
        shard = self.settings.shard
        return "" if shard is None else f"-{shard.number}-of-{shard.count}"

    @property
    def destination(self) -> Destination:
        """Where to: for a sandbox without its port, for a project without its key."""
        if self.connection is None:
            return Destination(SANDBOX_SCOPE, SANDBOX_SCOPE, self.sandbox)
        return Destination(self.connection.base_url, scope_of(self.connection), None)


def options_to_begin(
    *,
    connection: Connection | None,
    settings: SendSettings | None,
    sandbox: SandboxSettings | None,
    history: str | Path | None,
    consent: Consent | None,
    show_addresses: bool,
    runtime: Runtime | None,
) -> RunOptions:
    """Understand what a new run was asked for, before anything is made.

    Raises:
        SettingsError: there is no API key, or the connection's settings are wrong.

    """
    settings = settings or SendSettings()
    _require_history(settings, history)
    return RunOptions(
        settings=settings,
        connection=_connection(connection, sandbox),
        sandbox=sandbox,
        history=None if history is None else Path(history).resolve(),
        consent=_consent(consent, sandbox),
        show_addresses=show_addresses,
        runtime=runtime or Runtime(),
    )


def options_to_go_on(
    record: RunRecord,
    *,
    connection: Connection | None,
    settings: SendSettings | None,
    consent: Consent | None,
    show_addresses: bool,
    runtime: Runtime,
) -> RunOptions:
    """Use what the run was begun with, but for what is asked for anew.

    Raises:
        SettingsError: there is no API key, or the connection's settings are wrong.

    """
    wanted = record.settings.for_another_try(settings)
    _require_history(wanted, record.history)
    return RunOptions(
        settings=wanted,
        connection=_connection(connection, record.sandbox),
        sandbox=record.sandbox,
        history=record.history,
        consent=_consent(consent, record.sandbox),
        show_addresses=show_addresses,
        runtime=runtime,
    )


def _require_history(settings: SendSettings, history: str | Path | None) -> None:
    if settings.max_drop is not None and history is None:
        raise SettingsError(
            "--max-drop compares with the last run of a history, and the run has none: name its "
            "file with --history."
        )


def _consent(given: Consent | None, sandbox: SandboxSettings | None) -> Consent:
    consent = given or Consent()
    return consent if sandbox is None else consent.of_a_sandbox()


def _connection(given: Connection | None, sandbox: SandboxSettings | None) -> Connection | None:
    if sandbox is not None:
        return None
    return (given or load_connection()).with_key()
