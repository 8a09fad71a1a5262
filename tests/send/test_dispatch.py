import asyncio
import json
import math
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

import anyio
import pytest

from plunk_import.errors import ExitCode, OutputError, SourceError, StoppedError
from plunk_import.runtime import Stop, StopRequest
from plunk_import.send import (
    KEY_IS_USED,
    Answer,
    Dispatcher,
    Doubt,
    EarlierTry,
    Event,
    NotSent,
    RateLimiter,
    Reply,
    Resolver,
    Settled,
    Unanswered,
)
from plunk_import.settings import SendSettings
from plunk_import.storage import Claim, Outcome, RowState
from tests.fakes import EPOCH, HANGING_SECONDS, FakeClock

pytestmark = pytest.mark.anyio

OK = Answer(200, event_id="ev", contact_id="co", timestamp="2026-01-01T00:00:00.000Z")
BROKEN = Answer(500, code="INTERNAL_SERVER_ERROR", message="boom", request_id="req-9")
LOST = Unanswered("no reply in time")
REFUSED = NotSent("could not connect")
INVALID = Answer(422, code="VALIDATION_ERROR", message="Request validation failed")


def reused(original: int | None) -> Answer:
    return Answer(409, code="IDEMPOTENCY_KEY_REUSED", reused=True, original_status=original)


@dataclass
class FakeJournal:
    """Keeps the last word on each row, and what was claimed when its request left."""

    claims: list[int] = field(default_factory=list)
    claimed_at: dict[int, float] = field(default_factory=dict)
    clock: FakeClock | None = None
    full_after: float = math.inf
    seconds: float = 0.0
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    notes: int = 0

    async def claim(self, claims: Iterable[Claim]) -> None:
        await anyio.lowlevel.checkpoint()
        if len(self.claims) >= self.full_after:
            raise OutputError("journal: the disk is full")
        if self.seconds and self.clock is not None:
            await self.clock.sleep(self.seconds)
        for claim in claims:
            self.claims.append(claim.ordinal)
            if self.clock is not None:
                self.claimed_at[claim.ordinal] = self.clock.now()
            self.outcomes.pop(claim.ordinal, None)

    def leaves(self, ordinal: int) -> None:
        """Nothing here asks for the order of requests."""

    def ends(self, ordinal: int) -> None:
        """Nor for the order of replies."""

    def settle(self, outcome: Outcome) -> int:
        self.outcomes[outcome.ordinal] = outcome
        self.notes += 1
        return self.notes

    def states(self) -> dict[int, RowState]:
        return {ordinal: outcome.state for ordinal, outcome in sorted(self.outcomes.items())}


@dataclass
class FakeServer:
    """Answers from a script for each row (its last line repeats); takes `seconds` for each."""

    clock: FakeClock
    scripts: dict[int, list[Reply]] = field(default_factory=dict)
    seconds: float = 0.01
    well: bool | Callable[[], bool] = True
    asked: list[tuple[int, str | None]] = field(default_factory=list)
    asked_at: list[float] = field(default_factory=list)
    trials: list[float] = field(default_factory=list)
    most_at_once: int = 0
    at_once: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    shared_contact: bool = False
    bars: str | None = None

    async def track(self, body: bytes, *, key: str | None) -> Reply:
        sent = json.loads(body)
        self.asked.append((sent["row"], key))
        self.asked_at.append(self.clock.now())
        self.at_once[sent["contact"]] += 1
        self.shared_contact |= self.at_once[sent["contact"]] > 1
        self.most_at_once = max(self.most_at_once, sum(self.at_once.values()))
        await self.clock.sleep(self.seconds)
        self.at_once[sent["contact"]] -= 1
        script = self.scripts.get(sent["row"], [OK])
        return script.pop(0) if len(script) > 1 else script[0]

    async def answers(self) -> bool:
        self.trials.append(self.clock.now())
        if self.bars is not None:
            raise StoppedError(self.bars)
        return self.well if isinstance(self.well, bool) else self.well()

    def rows(self) -> list[int]:
        return [row for row, _ in self.asked]


