"""The embedded Plunk, started for one run."""

import contextlib
import os
from collections.abc import Iterator

from pydantic import SecretStr

from plunk_import.errors import SettingsError
from plunk_import.sandbox import SandboxSettings
from plunk_import.settings import Connection, load_connection


def told_by(sandbox: SandboxSettings | None) -> tuple[str, ...]:
    """Describe what an embedded Plunk has stored; nothing of a real one."""
    if sandbox is None or sandbox.database is None:
        return ()
    from plunk_import.sandbox import Store

    with Store(sandbox.database) as store:
        counts = store.counts()
    stored = f"{counts.events:,} events of {counts.contacts:,} contacts"
    return (f"the sandbox stored {stored}, changes of subscription included: {sandbox.database}",)


@contextlib.contextmanager
def connected(
    sandbox: SandboxSettings | None, connection: Connection | None
) -> Iterator[Connection]:
    """Provide the connection as it is, or an embedded Plunk started for the block."""
    if sandbox is None:
        yield connection or load_connection()
        return
    from plunk_import.sandbox import running

    try:
        if sandbox.database is not None:
            os.close(os.open(sandbox.database, os.O_RDWR | os.O_CREAT, 0o600))
        with running(sandbox) as server:
            yield Connection(
                api_key=SecretStr(server.public_key),
                secret_key=SecretStr(server.secret_key),
                base_url=server.base_url,
            )
    except OSError as error:
        raise SettingsError(f"The sandbox could not start: {error}.") from error
