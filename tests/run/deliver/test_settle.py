"""Rows that a run left in doubt, settled by what the project shows."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from pydantic import SecretStr

from plunk_import import Connection, Runtime, SendSettings, import_file
from plunk_import.run.deliver import earlier_tries, rest_left_seconds, settle_doubts
from plunk_import.run.record import IN_DOUBT_BEFORE, Run, RunRecord
from plunk_import.send import (
    KEY_IS_USED,
    OF_ANOTHER_IMPORT,
    OTHER_TIME,
    Capability,
    EarlierTry,
    PlunkClient,
    RateLimiter,
    Session,
)
from plunk_import.storage import Claim, Journal, Outcome, RowState, RunDirectory
from plunk_import.validate import open_job
from tests.fakes import ALL_ALLOWED, EPOCH, FakeClock, ScriptedTransport, delivered, refused, reused

MAPPING = {"version": 1, "email": "email", "event": "event", "data": {"n": "n"}}
KEYS = Connection(api_key=SecretStr("pk_test"), base_url="http://127.0.0.1:1")
PROBE = {
    False: refused(422, "VALIDATION_ERROR"),
    True: refused(400, "BAD_REQUEST"),
}
DOUBTFUL = refused(500, "INTERNAL_SERVER_ERROR")
ADA = "ada@example.com"


class Project(ScriptedTransport):
    """Answers reads about one contact, Ada, whose events are `events`, newest last."""

    def __init__(self, *, down: bool = False, date: str | None = None) -> None:
        super().__init__(self._answer)
        self.headers = {} if date is None else {"Date": date}
        self.events: list[dict[str, Any]] = []
        self.down = down

    def store(self, data: object, name: str = "hi", at: datetime = EPOCH) -> str:
        event_id = f"ev-{len(self.events) + 1}"
        self.events.append(
            {
                "id": event_id,
                "name": name,
                "contactId": "co",
                "data": data,
                "createdAt": at.isoformat(),
            }
        )
        return event_id

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            return httpx.Response(503)
        if request.url.path.startswith("/events/contact/"):
            return httpx.Response(200, json={"events": self.events[::-1]}, headers=self.headers)
        now = EPOCH.isoformat()
        ada = {"id": "co", "email": ADA, "subscribed": True, "createdAt": now, "updatedAt": now}
        return httpx.Response(
            200, json={"data": [ada], "total": 1, "hasMore": False}, headers=self.headers
        )


def leave(
    directory: Path,
    numbers: Sequence[int],
    *replies: httpx.Response,
    marker: str = "import_ref",
    takes_keys: bool = False,
) -> RunDirectory:
    """Make a run of Ada's rows that was answered like this, and so left rows open."""
    source = directory / "a.csv"
    source.write_text("email,event,n\n" + "".join(f"{ADA},hi,{n}\n" for n in numbers))
    import_file(
        source,
        {**MAPPING, "marker": marker},
        directory=directory / "run",
        settings=SendSettings(rate="unlimited"),
        connection=KEYS,
        consent=ALL_ALLOWED,
        runtime=Runtime(
            clock=FakeClock(), transport=ScriptedTransport(PROBE[takes_keys], *replies)
        ),
    )
    return RunDirectory(directory / "run")


@contextlib.contextmanager
def reopened(place: RunDirectory) -> Iterator[Run]:
    with Journal.open(place.journal, clock=FakeClock()) as journal:
        record = RunRecord.of(journal)
        yield Run(place, open_job(record.sources, record.loaded_mapping()), journal, record)


def session_of(client: PlunkClient, *, takes_keys: bool = False, can_read: bool = True) -> Session:
    return Session(
        client,
        RateLimiter("unlimited"),
        Capability(takes_keys=takes_keys),
        can_read=can_read,
        keys_known_seconds=KEYS.keys_known_seconds,
    )


def settle(run: Run, project: Project, *, after: timedelta = timedelta(hours=1)) -> FakeClock:
    """Settle the run's doubts so long after it; give the clock that the settling took."""
    clock = FakeClock(after.total_seconds())
    client = PlunkClient(
        project, KEYS.base_url, SecretStr("pk_test"), secret_key=SecretStr("sk"), clock=clock
    )
    session = session_of(client)

    async def work() -> None:
        await settle_doubts(run, session, SendSettings(), Runtime(clock=clock))

    anyio.run(work)
    return clock