@dataclass
class Bench:
    """A dispatcher between fakes; `run` gives why it stopped."""

    settings: SendSettings = field(default_factory=lambda: SendSettings(rate="unlimited"))
    takes_keys: bool = False
    resolver: Resolver | None = None
    can_read: bool = False
    rejects_allowed: float | None = None
    key_lifetime_seconds: float = math.inf
    rate: float | str = "unlimited"

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.stop = Stop()
        self.journal = FakeJournal()
        self.server = FakeServer(self.clock)

    def dispatcher(self) -> Dispatcher:
        return Dispatcher(
            server=self.server,
            journal=self.journal,
            clock=self.clock,
            stop=self.stop,
            settings=self.settings,
            rate_limiter=RateLimiter(self.rate),  # type: ignore[arg-type]
            takes_keys=self.takes_keys,
            key_lifetime_seconds=self.key_lifetime_seconds,
            resolver=self.resolver,
            can_read=self.can_read,
            rejects_allowed=self.rejects_allowed,
        )

    async def run(
        self, contacts: str, script: dict[int, list[Reply]] | None = None
    ) -> StopRequest | None:
        """Send one row for each letter: the letter is its contact."""
        self.server.scripts = script or {}
        self.last = self.dispatcher()
        with anyio.fail_after(HANGING_SECONDS):
            await self.last.run(chunks(contacts))
        return self.stop.request


@dataclass
class FakeResolver:
    says: list[Settled]
    asked: list[int] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    async def settle(self, doubt: Doubt) -> Settled:
        self.doubts.append(doubt)
        self.asked.append(doubt.event.ordinal)
        return self.says.pop(0)

    async def find(self, event: Event) -> Settled:
        self.asked.append(event.ordinal)
        return self.says.pop(0)

    async def identify(self, doubt: Doubt) -> Settled:
        return await self.settle(doubt)


async def doubted(contact: str, reason: str = "no reply") -> AsyncIterator[list[Event]]:
    """A row that an earlier run left in doubt, to be asked again."""
    body = json.dumps({"row": 1, "contact": contact})
    earlier = EarlierTry("key-1", True, 1, reason, EPOCH.timestamp(), math.inf)
    yield [Event(1, contact, "key-1", body, "hi", earlier)]


async def chunks(contacts: str) -> AsyncIterator[list[Event]]:
    for number, contact in enumerate(contacts, start=1):
        body = json.dumps({"row": number, "contact": contact})
        yield [Event(number, contact, f"key-{number}", body, "hi")]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_every_row_is_claimed_sent_once_and_delivered_with_its_ids() -> None:
    bench = Bench()
    assert await bench.run("abcab") is None
    assert sorted(bench.server.rows()) == sorted(bench.journal.claims) == [1, 2, 3, 4, 5]
    assert set(bench.journal.states().values()) == {RowState.DELIVERED}
    assert bench.journal.outcomes[1].event_id == "ev"


async def test_a_contact_gets_its_rows_one_at_a_time_in_file_order() -> None:
    bench = Bench()
    await bench.run("abaabbcaab")
    assert not bench.server.shared_contact
    of_a = [row for row in bench.server.rows() if "abaabbcaab"[row - 1] == "a"]
    assert of_a == sorted(of_a)


async def test_no_more_than_max_in_flight_wait_for_a_reply_and_that_many_do() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=4))
    await bench.run("abcdefghijklmnopqrstuvwxyz")
    assert 1 < bench.server.most_at_once <= 4


async def test_a_full_disk_ends_the_run_once_what_is_in_flight_is_answered() -> None:
    bench = Bench()
    bench.journal.full_after = 3
    with pytest.raises(OutputError, match="the disk is full"):
        await bench.run("abcabc")
    assert bench.server.rows() == [1, 2, 3]
    assert bench.journal.states() == dict.fromkeys((1, 2, 3), RowState.DELIVERED)


async def test_a_source_that_breaks_ends_the_run_once_what_is_in_flight_is_answered() -> None:
    async def broken() -> AsyncIterator[list[Event]]:
        async for events in chunks("abc"):
            yield events
        while not bench.server.asked:
            await anyio.lowlevel.checkpoint()
        raise SourceError("rows.csv: cannot be read any more")

    bench = Bench()
    with (
        anyio.fail_after(HANGING_SECONDS),
        pytest.raises(SourceError, match="cannot be read any more"),
    ):
        await bench.dispatcher().run(broken())
    states = bench.journal.states()
    assert bench.server.asked
    assert all(states[row] == RowState.DELIVERED for row in bench.server.rows())


