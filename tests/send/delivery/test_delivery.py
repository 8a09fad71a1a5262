import pytest

from plunk_import.errors import ExitCode
from plunk_import.runtime import StopRequest
from plunk_import.send import (
    OF_ANOTHER_IMPORT,
    Answer,
    EarlierTry,
    Event,
    NotSent,
    Reply,
    Settled,
    Unanswered,
    is_of_another,
)
from plunk_import.send.delivery import Again, Delivery, Doubted, Ended, Known, Step
from plunk_import.settings import SendSettings
from plunk_import.storage import RowState

EVENT = Event(1, "ada", "k1", "{}", "hi")
LOST = Unanswered("no reply in time")
AWAY = NotSent("refused")
BROKEN = Answer(500, code="INTERNAL_SERVER_ERROR")
OK = Answer(200, event_id="ev")
GARBLED_409 = Answer(409, readable=False)


def reused(original: int | None) -> Answer:
    return Answer(409, code="IDEMPOTENCY_KEY_REUSED", reused=True, original_status=original)


def tried(
    *,
    key: str | None = "k1",
    in_doubt: bool = True,
    key_good_until: float = 1e9,
    is_of_another: bool = False,
) -> Event:
    """A row that an earlier command sent, or that only another run did."""
    earlier = EarlierTry(key, in_doubt, 7, "no reply", 50.0, key_good_until, is_of_another)
    return EVENT._replace(earlier=earlier)


def delivery(
    event: Event = EVENT, *, takes_keys: bool = True, settings: SendSettings | None = None
) -> Delivery:
    return Delivery(event, settings or SendSettings(), takes_keys=takes_keys)


def came(to: Delivery, *replies: Reply) -> Step:
    """Let a request leave for each reply; give what the last one leads to."""
    for reply in replies:
        to.leaves(5.0, wall_seconds=105.0)
        step = to.after(to.receives(reply))
    return step


def test_a_key_that_the_server_has_burned_gets_another_suffix_each_time() -> None:
    row, keys = delivery(), []
    for _ in range(3):
        keys.append(row.key)
        came(row, reused(500))
        row.not_stored()
    assert keys == ["k1", "k1.1", "k1.2"]


def test_a_row_asked_again_goes_under_the_key_of_its_last_request() -> None:
    assert delivery(tried(key="k1.1")).claim.key == "k1.1"


@pytest.mark.parametrize(
    ("reply", "state"),
    [(OK, RowState.DELIVERED), (Answer(422, code="VALIDATION_ERROR"), RowState.REJECTED)],
    ids=["stored", "refused"],
)
def test_what_plunk_decides_is_the_outcome(reply: Reply, state: RowState) -> None:
    step = came(delivery(), reply)
    assert isinstance(step, Ended)
    assert (step.outcome.ordinal, step.outcome.state, step.outcome.attempts) == (1, state, 1)
    assert step.outcome.sent_at == 105.0


def test_what_nothing_later_can_mend_stops_the_run() -> None:
    step = came(delivery(), Answer(401, code="INVALID_API_KEY"))
    assert isinstance(step, StopRequest)
    assert step.exit_code is ExitCode.STOPPED


def test_backoff_doubles_up_to_its_bound_and_what_is_surely_unsent_is_pending_meanwhile() -> None:
    row, seconds = delivery(), []
    for _ in range(8):
        step = came(row, AWAY)
        assert isinstance(step, Again)
        assert step.outcome is not None
        assert step.outcome.state is RowState.PENDING
        assert not row.is_claimed
        seconds.append(step.seconds)
    assert seconds == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_what_may_be_stored_stays_claimed_while_it_is_asked_again() -> None:
    row = delivery()
    row.is_claimed = True
    assert came(row, LOST) == Again(0.5)
    assert row.is_claimed
    assert row.given_back().state is RowState.IN_DOUBT


def test_only_this_row_waits_for_an_earlier_request_with_its_key() -> None:
    step = came(delivery(), reused(None))
    assert isinstance(step, Again)
    assert step.alone