def stands(run: Run) -> list[tuple[RowState, str | None]]:
    """Where each row stands, and the event it was delivered as."""
    outcomes = run.journal.outcomes(1, 99).select("state", "event_id")
    return [(RowState(state), event_id) for state, event_id in outcomes.iter_rows()]


def marked(run: Run, ordinal: int) -> dict[str, Any]:
    """The data of a row as it was sent."""
    for batch in run.job.batches():
        body: str = batch.events["body"][ordinal - 1]
        data: dict[str, Any] = json.loads(body)["data"]
    return data


def test_a_row_in_doubt_that_is_stored_ends_as_delivered_with_its_event(tmp_path: Path) -> None:
    project = Project()
    with reopened(leave(tmp_path, [1], DOUBTFUL)) as run:
        event_id = project.store(marked(run, 1))
        settle(run, project)
        assert stands(run) == [(RowState.DELIVERED, event_id)]
        assert run.books().delivered == 1


def test_a_row_in_doubt_that_is_not_stored_is_pending_again_once_a_later_one_is_stored(
    tmp_path: Path,
) -> None:
    with reopened(leave(tmp_path, [1, 2], DOUBTFUL, delivered("ev-2"))) as run:
        settle(run, Project())
        assert stands(run) == [(RowState.PENDING, None), (RowState.DELIVERED, "ev-2")]


@pytest.mark.parametrize(
    "replies",
    [(DOUBTFUL,), (delivered("ev-1"), DOUBTFUL)],
    ids=["nothing was stored", "only an earlier row was stored"],
)
def test_a_row_that_is_not_there_stays_in_doubt_while_writes_may_stand_still(
    replies: Sequence[httpx.Response], tmp_path: Path
) -> None:
    numbers = range(1, len(replies) + 1)
    with reopened(leave(tmp_path, list(numbers), *replies)) as run:
        settle(run, Project())
        assert stands(run)[-1] == (RowState.IN_DOUBT, None)
        (entry,) = run.journal.in_doubt()
        assert entry.reason is not None
        assert entry.reason.startswith("HTTP 500")
        assert "writes may stand still" in entry.reason


def test_a_row_in_doubt_stays_so_while_reads_fail(tmp_path: Path) -> None:
    with reopened(leave(tmp_path, [1], DOUBTFUL)) as run:
        settle(run, Project(down=True))
        assert stands(run) == [(RowState.IN_DOUBT, None)]


def test_a_row_sent_just_now_is_given_time_to_appear(tmp_path: Path) -> None:
    """Whenever that was: another command's clock is no witness."""
    with reopened(leave(tmp_path, [1, 2], DOUBTFUL, delivered("ev-2"))) as run:
        clock = settle(run, Project(), after=timedelta(days=1))
        assert clock.now() >= 86400 + SendSettings().settle_seconds


def test_a_delivered_row_without_an_id_gets_it(tmp_path: Path) -> None:
    project = Project()
    with reopened(leave(tmp_path, [1], DOUBTFUL, reused(200), takes_keys=True)) as run:
        assert stands(run) == [(RowState.DELIVERED, None)]
        event_id = project.store(marked(run, 1))
        settle(run, project)
        assert stands(run) == [(RowState.DELIVERED, event_id)]


def test_a_delivered_row_whose_event_is_not_found_stays_delivered(tmp_path: Path) -> None:
    with reopened(leave(tmp_path, [1], DOUBTFUL, reused(200), takes_keys=True)) as run:
        settle(run, Project())
        assert stands(run) == [(RowState.DELIVERED, None)]


def test_two_rows_alike_never_share_the_one_event_that_is_stored(tmp_path: Path) -> None:
    project = Project()
    place = leave(tmp_path, [1, 1, 2], DOUBTFUL, DOUBTFUL, delivered("ev-9"), marker="off")
    with reopened(place) as run:
        assert [state for state, _ in stands(run)][:2] == [RowState.IN_DOUBT] * 2
        event_id = project.store({"n": "1"})
        settle(run, project)
        assert stands(run)[:2] == [(RowState.DELIVERED, event_id), (RowState.PENDING, None)]