async def test_at_a_pace_rows_are_claimed_many_at_a_time_but_not_far_ahead() -> None:
    bench = Bench(SendSettings(rate="100/s"), rate=100.0)
    bench.journal.clock = bench.clock
    await bench.run("ab" * 15 + "".join(map(chr, range(0x4E00, 0x4E00 + 170))))
    moments = bench.journal.claimed_at
    assert len(moments) == 200
    assert len(set(moments.values())) < 60
    left = dict(zip(bench.server.rows(), bench.server.asked_at, strict=True))
    assert max(left[row] - moments[row] for row in moments) <= 0.12
    assert bench.clock.now() == pytest.approx(1.9, abs=0.15)


@pytest.mark.parametrize(
    ("per_second", "rows", "together"),
    [
        pytest.param(100, 150, 10, id="ten at a time"),
        pytest.param(1_000, 1_500, 11, id="ten at a time, as well"),
        pytest.param(4_000, 6_000, 41, id="those of a hundredth of a second"),
    ],
)
async def test_at_a_pace_rows_leave_together(per_second: int, rows: int, together: int) -> None:
    bench = Bench(SendSettings(rate=f"{per_second}/s", max_in_flight=100), rate=float(per_second))
    bench.server.seconds = 0.0
    await bench.run("".join(map(chr, range(0x4E00, 0x4E00 + rows))))
    moments = Counter(bench.server.asked_at)
    burst = per_second / 10
    steady = [number for at, number in moments.items() if 0.2 < at < 1.2]
    assert sum(steady) == pytest.approx(per_second, rel=0.1)
    assert max(steady) <= together
    assert len(steady) <= per_second / (0.8 * (together - 1))
    assert max(moments.values()) <= burst + together


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [
        pytest.param(100.0, 0.11, id="at a pace"),
        pytest.param("unlimited", 0.1, id="at full speed"),
    ],
)
async def test_a_contact_with_very_many_rows_gets_on_while_others_are_sent(
    rate: float | str, seconds: float
) -> None:
    settings = SendSettings(rate="unlimited" if rate == "unlimited" else "100/s", window_rows=640)
    bench = Bench(settings, rate=rate)
    bench.server.seconds = 0.075
    rows = 60
    await bench.run("a" * rows + "".join(map(chr, range(0x4E00, 0x4E00 + 3_000))))
    sent = zip(bench.server.rows(), bench.server.asked_at, strict=True)
    assert max(at for row, at in sent if row <= rows) <= rows * seconds
    assert not bench.server.shared_contact


async def tried_before(rows: int) -> AsyncIterator[list[Event]]:
    """Rows that an earlier command sent and that were surely not stored."""
    earlier = EarlierTry(None, False, 1, None, EPOCH.timestamp(), math.inf)
    for row in range(1, rows + 1):
        body = json.dumps({"row": row, "contact": str(row)})
        yield [Event(row, str(row), f"key-{row}", body, "hi", earlier)]


async def test_of_rows_that_were_sent_before_no_more_are_begun_than_there_is_room_for() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=4))
    bench.server.seconds = 5.0
    tasks: list[int] = []

    async def look() -> None:
        await bench.clock.sleep(2.0)
        tasks.append(len(asyncio.all_tasks()))

    async with anyio.create_task_group() as group:
        group.start_soon(look)
        with anyio.fail_after(HANGING_SECONDS):
            await bench.dispatcher().run(tried_before(100))
    assert tasks[0] < 20
    assert len(bench.journal.outcomes) == 100


@pytest.mark.parametrize(
    ("disk_seconds", "ahead"),
    [
        pytest.param(0.005, 0.02, id="a quick disk, just before they leave"),
        pytest.param(0.08, 0.1, id="a slow disk, a little earlier"),
        pytest.param(0.19, 0.2, id="a very slow disk, as early as may be"),
    ],
)
async def test_at_a_pace_a_slow_disk_keeps_no_row_waiting(
    disk_seconds: float, ahead: float
) -> None:
    bench = Bench(SendSettings(rate="100/s"), rate=100.0)
    bench.journal.clock, bench.journal.seconds = bench.clock, disk_seconds
    await bench.run("".join(map(chr, range(0x4E00, 0x4E00 + 300))))
    assert bench.clock.now() == pytest.approx(2.9, abs=0.45)
    left = dict(zip(bench.server.rows(), bench.server.asked_at, strict=True))
    waited = [left[row] - at for row, at in bench.journal.claimed_at.items() if at > 0.5]
    assert max(waited) <= ahead - disk_seconds + 0.02