def test_without_keys_an_ambiguous_reply_is_doubt_with_its_reason() -> None:
    step = came(delivery(takes_keys=False), BROKEN)
    assert isinstance(step, Doubted)
    assert step.outcome.state is RowState.IN_DOUBT
    assert step.outcome.reason is not None
    assert "HTTP 500" in step.outcome.reason


def test_with_resend_doubt_is_sent_again_up_to_the_bound_of_attempts() -> None:
    settings = SendSettings(in_doubt="resend", attempts=2)
    row = delivery(takes_keys=False, settings=settings)
    assert isinstance(came(row, BROKEN), Again)
    assert isinstance(came(row, BROKEN), Doubted)


def test_asking_again_ends_in_doubt_at_the_bound_of_attempts() -> None:
    row = delivery(settings=SendSettings(attempts=3))
    assert isinstance(came(row, LOST, LOST), Again)
    assert isinstance(came(row, LOST), Doubted)


def test_a_row_that_is_not_stored_may_go_again_a_few_times() -> None:
    row, times = delivery(takes_keys=False), 0
    while row.may_go_again:
        came(row, LOST)
        assert row.not_stored().state is RowState.PENDING
        times += 1
    assert times == 3


@pytest.mark.parametrize(
    ("event", "replies"),
    [
        pytest.param(EVENT, [LOST], id="lost before, by this command"),
        pytest.param(EVENT, [LOST, reused(None)], id="still in flight before"),
        pytest.param(EVENT, [Answer(429)], id="a copy of it was too many"),
        pytest.param(tried(in_doubt=False), [], id="sent by an earlier command"),
        pytest.param(tried(), [], id="in doubt since an earlier command"),
    ],
)
def test_a_key_that_this_run_has_sent_and_plunk_knows_is_a_delivery(
    event: Event, replies: list[Reply]
) -> None:
    step = came(delivery(event), *replies, reused(200))
    assert isinstance(step, Ended)
    assert step.outcome.state is RowState.DELIVERED


@pytest.mark.parametrize(
    ("event", "replies"),
    [
        pytest.param(EVENT, [], id="at once"),
        pytest.param(EVENT, [AWAY, AWAY], id="after requests that never left"),
        pytest.param(tried(key=None, in_doubt=False), [], id="only another run sent it"),
        pytest.param(EVENT, [reused(None)], id="after it was met in flight"),
        pytest.param(EVENT, [GARBLED_409], id="after a 409 that could not be read"),
        pytest.param(tried(is_of_another=True), [], id="known to be another's before"),
    ],
)
def test_a_key_that_this_run_never_sent_is_of_another_import(
    event: Event, replies: list[Reply]
) -> None:
    step = came(delivery(event), *replies, reused(200))
    assert isinstance(step, Known)
    assert step.skipped.state is RowState.SKIPPED
    assert step.skipped.reason == OF_ANOTHER_IMPORT
    assert step.in_doubt.state is RowState.IN_DOUBT
    assert step.in_doubt.reason is not None
    assert step.in_doubt.reason.startswith(OF_ANOTHER_IMPORT)


def test_a_key_that_this_run_may_have_sent_is_not_believed_where_it_can_be_read_back() -> None:
    row = Delivery(EVENT, SendSettings(), takes_keys=True, can_read=True)
    step = came(row, LOST, reused(200))
    assert isinstance(step, Known)
    assert step.may_be_own
    assert step.in_doubt.state is RowState.IN_DOUBT


def test_a_key_in_flight_before_the_first_request_leaves_a_doubt_that_says_whose_it_is() -> None:
    row = delivery(settings=SendSettings(attempts=2))
    step = came(row, reused(None), reused(None))
    assert isinstance(step, Doubted)
    assert is_of_another(step.outcome.reason)
    assert row.delivered(Settled(True, event_id="ev")).state is RowState.SKIPPED


