"""What a reply, or the lack of one, means for its row: the verdict. Pure.

The rules follow from two facts of Plunk's API: recording again makes a second event, and a server
that takes an `Idempotency-Key` refuses a second use of it (409 `IDEMPOTENCY_KEY_REUSED`) unless the
first was answered 4xx. So an ambiguous reply may be asked again only under a key, never without.
"""

from dataclasses import dataclass

from plunk_import.send.replies.reply import (
    RETRY_AFTER_DEFAULT_SECONDS,
    Answer,
    NotSent,
    Reply,
    Unanswered,
)

IN_FLIGHT_WAIT_SECONDS = 1.0
"""Between two questions after a request that the server is still working on."""

_STOPPING = frozenset({401, 402, 403, 407})
_AMBIGUOUS_4XX = frozenset({408, 425, 499})
# These speak of the request itself, so even a proxy's HTML page condemns only this row.
_ABOUT_THE_ROW = frozenset({400, 411, 413, 414, 415, 422, 431})


@dataclass(frozen=True, slots=True)
class Delivered:
    """Stored. Without an `event_id` the key is used, which another import may have done as well."""

    event_id: str | None
    contact_id: str | None
    timestamp: str | None


@dataclass(frozen=True, slots=True)
class KnownElsewhere:
    """Plunk has an event under this key, and this run never sent it: it is of another import."""

    request_id: str | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Will never succeed as it is. Record it with its code and go on with the contact's next row.

    Several field errors are joined with "; ". `code` is Plunk's own, or `http_NNN` where the
    reply named none.
    """

    code: str
    field: str | None
    message: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Ask again after a backoff, under the same key; when your bound is used up, `give_up`.

    Not `sent`: the bound is the patience with an outage, and it is no attempt. `sent`: the server
    takes keys, so asking again cannot double the event; the bound is a number of attempts.
    """

    reason: str
    sent: bool
    request_id: str | None = None

    @property
    def counts_as_attempt(self) -> bool:
        """Whether a request reached, or may have reached, the server."""
        return self.sent


@dataclass(frozen=True, slots=True)
class Wait:
    """Ask again after `seconds`, under the same key.

    For `everyone` (429) no request of the run may go before; it is no attempt. Otherwise only this
    row waits, for an earlier request with its key; bound it, then `give_up`.
    """

    seconds: float
    reason: str
    everyone: bool
    request_id: str | None = None

    @property
    def counts_as_attempt(self) -> bool:
        """Whether the server took the request up at all: a 429 is turned away at the door."""
        return not self.everyone


@dataclass(frozen=True, slots=True)
class InDoubt:
    """May or may not be stored. Record it, do not send it again; reading back can settle it."""

    reason: str
    request_id: str | None


@dataclass(frozen=True, slots=True)
class StopRun:
    """Nothing later can succeed. Start no request, leave this row pending, end with the message."""

    message: str


Verdict = Delivered | KnownElsewhere | Rejected | TryAgain | Wait | InDoubt | StopRun


OF_ANOTHER_IMPORT = "Plunk already has an event under this key, from another import"
OTHERS_IN_FLIGHT = "another import's request with this key is still in flight"
OTHERS_ANSWERED = "another import's request with this key was answered"
_OTHERS_CAME_FIRST = "another import's request with this key came first"
_ANSWERED_BEFORE = "the first request with this key was answered"
_IN_FLIGHT_BEFORE = "an earlier request with this key is still in flight"
_OF_OTHERS = (OTHERS_IN_FLIGHT, OTHERS_ANSWERED, _OTHERS_CAME_FIRST)
_HOLDING = (_ANSWERED_BEFORE, _IN_FLIGHT_BEFORE, *_OF_OTHERS)


def verdict_on(
    reply: Reply, *, takes_keys: bool, maybe_stored: bool = False, was_sent: bool = True
) -> Verdict:
    """Say what `reply` means for its row: total over every reply there can be.

    `takes_keys`: the server honours `Idempotency-Key` and the request carried one.
    `maybe_stored`: an earlier request for this row got an ambiguous reply. `was_sent`: an earlier
    request of this run may have made the server keep the row's key.
    """
    match reply:
        case NotSent(reason=reason):
            return TryAgain(reason, sent=False)
        case Unanswered(reason=reason):
            return _ambiguous(reason, None, takes_keys=takes_keys)
        case Answer(status=status) if 200 <= status < 300:
            return _success(reply, takes_keys=takes_keys)
        case Answer(status=status) if 300 <= status < 400:
            return StopRun(_redirected(status))
        case Answer(status=status) if 400 <= status < 500:
            if _may_hide_success(reply, maybe_stored=maybe_stored):
                reason = _described(reply)
                if status == 409 and takes_keys and not was_sent:
                    reason = f"{_OTHERS_CAME_FIRST} ({reason})"
                return _ambiguous(reason, reply.request_id, takes_keys=takes_keys)
            return _refusal(reply, was_sent=was_sent)
        case Answer():
            return _ambiguous(_described(reply), reply.request_id, takes_keys=takes_keys)


def give_up(verdict: TryAgain | Wait) -> InDoubt | StopRun:
    """Say what becomes of a row whose bound is used up.

    What may have reached the server is in doubt; what surely did not says that the server is
    away, which ends the run and leaves the row pending.
    """
    if verdict.counts_as_attempt:
        return InDoubt(f"{verdict.reason}; asked again, still not settled", verdict.request_id)
    return StopRun(
        f"Plunk stayed out of reach ({verdict.reason}). Nothing of the waiting rows was sent; "
        "resume the run when the server is back."
    )