async def test_during_a_pause_no_row_stays_claimed_that_has_not_left() -> None:
    bench = Bench(SendSettings(rate="100/s", max_in_flight=4), rate=100.0)
    held: list[set[int]] = []
    given_back: list[RowState] = []

    async def look() -> None:
        await bench.clock.sleep(5.0)
        held.append(set(bench.journal.claims) - set(bench.journal.outcomes))
        given_back.extend(bench.journal.states().values())

    script: dict[int, list[Reply]] = {12: [Answer(429, retry_after_seconds=9.0), OK]}
    async with anyio.create_task_group() as group:
        group.start_soon(look)
        await bench.run("".join(map(chr, range(0x4E00, 0x4E00 + 40))), script)
    assert held == [set()]
    assert given_back.count(RowState.PENDING) > 1
    assert set(bench.journal.states().values()) == {RowState.DELIVERED}


@pytest.mark.parametrize("in_flight", [1, 4])
async def test_what_waits_for_a_place_in_flight_does_not_leave_into_a_pause(in_flight: int) -> None:
    bench = Bench(SendSettings(rate="100/s", max_in_flight=in_flight), rate=100.0)
    script: dict[int, list[Reply]] = {12: [Answer(429, retry_after_seconds=9.0), OK]}
    await bench.run("".join(map(chr, range(0x4E00, 0x4E00 + 40))), script)
    paused = bench.server.asked_at[bench.server.rows().index(12)] + bench.server.seconds
    assert [at for at in bench.server.asked_at if paused < at < paused + 9.0] == []
    assert set(bench.journal.states().values()) == {RowState.DELIVERED}


async def test_what_is_ready_when_an_outage_begins_waits_for_the_trial() -> None:
    bench = Bench(SendSettings(rate="100/s", max_in_flight=1), rate=100.0)
    script: dict[int, list[Reply]] = {row: [REFUSED, OK] for row in range(5, 41)}
    bench.server.well = lambda: bench.clock.now() > 20
    await bench.run("".join(map(chr, range(0x4E00, 0x4E00 + 40))), script)
    assert bench.server.rows()[:9] == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert min(bench.server.asked_at[9:]) > 20
    assert set(bench.journal.states().values()) == {RowState.DELIVERED}


async def test_a_window_smaller_than_one_contact_s_rows_still_ends() -> None:
    bench = Bench(SendSettings(rate="unlimited", window_rows=2))
    assert await bench.run("aaaaaabbb") is None
    assert len(bench.journal.outcomes) == 9


async def test_what_plunk_refuses_is_a_reject_and_its_contact_goes_on() -> None:
    bench = Bench()
    await bench.run("aa", {1: [INVALID]})
    assert bench.journal.states() == {1: RowState.REJECTED, 2: RowState.DELIVERED}
    assert bench.journal.outcomes[1].code == "VALIDATION_ERROR"


async def test_what_surely_was_not_sent_goes_again() -> None:
    bench = Bench()
    await bench.run("a", {1: [REFUSED, REFUSED, OK]})
    assert bench.journal.states() == {1: RowState.DELIVERED}
    assert bench.server.rows() == [1, 1, 1]


@pytest.mark.parametrize("reply", [BROKEN, LOST, Answer(200), Answer(502, readable=False)])
async def test_without_keys_an_ambiguous_reply_is_in_doubt_and_not_sent_again(reply: Reply) -> None:
    bench = Bench()
    await bench.run("ab", {1: [reply]})
    assert bench.journal.states() == {1: RowState.IN_DOUBT, 2: RowState.DELIVERED}
    assert bench.server.rows().count(1) == 1


async def test_a_contact_in_doubt_rests_before_its_next_row() -> None:
    bench = Bench(SendSettings(rate="unlimited", rest_seconds=5.0))
    await bench.run("aa", {1: [LOST]})
    assert bench.journal.states() == {1: RowState.IN_DOUBT, 2: RowState.DELIVERED}
    assert 5.0 in bench.clock.slept
    assert bench.clock.now() >= 5.0


async def test_with_keys_an_ambiguous_reply_is_asked_again_under_the_same_key() -> None:
    bench = Bench(takes_keys=True)
    await bench.run("a", {1: [LOST, reused(200)]})
    assert bench.server.asked == [(1, "key-1"), (1, "key-1")]
    assert bench.journal.states() == {1: RowState.DELIVERED}
    assert bench.journal.outcomes[1].event_id is None


async def test_with_keys_a_burned_key_is_in_doubt() -> None:
    bench = Bench(takes_keys=True)
    await bench.run("a", {1: [BROKEN, reused(500)]})
    assert bench.journal.states() == {1: RowState.IN_DOUBT}