def test_a_stop_leaves_a_key_that_was_in_flight_before_the_first_request_to_another_import() -> (
    None
):
    row = delivery()
    came(row, reused(None))
    assert is_of_another(row.given_back().reason)
    came(row, LOST)
    assert not is_of_another(row.given_back().reason)


def test_a_key_in_flight_after_a_lost_reply_is_of_this_run() -> None:
    row = delivery(settings=SendSettings(attempts=2))
    step = came(row, LOST, reused(None))
    assert isinstance(step, Doubted)
    assert not is_of_another(step.outcome.reason)


def test_what_only_another_run_sent_is_skipped_once_it_is_found() -> None:
    found = delivery(tried(key=None)).delivered(Settled(True, event_id="ev"))
    assert (found.state, found.event_id) == (RowState.SKIPPED, None)


def test_a_key_is_asked_again_only_while_the_server_surely_knows_it() -> None:
    row = Delivery(EVENT, SendSettings(), takes_keys=True, key_lifetime_seconds=100.0)
    came(row, LOST)  # at 5 s
    assert row.may_ask(105.0)
    assert not row.may_ask(105.1)
    came(row, LOST)  # asking again does not make the key younger
    assert not row.may_ask(105.1)


def test_a_key_of_an_earlier_command_is_as_old_as_its_first_claim() -> None:
    row = delivery(tried(key_good_until=40.0))
    assert row.may_ask(40.0)
    assert not row.may_ask(40.1)


def test_what_is_surely_not_stored_may_be_sent_whatever_the_age_of_its_key() -> None:
    row = Delivery(EVENT, SendSettings(), takes_keys=True, key_lifetime_seconds=100.0)
    came(row, LOST)
    row.not_stored()
    assert row.may_ask(1e6)


def test_a_doubt_tells_when_its_first_request_left_and_when_the_last_was_given_up() -> None:
    row = delivery()
    row.leaves(5.0, wall_seconds=105.0)
    row.after(row.receives(LOST))
    row.leaves(65.0, wall_seconds=165.0)
    row.after(row.receives(LOST))
    doubt = row.doubt(noted=3, given_up=125.0)
    assert (doubt.noted, doubt.left, doubt.given_up) == (3, 5.0, 125.0)


def test_the_doubt_of_an_earlier_command_tells_when_the_row_was_claimed() -> None:
    doubt = delivery(tried()).doubt(noted=7, given_up=0.0)
    assert (doubt.left, doubt.claimed) == (None, 50.0)


def test_why_doubt_could_not_be_settled_stands_beside_why_there_is_any() -> None:
    row = delivery()
    first = row.unsettled("no reply in time", Settled(None, reason="reading failed"))
    assert first.reason == "no reply in time; read back: reading failed"
    again = row.unsettled(first.reason, Settled(None, reason="too many"))
    assert again.reason == "no reply in time; read back: too many"


@pytest.mark.parametrize(
    ("replies", "is_anothers"),
    [
        pytest.param((reused(500),), True, id="never sent"),
        pytest.param((LOST, reused(500)), False, id="sent before"),
    ],
)
def test_a_key_that_has_failed_is_of_another_import_unless_this_run_sent_it(
    replies: tuple[Reply, ...], *, is_anothers: bool
) -> None:
    row = delivery()
    step = came(row, *replies)
    assert isinstance(step, Doubted)
    assert is_of_another(step.outcome.reason) is is_anothers


@pytest.mark.parametrize(
    ("replies", "is_anothers"),
    [
        pytest.param((GARBLED_409, GARBLED_409), True, id="never sent"),
        pytest.param((reused(None), GARBLED_409), True, id="in flight when first asked"),
        pytest.param((LOST, GARBLED_409), False, id="sent before"),
    ],
)
def test_a_409_that_lost_its_body_is_of_another_import_unless_this_run_sent_its_key(
    replies: tuple[Reply, ...], *, is_anothers: bool
) -> None:
    row = delivery(settings=SendSettings(attempts=2))
    step = came(row, *replies)
    assert isinstance(step, Doubted)
    assert is_of_another(step.outcome.reason) is is_anothers