def test_the_event_of_a_row_surely_stored_is_not_taken_for_that_of_one_in_doubt(
    tmp_path: Path,
) -> None:
    project = Project()
    replies = (reused(500), DOUBTFUL, reused(200), delivered("ev-9"))
    place = leave(tmp_path, [1, 1, 2], *replies, marker="off", takes_keys=True)
    with reopened(place) as run:
        before = [state for state, _ in stands(run)]
        assert before[:2] == [RowState.IN_DOUBT, RowState.DELIVERED]
        event_id = project.store({"n": "1"}, at=EPOCH + timedelta(minutes=1))
        settle(run, project)
        assert stands(run)[:2] == [(RowState.PENDING, None), (RowState.DELIVERED, event_id)]


def test_nothing_in_doubt_asks_nothing(tmp_path: Path) -> None:
    project = Project()
    with reopened(leave(tmp_path, [1], refused(422, "VALIDATION_ERROR"))) as run:
        settle(run, project)
    assert project.requests == []


HOSTED = Connection(api_key=SecretStr("pk_test"))
TOLD = Connection(
    api_key=SecretStr("pk_test"), base_url=KEYS.base_url, key_lifetime=timedelta(hours=48)
)
AGES = {
    "elsewhere, just under 55 minutes": (KEYS, 0.91, [1]),
    "elsewhere, over 55 minutes": (KEYS, 0.92, []),
    "hosted, just under 23 h": (HOSTED, 22.9, [1]),
    "hosted, over 23 h": (HOSTED, 23.1, []),
    "told, just under": (TOLD, 45.9, [1]),
    "told, over": (TOLD, 46.1, []),
    "claimed in the future": (HOSTED, -0.1, []),
}


@pytest.mark.parametrize(("connection", "hours", "expected"), AGES.values(), ids=AGES)
def test_a_row_is_asked_again_only_while_the_server_surely_knows_its_key(
    connection: Connection, hours: float, expected: list[int], tmp_path: Path
) -> None:
    with reopened(leave(tmp_path, [1], DOUBTFUL)) as run:
        assert list(askable(run, connection, FakeClock(hours * 3600))) == expected


def test_a_key_is_not_made_younger_by_being_claimed_again(tmp_path: Path) -> None:
    with reopened(leave(tmp_path, [1], DOUBTFUL)) as run:
        anyio.run(_claim_again, run)
        run.journal.adopt_claims("killed")
        assert list(askable(run, HOSTED, FakeClock(25 * 3600))) == []


async def _claim_again(run: Run) -> None:
    (entry,) = run.journal.in_doubt()
    assert entry.key is not None
    await run.journal.claim([Claim(1, entry.key, "ada@example.com", "hi")])


def askable(run: Run, connection: Connection, clock: FakeClock) -> dict[int, EarlierTry]:
    """Tell which rows go again, without a secret key at a server that takes keys."""
    transport = ScriptedTransport(delivered())
    client = PlunkClient(transport, KEYS.base_url, SecretStr("pk_test"), clock=clock)
    session = session_of(client, takes_keys=True, can_read=False)
    known = connection.keys_known_seconds
    return earlier_tries(run, session, Runtime(clock=clock), keys_known_seconds=known)


def test_a_row_that_was_sent_and_is_pending_goes_again_as_one_that_was_sent(
    tmp_path: Path,
) -> None:
    with reopened(leave(tmp_path, [1, 2], DOUBTFUL, delivered("ev-2"))) as run:
        settle(run, Project())
        (tried,) = askable(run, KEYS, FakeClock()).values()
        assert (tried.in_doubt, tried.key is not None) == (False, True)


@pytest.mark.parametrize(
    "doubt",
    [
        pytest.param(f"{OF_ANOTHER_IMPORT}, but reading it back failed", id="its key was known"),
        pytest.param(IN_DOUBT_BEFORE, id="an earlier run left it in doubt"),
    ],
)
def test_a_row_that_another_run_may_have_stored_is_looked_for_at_any_time(
    tmp_path: Path, doubt: str
) -> None:
    project = Project(date="Thu, 01 Jan 2026 01:00:00 GMT")
    with reopened(leave(tmp_path, [1], DOUBTFUL)) as run:
        run.journal.settle(Outcome(1, RowState.IN_DOUBT, reason=doubt))
        settle(run, project)
        assert stands(run) == [(RowState.IN_DOUBT, None)]
        project.store(marked(run, 1), at=EPOCH - timedelta(days=1))
        settle(run, project)
        assert stands(run) == [(RowState.SKIPPED, None)]