async def test_asking_again_is_bounded() -> None:
    bench = Bench(SendSettings(rate="unlimited", attempts=3), takes_keys=True)
    await bench.run("a", {1: [LOST, reused(None)]})
    assert bench.journal.states() == {1: RowState.IN_DOUBT}
    assert len(bench.server.asked) == 3


@pytest.mark.parametrize(
    "reply",
    [REFUSED, Answer(429, retry_after_seconds=9.0), Answer(401), LOST],
    ids=["not sent", "429", "401", "no answer"],
)
async def test_a_row_in_doubt_that_is_asked_again_in_vain_stays_in_doubt(reply: Reply) -> None:
    bench = Bench(SendSettings(rate="unlimited", max_duration_seconds=5.0), takes_keys=True)
    bench.server.scripts = {1: [reply]}
    with anyio.fail_after(HANGING_SECONDS):
        await bench.dispatcher().run(doubted("a"))
    assert bench.stop
    assert bench.journal.states() == {1: RowState.IN_DOUBT}


async def test_an_unreadable_refusal_of_a_row_that_may_be_stored_does_not_reject_it() -> None:
    bench = Bench(takes_keys=True)
    await bench.run("a", {1: [LOST, Answer(413, readable=False)]})
    assert bench.journal.states() == {1: RowState.IN_DOUBT}


async def test_resend_is_at_least_once_and_bounded() -> None:
    bench = Bench(SendSettings(rate="unlimited", in_doubt="resend", attempts=3))
    await bench.run("ab", {1: [LOST, LOST, OK], 2: [LOST]})
    assert bench.journal.states() == {1: RowState.DELIVERED, 2: RowState.IN_DOUBT}
    assert bench.server.rows().count(2) == 3


async def test_a_429_is_no_attempt_and_leaves_no_claim_behind_while_it_waits() -> None:
    bench = Bench(SendSettings(rate="unlimited", attempts=2))
    slow = Answer(429, code="RATE_LIMIT_EXCEEDED", retry_after_seconds=3.0)
    await bench.run("a", {1: [slow, slow, slow, OK]})
    assert bench.journal.states() == {1: RowState.DELIVERED}
    assert bench.clock.now() >= 9.0
    assert bench.journal.claims == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "no_attempt",
    [Answer(429, code="RATE_LIMIT_EXCEEDED", retry_after_seconds=1.0), REFUSED],
    ids=["429", "not sent"],
)
async def test_what_is_no_attempt_leaves_the_bound_of_attempts_as_it_was(no_attempt: Reply) -> None:
    bench = Bench(SendSettings(rate="unlimited", attempts=2), takes_keys=True)
    await bench.run("a", {1: [no_attempt, no_attempt, no_attempt, LOST, OK]})
    assert bench.journal.outcomes[1].state is RowState.DELIVERED
    assert bench.journal.outcomes[1].attempts == 2


async def test_a_429_pauses_everyone() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=1))
    slow = Answer(429, code="RATE_LIMIT_EXCEEDED", retry_after_seconds=30.0)
    dispatcher = await bench.run("ab", {1: [slow, OK]})
    assert dispatcher is None
    assert bench.clock.now() >= 30.0
    assert len(bench.last.statistics.rate_limited) == 1


@pytest.mark.parametrize("status", [401, 402, 403, 302])
async def test_what_dooms_every_row_stops_the_run_and_leaves_them_pending(status: int) -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=1))
    stopped = await bench.run("abc", {1: [Answer(status, code="X")]})
    assert stopped is not None
    assert stopped.exit_code is ExitCode.STOPPED
    assert bench.journal.states() == {1: RowState.PENDING}
    assert bench.server.rows() == [1]


