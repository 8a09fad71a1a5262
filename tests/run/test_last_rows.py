"""The last rows of a run: nothing is sent after them that could show that writes flow."""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from plunk_import import Connection, ExitCode, Report, SendSettings, import_file, resolve
from plunk_import.sandbox import Profile, Sandbox, SandboxSettings, parse_fault, running
from tests.fakes import free_port

MAPPING = {"version": 1, "email": "email", "event": "event"}
ONCE = SendSettings(rate="unlimited", attempts=1, settle_seconds=0.1, rest_seconds=0.0)
A_LOST_REQUEST = ("drop:@3",)  # two probes come before it
LOST_UNTIL_RESOLVED = ("drop:@3,@4",)


@contextlib.contextmanager
def one_row_sent(
    place: Path, *faults: str, profile: Profile = Profile.AUTUMN
) -> Iterator[tuple[Report, Connection]]:
    """Import a file of one row into a server with faults, which stays there for the block."""
    settings = settings_of(place, *faults, profile=profile)
    with running(settings) as server:
        yield sent(place, server), connection_to(server)


def settings_of(
    place: Path, *faults: str, profile: Profile = Profile.AUTUMN, port: int = 0
) -> SandboxSettings:
    """Describe a server whose rows outlive it."""
    return SandboxSettings(
        profile=profile,
        database=place / "plunk.sqlite",
        faults=tuple(map(parse_fault, faults)),
        port=port,
    )


def connection_to(server: Sandbox) -> Connection:
    """Give both keys of a server."""
    return Connection(
        api_key=SecretStr(server.public_key),
        secret_key=SecretStr(server.secret_key),
        base_url=server.base_url,
    )


def sent(place: Path, server: Sandbox) -> Report:
    """Import the file of one row."""
    (place / "rows.csv").write_text("email,event\nada@example.com,paid\n")
    return import_file(
        place / "rows.csv",
        MAPPING,
        directory=place / "run",
        connection=connection_to(server),
        settings=ONCE,
    )


@pytest.mark.parametrize(
    ("profile", "in_doubt"),
    [
        pytest.param(Profile.AUTUMN, 0, id="its key tells"),
        pytest.param(Profile.SPRING, 1, id="nothing tells"),
    ],
)
def test_a_last_row_that_reading_back_cannot_settle_is_asked_for_by_its_key(
    tmp_path: Path, profile: Profile, in_doubt: int
) -> None:
    with one_row_sent(tmp_path, *A_LOST_REQUEST, profile=profile) as (report, _):
        assert (report.books.in_doubt, report.books.delivered) == (in_doubt, 1 - in_doubt)


def test_resolve_asks_by_the_key_what_reading_back_could_not_settle(tmp_path: Path) -> None:
    with one_row_sent(tmp_path, *LOST_UNTIL_RESOLVED) as (report, connection):
        assert report.books.in_doubt == 1
        resolved = resolve(tmp_path / "run", connection=connection)
    assert resolved.books.delivered == 1
    assert resolved.exit_code is ExitCode.DELIVERED


def test_resolve_does_not_send_again_what_a_workflow_enabled_since_listens_to(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path, *LOST_UNTIL_RESOLVED, port=free_port())
    with running(settings) as server:
        assert sent(tmp_path, server).books.in_doubt == 1
    enabled = dataclasses.replace(settings, faults=(), workflows=("paid",))
    with running(enabled) as server:
        report = resolve(tmp_path / "run", connection=connection_to(server))
        stored = server.stored()
    assert (stored.events, stored.workflow_runs) == (0, 0)
    assert (report.books.in_doubt, report.exit_code) == (1, ExitCode.INCOMPLETE)
    assert "`resume` with --allow-workflows" in (report.reason or "")
