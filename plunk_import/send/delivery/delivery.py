"""A delivery: the life of one row from its first claim to its outcome, and what each verdict does.

Pure: the time is passed in. What an attempt takes is in `attempt.py`, and who runs deliveries in
`dispatch.py`.
"""

import dataclasses
import math

from plunk_import.errors import ExitCode
from plunk_import.runtime import StopRequest
from plunk_import.send.event import Event
from plunk_import.send.readback import Doubt, Settled, unsettled_reason
from plunk_import.send.replies import (
    OF_ANOTHER_IMPORT,
    OTHERS_IN_FLIGHT,
    Answer,
    Delivered,
    InDoubt,
    KnownElsewhere,
    NotSent,
    Rejected,
    Reply,
    StopRun,
    TryAgain,
    Verdict,
    Wait,
    give_up,
    holds_key,
    verdict_on,
)
from plunk_import.settings import SendSettings
from plunk_import.storage import Claim, Outcome, RowState

FIRST_BACKOFF_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 30.0
LATER_TRIES_OF_THE_UNSTORED = 3
KEY_IS_USED = "Plunk has an event under this key, which another import may have sent as well"
NOT_FOUND_THERE = f"{OF_ANOTHER_IMPORT}, but none of its contact's events is it"
KEY_TOO_OLD = "the server may have forgotten its key, so asking again could store it twice"
STOPPED_IN_DOUBT = "the run stopped before a second answer"


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    """The row has its outcome; the contact's next one may go."""

    outcome: Outcome


@dataclasses.dataclass(frozen=True, slots=True)
class Doubted:
    """The row may be stored; the contact's next one waits until that is settled or has rested."""

    outcome: Outcome


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """Plunk has an event under the row's key, of another import's or of `may_be_own`'s making.

    Reading back tells whether there is one, and whose it is.
    """

    skipped: Outcome
    in_doubt: Outcome
    may_be_own: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Again:
    """The row is to be sent again after `seconds`; `outcome` is what holds until then, if it does.

    `alone`: only this row has a reason to wait.
    """

    seconds: float
    outcome: Outcome | None = None
    alone: bool = False


Step = Ended | Doubted | Known | Again | StopRequest
"""What a verdict leads to. A StopRequest ends the run and leaves the row to `given_back`."""