async def test_an_outage_pauses_all_and_lets_one_request_try_at_growing_intervals() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=10))
    back_at = 20.0
    bench.server.well = lambda: bench.clock.now() > back_at
    script: dict[int, list[Reply]] = {row: [REFUSED, OK] for row in range(1, 11)}
    assert await bench.run("abcdefghijklm", script) is None
    assert set(bench.journal.states().values()) == {RowState.DELIVERED}
    gaps = [b - a for a, b in zip(bench.server.trials, bench.server.trials[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert max(bench.server.rows().count(row) for row in range(1, 14)) == 2


async def test_a_server_that_bars_us_after_an_outage_ends_the_run_at_once() -> None:
    bench = Bench(SendSettings(rate="unlimited"))
    bench.server.bars = "the project is disabled"
    script: dict[int, list[Reply]] = {row: [REFUSED] for row in range(1, 11)}
    stopped = await bench.run("abcdefghij", script)
    assert stopped == StopRequest(ExitCode.STOPPED, "the project is disabled")
    assert set(bench.journal.states().values()) == {RowState.PENDING}
    assert len(bench.server.trials) == 1


async def test_an_outage_beyond_the_patience_stops_and_burns_nothing() -> None:
    bench = Bench(SendSettings(rate="unlimited", patience_seconds=120.0))
    bench.server.well = False
    script: dict[int, list[Reply]] = {row: [REFUSED] for row in range(1, 27)}
    stopped = await bench.run("abcdefghijklmnopqrstuvwxyz", script)
    assert stopped is not None
    assert stopped.exit_code is ExitCode.STOPPED
    assert "no success for" in stopped.reason
    assert set(bench.journal.states().values()) == {RowState.PENDING}


async def test_in_an_outage_of_5xx_at_most_the_rows_in_flight_and_the_trials_are_burned() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=3, patience_seconds=60.0))
    script: dict[int, list[Reply]] = {row: [BROKEN] for row in range(1, 27)}
    await bench.run("abcdefghijklmnopqrstuvwxyz", script)
    in_doubt = list(bench.journal.states().values()).count(RowState.IN_DOUBT)
    assert in_doubt <= 5 + 3 + len(bench.server.trials)
    assert in_doubt < 26


async def test_the_progress_line_says_what_everything_waits_for() -> None:
    bench = Bench(SendSettings(rate="unlimited", patience_seconds=60.0))
    bench.server.well = False
    told: list[str | None] = []

    def listen() -> bool:
        told.append(bench.last.waiting(bench.clock.now()))
        return False

    bench.server.well = listen
    await bench.run("abcdefgh", {row: [REFUSED] for row in range(1, 9)})
    assert any(text and "could not connect" in text for text in told)


async def test_more_rejects_than_allowed_stop_the_run() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=1), rejects_allowed=1)
    stopped = await bench.run("abcde", {row: [INVALID] for row in range(1, 6)})
    assert stopped is not None
    assert stopped.exit_code is ExitCode.STOPPED
    assert bench.server.rows() == [1, 2]


async def test_a_run_stops_in_good_order_when_its_time_is_up() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=1, max_duration_seconds=10.0))
    bench.server.seconds = 4.0
    stopped = await bench.run("abcdefgh")
    assert stopped is not None
    assert stopped.exit_code is ExitCode.TIME_IS_UP
    assert bench.journal.states() == dict.fromkeys([1, 2, 3], RowState.DELIVERED)


async def test_until_is_a_moment() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=1))
    moment = bench.clock.wall().replace(minute=1)
    bench.settings = bench.settings.model_copy(update={"until": moment})
    bench.server.seconds = 40.0
    stopped = await bench.run("abcdefgh")
    assert stopped is not None
    assert len(bench.journal.outcomes) == 2


async def test_a_stop_waits_for_what_is_in_flight_and_takes_nothing_new() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=2))
    bench.server.seconds = 5.0

    async def interrupt() -> None:
        await bench.clock.sleep(1.0)
        bench.stop.ask(StopRequest(ExitCode.INTERRUPTED, "interrupted"))

    async with anyio.create_task_group() as group:
        group.start_soon(interrupt)
        stopped = await bench.run("abcdefgh")
    assert stopped == StopRequest(ExitCode.INTERRUPTED, "interrupted")
    assert bench.journal.states() == {1: RowState.DELIVERED, 2: RowState.DELIVERED}


async def test_waiting_for_what_is_in_flight_is_bounded_and_leaves_the_claim() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=1, grace_seconds=10.0))
    bench.server.seconds = 500.0

    async def interrupt() -> None:
        await bench.clock.sleep(1.0)
        bench.stop.ask(StopRequest(ExitCode.INTERRUPTED, "interrupted"))

    async with anyio.create_task_group() as group:
        group.start_soon(interrupt)
        await bench.run("ab")
    assert bench.clock.now() < 100.0
    assert bench.journal.claims == [1]
    assert bench.journal.outcomes == {}


async def test_doubt_is_settled_by_reading_back_before_the_contact_s_next_row() -> None:
    resolver = FakeResolver([Settled(stored=True, event_id="found")])
    bench = Bench(resolver=resolver)
    await bench.run("aa", {1: [LOST]})
    assert bench.journal.states() == {1: RowState.DELIVERED, 2: RowState.DELIVERED}
    assert bench.journal.outcomes[1].event_id == "found"
    assert bench.server.rows() == [1, 2]