def _success(answer: Answer, *, takes_keys: bool) -> Verdict:
    if answer.event_id is not None:
        return Delivered(answer.event_id, answer.contact_id, answer.timestamp)
    reason = f"HTTP {answer.status} without a readable event id"
    return _ambiguous(reason, answer.request_id, takes_keys=takes_keys)


def _may_hide_success(answer: Answer, *, maybe_stored: bool) -> bool:
    """Whether a 4xx leaves open that the event is stored.

    A 409 that lost its body may say so, and a proxy's refusal of a second request says nothing of
    the first.
    """
    if answer.status in _AMBIGUOUS_4XX:
        return True
    is_about_the_row = answer.status == 409 or (maybe_stored and answer.status in _ABOUT_THE_ROW)
    return is_about_the_row and not answer.readable


def _refusal(answer: Answer, *, was_sent: bool) -> Verdict:
    if answer.status == 429:
        seconds = answer.retry_after_seconds
        seconds = RETRY_AFTER_DEFAULT_SECONDS if seconds is None else seconds
        return Wait(seconds, _described(answer), everyone=True, request_id=answer.request_id)
    if answer.status in _STOPPING:
        return StopRun(_barred(answer))
    if answer.status == 409 and answer.reused:
        return _reused(answer, was_sent=was_sent)
    if _is_another_server(answer):
        return StopRun(_lost(answer.status))
    return _rejected(answer)


def _reused(answer: Answer, *, was_sent: bool) -> Verdict:
    original = answer.original_status
    if original is not None and 200 <= original < 300:
        if not was_sent:
            return KnownElsewhere(answer.request_id)
        return Delivered(event_id=None, contact_id=None, timestamp=None)
    if original is not None and original >= 500:
        reason = f"{_ANSWERED_BEFORE if was_sent else OTHERS_ANSWERED} {original}"
        return InDoubt(reason, answer.request_id)
    reason = "the key of an earlier request that was refused is not free yet"
    if original is None:
        reason = _IN_FLIGHT_BEFORE if was_sent else OTHERS_IN_FLIGHT
    return Wait(IN_FLIGHT_WAIT_SECONDS, reason, everyone=False, request_id=answer.request_id)


def holds_key(reason: str | None) -> bool:
    """Tell, from why a row was in doubt, whether its key is held by a request that failed.

    Asked under that key the server stores nothing, for as long as it knows the key.
    """
    return (reason or "").startswith(_HOLDING)


def is_of_another(reason: str | None) -> bool:
    """Tell, from why a row was in doubt, whether its key was used before this run asked under it.

    Whatever is under that key is then another import's.
    """
    return (reason or "").startswith((OF_ANOTHER_IMPORT, *_OF_OTHERS))


def _ambiguous(reason: str, request_id: str | None, *, takes_keys: bool) -> Verdict:
    if takes_keys:
        return TryAgain(reason, sent=True, request_id=request_id)
    return InDoubt(reason, request_id)


def _rejected(answer: Answer) -> Rejected:
    if not answer.errors:
        code = answer.code or f"http_{answer.status}"
        return Rejected(code, None, answer.message or _described(answer), answer.request_id)
    return Rejected(
        code="; ".join(dict.fromkeys(error.code for error in answer.errors)),
        field="; ".join(dict.fromkeys(e.field for e in answer.errors if e.field)) or None,
        message="; ".join(error.message for error in answer.errors),
        request_id=answer.request_id,
    )


def _is_another_server(answer: Answer) -> bool:
    if answer.status == 404 and answer.message == "Unknown route":
        return True
    return not answer.readable and answer.status not in _ABOUT_THE_ROW


def _described(answer: Answer) -> str:
    parts = [f"HTTP {answer.status}", answer.code or "", answer.message]
    return " ".join(part for part in parts if part)


def _barred(answer: Answer) -> str:
    told = _described(answer)
    match answer.status:
        case 401:
            return (
                f"Plunk does not accept the API key ({told}). POST /v1/track takes only the "
                "project's public key (pk_…): its documentation says that a secret key works too, "
                "but the server refuses it. Set PLUNK_API_KEY to the public key of a project on "
                "this server."
            )
        case 402:
            return (
                f"The project's plan allows no more ({told}). Raise its limit or plan in Plunk's "
                "billing settings, then resume the run."
            )
        case 403 if answer.readable:
            return (
                f"Plunk has barred this project ({told}). Have it enabled again in Plunk, "
                "or by its support, then resume the run."
            )
        case _:
            return (
                f"Something in front of Plunk refuses the request ({told}). Check "
                "PLUNK_BASE_URL, and any proxy or firewall on the way."
            )


def _redirected(status: int) -> str:
    return (
        f"PLUNK_BASE_URL answers with a redirect (HTTP {status}). Redirects are not followed, so "
        "that the key goes nowhere else: set PLUNK_BASE_URL to the address of the API itself, "
        "with https:// where the server wants it."
    )


def _lost(status: int) -> str:
    return (
        f"There is no Plunk API at PLUNK_BASE_URL (HTTP {status} for /v1/track). Set it to the "
        "API's root, such as https://next-api.useplunk.com, without /v1 and not the dashboard's "
        "address."
    )