@pytest.mark.parametrize("down", [True, False], ids=["reads fail", "its event is there"])
def test_a_delivery_stays_this_runs_own_though_another_run_was_suspected_before(
    tmp_path: Path, *, down: bool
) -> None:
    project = Project(down=down, date="Thu, 01 Jan 2026 01:00:00 GMT")
    with reopened(leave(tmp_path, [1], DOUBTFUL)) as run:
        run.journal.settle(Outcome(1, RowState.IN_DOUBT, reason=IN_DOUBT_BEFORE))
        run.journal.settle(Outcome(1, RowState.PENDING))
        run.journal.settle(Outcome(1, RowState.DELIVERED, 2))
        event_id = project.store(marked(run, 1), at=EPOCH + timedelta(minutes=1))
        settle(run, project)
        assert stands(run) == [(RowState.DELIVERED, None if down else event_id)]


@contextlib.contextmanager
def settled_delivery(directory: Path, *, older_by: timedelta) -> Iterator[Run]:
    """Settle a delivery whose only event Plunk recorded so long before its request."""
    project = Project(date="Thu, 01 Jan 2026 01:00:00 GMT")
    with reopened(leave(directory, [1], DOUBTFUL, reused(200), takes_keys=True)) as run:
        project.store(marked(run, 1), at=EPOCH - older_by)
        settle(run, project)
        yield run


def test_a_delivery_whose_event_is_older_than_its_request_is_of_another_import(
    tmp_path: Path,
) -> None:
    with settled_delivery(tmp_path, older_by=timedelta(days=1)) as run:
        assert stands(run) == [(RowState.SKIPPED, None)]
        assert run.books().skipped == 1


@pytest.mark.parametrize(
    ("days", "state"),
    [
        pytest.param([-1], RowState.SKIPPED, id="only before its request"),
        pytest.param([0], RowState.DELIVERED, id="since its request"),
        pytest.param([], RowState.IN_DOUBT, id="never"),
    ],
)
def test_a_row_in_doubt_for_a_used_key_is_delivered_only_where_its_event_is_its_own(
    tmp_path: Path, days: Sequence[int], state: RowState
) -> None:
    project = Project(date="Thu, 01 Jan 2026 01:00:00 GMT")
    with reopened(leave(tmp_path, [1], DOUBTFUL)) as run:
        run.journal.settle(Outcome(1, RowState.IN_DOUBT, reason=KEY_IS_USED))
        for day in days:
            project.store(marked(run, 1), at=EPOCH + timedelta(days=day, minutes=1))
        settle(run, project)
        assert [row for row, _ in stands(run)] == [state]


def test_without_a_marker_a_delivery_with_older_twins_alone_is_of_another_import(
    tmp_path: Path,
) -> None:
    project = Project(date="Thu, 01 Jan 2026 01:00:00 GMT")
    place = leave(tmp_path, [1], DOUBTFUL, reused(200), marker="off", takes_keys=True)
    with reopened(place) as run:
        project.store({"n": "1"}, at=EPOCH - timedelta(days=2))
        project.store({"n": "1"}, at=EPOCH - timedelta(days=1))
        settle(run, project)
        assert stands(run) == [(RowState.SKIPPED, None)]


def test_a_delivery_whose_event_is_a_little_older_than_its_request_may_be_another_imports(
    tmp_path: Path,
) -> None:
    with settled_delivery(tmp_path, older_by=timedelta(minutes=4)) as run:
        assert stands(run) == [(RowState.IN_DOUBT, None)]
        (entry,) = run.journal.in_doubt()
        assert entry.reason == f"{KEY_IS_USED}; read back: {OTHER_TIME}"


@pytest.mark.parametrize(("seconds", "left"), [(2.0, 3.0), (9.0, 0.0)], ids=["young", "old"])
def test_rows_in_doubt_rest_for_a_while(tmp_path: Path, seconds: float, left: float) -> None:
    with reopened(leave(tmp_path, [1], DOUBTFUL)) as run:
        (entry,) = run.journal.in_doubt()
        clock = FakeClock(entry.left_by + seconds - EPOCH.timestamp())
        found = rest_left_seconds(run.journal, SendSettings(rest_seconds=5.0), clock)
        assert found == pytest.approx(left)