async def test_what_reading_back_shows_as_not_stored_is_sent_again_before_later_rows() -> None:
    resolver = FakeResolver([Settled(stored=False)])
    bench = Bench(resolver=resolver)
    await bench.run("aa", {1: [LOST, OK]})
    assert bench.journal.states() == {1: RowState.DELIVERED, 2: RowState.DELIVERED}
    assert bench.server.rows() == [1, 1, 2]


async def test_a_row_whose_key_the_server_burned_is_sent_again_under_another_key() -> None:
    resolver = FakeResolver([Settled(stored=False)])
    bench = Bench(takes_keys=True, resolver=resolver)
    await bench.run("a", {1: [BROKEN, reused(500), OK]})
    assert [key for _, key in bench.server.asked] == ["key-1", "key-1", "key-1.1"]
    assert bench.journal.states() == {1: RowState.DELIVERED}


async def test_a_key_that_a_dead_server_holds_for_ever_is_given_up_once_nothing_is_stored() -> None:
    bench = Bench(takes_keys=True, resolver=FakeResolver([Settled(stored=False)]))
    await bench.run("a", {1: [LOST, *[reused(None)] * 5, OK]})
    assert [key for _, key in bench.server.asked] == ["key-1"] * 6 + ["key-1.1"]
    assert bench.journal.states() == {1: RowState.DELIVERED}


async def test_what_reading_back_cannot_tell_stays_in_doubt_and_the_contact_goes_on() -> None:
    resolver = FakeResolver([Settled(stored=None)])
    bench = Bench(resolver=resolver)
    await bench.run("aa", {1: [LOST]})
    assert bench.journal.states() == {1: RowState.IN_DOUBT, 2: RowState.DELIVERED}


async def test_sending_again_what_is_not_stored_is_bounded() -> None:
    resolver = FakeResolver([Settled(stored=False)] * 9)
    bench = Bench(resolver=resolver)
    await bench.run("ab", {1: [LOST]})
    assert bench.journal.states() == {1: RowState.IN_DOUBT, 2: RowState.DELIVERED}
    assert len(resolver.asked) < 9


async def test_stopping_does_not_wait_for_doubt_to_be_settled() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_duration_seconds=2.0))

    class Slow:
        async def settle(self, doubt: Doubt) -> Settled:
            await bench.clock.sleep(3600.0)
            raise AssertionError(doubt)

        async def find(self, event: Event) -> Settled:
            raise AssertionError(event)

        async def identify(self, doubt: Doubt) -> Settled:
            raise AssertionError(doubt)

    bench.resolver = Slow()
    stopped = await bench.run("a", {1: [BROKEN]})
    assert stopped is not None
    assert bench.clock.now() == pytest.approx(2.0)
    assert bench.journal.states() == {1: RowState.IN_DOUBT}


async def test_keys_left_in_flight_let_others_go_on_and_end_in_doubt_without_an_outage() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=2), takes_keys=True)
    script: dict[int, list[Reply]] = {row: [LOST, reused(None)] for row in range(1, 9)}
    bench.server.well = False
    assert await bench.run("abcdefghijklmnop", script) is None
    states = bench.journal.states()
    assert set(list(states.values())[:8]) == {RowState.IN_DOUBT}
    assert set(list(states.values())[8:]) == {RowState.DELIVERED}
    assert bench.server.rows().count(1) == SendSettings().attempts


async def test_while_one_key_is_in_flight_its_worker_sends_other_rows() -> None:
    bench = Bench(SendSettings(rate="unlimited", max_in_flight=1), takes_keys=True)
    await bench.run("abc", {1: [reused(None), reused(None), reused(200)]})
    assert bench.server.rows() == [1, 2, 3, 1, 1]