class Delivery:
    """One row on its way to Plunk.

    Call `leaves` when a request goes out, `receives` with what came of it, and `after` to learn
    what is next; `given_back` where the run stops in between. `can_read`: the project can be
    asked whose an event is.
    """

    def __init__(
        self,
        event: Event,
        settings: SendSettings,
        *,
        takes_keys: bool,
        key_lifetime_seconds: float = math.inf,
        can_read: bool = False,
    ) -> None:
        self.event = event
        self._key = event.sent_key
        self._can_read = can_read
        self.is_claimed = False
        self.maybe_stored = event.maybe_stored
        self._was_sent = event.was_sent
        self._claimed = 0.0 if event.earlier is None else event.earlier.claimed
        self._sent_at = 0.0
        self._left: float | None = None
        self._key_good_until = math.inf
        if event.earlier is not None and event.maybe_stored:
            self._key_good_until = event.earlier.key_good_until
        self._settings = settings
        self._takes_keys = takes_keys
        self._key_lifetime_seconds = key_lifetime_seconds
        self._attempts = self._failures = 0
        # What is proven not to be stored goes under another key where the server holds its own.
        self._is_key_held = event.earlier is not None and holds_key(event.earlier.reason)
        self._burned_keys = int(self._is_key_held and not event.maybe_stored)

    @property
    def key(self) -> str:
        """The idempotency key: the row's, with a suffix once the server's claim on it is spent."""
        return f"{self._key}.{self._burned_keys}" if self._burned_keys else self._key

    @property
    def claim(self) -> Claim:
        """What the journal must hold before the next request leaves."""
        return Claim(self.event.ordinal, self.key, self.event.contact, self.event.name)

    @property
    def may_go_again(self) -> bool:
        """Whether the row may still be sent again once reading back shows that it is not stored."""
        return self._failures < LATER_TRIES_OF_THE_UNSTORED

    def may_ask(self, now: float) -> bool:
        """Whether a request at this monotonic moment cannot store the row twice."""
        return not (self.maybe_stored and self._takes_keys and now > self._key_good_until)

    def leaves(self, now: float, *, wall_seconds: float) -> None:
        """Note that a request goes out now: in monotonic seconds, and in Unix seconds."""
        self._sent_at = wall_seconds
        if not self.maybe_stored:
            self._left = now
            self._key_good_until = now + self._key_lifetime_seconds

    def doubt(self, *, noted: int, given_up: float) -> Doubt:
        """Describe the doubt that a note of the journal holds, for reading back."""
        earlier, sent_first = self.event.earlier, self._left is not None
        claimed = self._sent_at if sent_first else self._claimed or self._sent_at
        last_left = None if earlier is None or self._sent_at else earlier.last_left
        return Doubt(self.event, noted, given_up, self._left, claimed, last_left)

    def receives(self, reply: Reply) -> Verdict:
        """Say what a reply means for this row, and count the attempt if it was one."""
        verdict = verdict_on(
            reply,
            takes_keys=self._takes_keys,
            maybe_stored=self.maybe_stored,
            was_sent=self._was_sent,
        )
        match reply:
            case NotSent() | Answer(status=409):
                pass  # the server keeps its key for another request, that was before it
            case _:
                # Even a 429 may have been for a copy of it that something on the way has made.
                self._was_sent = True
        if _burns_key(reply):
            self._burned_keys += 1
        if not isinstance(verdict, Wait | TryAgain) or verdict.counts_as_attempt:
            self._attempts += 1
        return verdict

    def after(self, verdict: Verdict) -> Step:
        """Say what is next, now that a request had this verdict."""
        match verdict:
            case Delivered(event_id=None) if self._can_read:
                return self.known(may_be_own=True)
            case Delivered():
                return Ended(self.delivered(verdict))
            case Rejected():
                return Ended(self._rejected(verdict))
            case StopRun(message=message):
                return StopRequest(ExitCode.STOPPED, message)
            case KnownElsewhere(request_id=request_id):
                return self.known(request_id)
            case InDoubt():
                return self._in_doubt(verdict)
            case Wait() | TryAgain():
                return self._again(verdict)

    def known(self, request_id: str | None = None, *, may_be_own: bool = False) -> Known:
        """Say what may become of a row under whose key Plunk has an event."""
        reason = KEY_IS_USED if may_be_own else NOT_FOUND_THERE
        in_doubt = self._outcome(RowState.IN_DOUBT, reason=reason, request_id=request_id)
        return Known(self._skipped(request_id), in_doubt, may_be_own)

    def delivered(self, stored: Delivered | Settled) -> Outcome:
        """Make the outcome of a row whose ids the reply, or reading back, gave."""
        if not self._was_sent:
            return self._skipped()
        return self._outcome(
            RowState.DELIVERED,
            event_id=stored.event_id,
            contact_id=stored.contact_id,
            timestamp=stored.timestamp,
        )

    def not_stored(self) -> Outcome:
        """Make the outcome of a row that is known not to be stored; from here on it goes again."""
        self.is_claimed = self.maybe_stored = False
        self._left = None
        self._failures += 1
        self._burned_keys = max(self._burned_keys, int(self._is_key_held))
        return self._outcome(RowState.PENDING)

    def unsettled(self, reason: str | None, found: Settled) -> Outcome:
        """Make the outcome of a row that reading back did not settle, with both reasons."""
        return self._outcome(RowState.IN_DOUBT, reason=unsettled_reason(reason, found.reason))

    def given_back(self) -> Outcome:
        """Make the outcome of a claimed row without an answer: what is surely unsent goes later."""
        if self.maybe_stored:
            reason = STOPPED_IN_DOUBT if self._was_sent else OTHERS_IN_FLIGHT
            return self._outcome(RowState.IN_DOUBT, reason=reason)
        return self._outcome(RowState.PENDING)

    def _rejected(self, verdict: Rejected) -> Outcome:
        return self._outcome(
            RowState.REJECTED,
            code=verdict.code,
            field=verdict.field,
            message=verdict.message,
            request_id=verdict.request_id,
        )

    def _skipped(self, request_id: str | None = None) -> Outcome:
        return self._outcome(RowState.SKIPPED, reason=OF_ANOTHER_IMPORT, request_id=request_id)

    def _again(self, verdict: Wait | TryAgain) -> Step:
        if verdict.counts_as_attempt:
            self.maybe_stored = True
            if self._attempts >= self._settings.attempts:
                return self._given_up(verdict)
        seconds = verdict.seconds if isinstance(verdict, Wait) else self._backoff_seconds()
        alone = isinstance(verdict, Wait) and not verdict.everyone
        if self.maybe_stored:
            return Again(seconds, alone=alone)
        # It surely is not stored: a run killed while it waits must not find it in doubt.
        self.is_claimed = False
        return Again(seconds, self._outcome(RowState.PENDING), alone=alone)

    def _given_up(self, verdict: Wait | TryAgain) -> Step:
        if isinstance(verdict, Wait):
            # A server that died at work on the first request never lets go of its key.
            self._burned_keys += 1
        given_up = give_up(verdict)
        if isinstance(given_up, StopRun):
            return StopRequest(ExitCode.STOPPED, given_up.message)
        return self._in_doubt(given_up)

    def _in_doubt(self, verdict: InDoubt) -> Step:
        """Hold a row that may be stored, or send it again where at-least-once was asked for."""
        self.maybe_stored = True
        if self._settings.in_doubt == "resend" and self._attempts < self._settings.attempts:
            return Again(self._backoff_seconds())
        return Doubted(
            self._outcome(RowState.IN_DOUBT, reason=verdict.reason, request_id=verdict.request_id)
        )

    def _backoff_seconds(self) -> float:
        seconds = min(FIRST_BACKOFF_SECONDS * 2.0**self._failures, LONGEST_BACKOFF_SECONDS)
        self._failures += 1
        return seconds

    def _outcome(self, state: RowState, **details: str | None) -> Outcome:
        return Outcome(
            self.event.ordinal,
            state,
            self._attempts,
            sent_at=self._sent_at or None,
            **details,
        )


def _burns_key(reply: Reply) -> bool:
    """Whether the server keeps the key for a request that failed: no event will be under it."""
    return isinstance(reply, Answer) and reply.reused and (reply.original_status or 0) >= 500