async def test_a_key_of_another_import_is_skipped_where_nothing_can_be_read() -> None:
    bench = Bench(takes_keys=True)
    await bench.run("aa", {1: [reused(200)]})
    assert bench.journal.states() == {1: RowState.SKIPPED, 2: RowState.DELIVERED}
    assert bench.last.tally.skipped == 1


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (Settled(stored=True, event_id="theirs"), RowState.SKIPPED),
        (Settled(stored=False), RowState.IN_DOUBT),
        (Settled(stored=None, reason="reading failed"), RowState.IN_DOUBT),
    ],
    ids=["found", "not found", "not readable"],
)
async def test_a_key_of_another_import_is_read_back_before_it_is_believed(
    found: Settled, state: RowState
) -> None:
    bench = Bench(takes_keys=True, resolver=FakeResolver([found]))
    await bench.run("aa", {1: [reused(200)]})
    assert bench.journal.states() == {1: state, 2: RowState.DELIVERED}
    assert bench.journal.outcomes[1].event_id is None
    assert "another import" in (bench.journal.outcomes[1].reason or "")


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (Settled(stored=True, event_id="ours"), RowState.DELIVERED),
        (Settled(stored=False), RowState.SKIPPED),
        (Settled(stored=None, reason="reading failed"), RowState.IN_DOUBT),
    ],
    ids=["ours", "of before the request", "not readable"],
)
async def test_a_used_key_that_this_run_may_have_sent_is_read_back_before_it_is_delivered(
    found: Settled, state: RowState
) -> None:
    bench = Bench(takes_keys=True, resolver=FakeResolver([found]), can_read=True)
    await bench.run("aa", {1: [LOST, reused(200)]})
    assert bench.journal.states() == {1: state, 2: RowState.DELIVERED}
    assert bench.journal.outcomes[1].event_id == found.event_id


async def test_a_used_key_is_in_doubt_while_nobody_has_read_whose_it_is() -> None:
    bench = Bench(takes_keys=True, can_read=True)
    await bench.run("a", {1: [LOST, reused(200)]})
    assert bench.journal.states() == {1: RowState.IN_DOUBT}
    assert (bench.journal.outcomes[1].reason or "").startswith(KEY_IS_USED)


async def test_whose_a_used_key_is_is_read_before_it_is_asked_about_again() -> None:
    bench = Bench(takes_keys=True, resolver=FakeResolver([Settled(stored=False)]), can_read=True)
    with anyio.fail_after(HANGING_SECONDS):
        await bench.dispatcher().run(doubted("a", f"{KEY_IS_USED}; read back: it failed"))
    assert bench.server.rows() == []
    assert bench.journal.states() == {1: RowState.SKIPPED}


async def test_a_key_that_was_in_flight_before_its_first_request_is_of_another_import() -> None:
    resolver = FakeResolver([Settled(stored=True, event_id="theirs")])
    bench = Bench(takes_keys=True, resolver=resolver, can_read=True)
    await bench.run("a", {1: [reused(None)]})
    assert bench.journal.states() == {1: RowState.SKIPPED}


async def test_a_row_in_doubt_since_an_earlier_command_is_read_back_before_anything_is_sent() -> (
    None
):
    resolver = FakeResolver([Settled(stored=False)])
    bench = Bench(resolver=resolver)
    bench.clock.advance(100.0)
    with anyio.fail_after(HANGING_SECONDS):
        await bench.dispatcher().run(doubted("a"))
    (doubt,) = resolver.doubts
    assert (doubt.noted, doubt.left, doubt.given_up) == (1, None, 100.0)
    assert bench.server.rows() == [1]
    assert bench.journal.states() == {1: RowState.DELIVERED}


async def test_a_doubt_is_given_up_when_the_last_reply_was_and_not_when_it_was_sent_for() -> None:
    resolver = FakeResolver([Settled(stored=True)])
    bench = Bench(resolver=resolver)
    bench.server.seconds = 60.0
    await bench.run("a", {1: [LOST]})
    (doubt,) = resolver.doubts
    assert (doubt.left, doubt.given_up) == (0.0, 60.0)


async def test_why_reading_back_could_not_tell_is_noted() -> None:
    resolver = FakeResolver([Settled(stored=None, reason="it has too many events")])
    bench = Bench(resolver=resolver)
    await bench.run("a", {1: [LOST]})
    reason = bench.journal.outcomes[1].reason
    assert reason == f"{LOST.reason}; read back: it has too many events"


async def test_a_key_that_the_server_may_have_forgotten_is_not_asked_about() -> None:
    bench = Bench(SendSettings(rate="unlimited", patience_seconds=1e6), takes_keys=True)
    bench.key_lifetime_seconds = 100.0
    bench.server.seconds = 60.0
    await bench.run("a", {1: [LOST, LOST, OK]})
    assert bench.server.rows() == [1, 1]
    assert bench.journal.states() == {1: RowState.IN_DOUBT}
    assert "forgotten its key" in (bench.journal.outcomes[1].reason or "")
