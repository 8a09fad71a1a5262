"""`POST /v1/track` without its wire: what a request stores, and what it is answered."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto

from plunk_import.sandbox import rules
from plunk_import.sandbox.dispatching import Redispatcher
from plunk_import.sandbox.lock import WriteLock
from plunk_import.sandbox.rules import Answer, JsonValue, Refusal, iso_time, refuse, unexpected
from plunk_import.sandbox.settings import (
    DISABLED_PUBLIC_KEY,
    DISABLED_SECRET_KEY,
    PUBLIC_KEY,
    SECRET_KEY,
    Profile,
    SandboxSettings,
)
from plunk_import.sandbox.store import AlreadyThere, Contact, Store, StoredEvent
from plunk_import.sandbox.track.keys import KeyClaim
from plunk_import.sandbox.track.limiter import TokenBucket
from plunk_import.sandbox.work import Work


class KeyKind(Enum):
    """The two keys of a project; each endpoint takes one of them."""

    PUBLIC = auto()
    SECRET = auto()


_KEYS = {KeyKind.PUBLIC: PUBLIC_KEY, KeyKind.SECRET: SECRET_KEY}
_DISABLED_KEYS = {KeyKind.PUBLIC: DISABLED_PUBLIC_KEY, KeyKind.SECRET: DISABLED_SECRET_KEY}
_WRONG_KEY = {
    KeyKind.PUBLIC: "Invalid public API key. "
    "Ensure you are using a public key (pk_*) for this endpoint.",
    KeyKind.SECRET: "Invalid secret API key. "
    "Ensure you are using a secret key (sk_*) for this endpoint.",
}


class Crash(Enum):
    """Where the server breaks down, when a fault asks for it."""

    BEFORE_STORING = auto()
    AFTER_STORING = auto()
    IN_DISPATCH = auto()
    """The event is stored, but workflows do not know of it yet."""


@dataclass(frozen=True, slots=True)
class Call:
    """What one request brings, its body parsed already."""

    number: int
    authorization: str | None
    idempotency_key: str | None
    body: JsonValue | rules.Absent


def authenticate(authorization: str | None, kind: KeyKind) -> None:
    """Check the header `Authorization` for a key of this kind.

    Raises:
        Refusal: When the header does not open this endpoint.
    """
    if not authorization:
        raise Refusal(401, "MISSING_AUTH", "Authorization header is required")
    scheme, _, key = authorization.partition(" ")
    if scheme != "Bearer" or not key or " " in key:
        raise Refusal(
            401,
            "MISSING_AUTH",
            "Authorization header must use Bearer token format: "
            '"Authorization: Bearer YOUR_API_KEY"',
        )
    if key == _DISABLED_KEYS[kind]:
        message = "This project has been disabled. Please contact support for assistance."
        raise Refusal(403, "PROJECT_DISABLED", message)
    if key != _KEYS[kind]:
        raise Refusal(401, "INVALID_API_KEY", _WRONG_KEY[kind])


class Tracker:
    """Authentication, pace, idempotency, contact, event: in the order in which the server goes."""

    def __init__(
        self,
        settings: SandboxSettings,
        store: Store,
        lock: WriteLock | None = None,
        work: Work | None = None,
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = store.clock
        self._lock = lock or WriteLock(store.clock)
        limiter = settings.limiter
        self._bucket = TokenBucket(limiter, store.clock.monotonic) if limiter else None
        self._work = work or Work()
        self._redispatcher = Redispatcher(store, self._work)

    async def answer(
        self, call: Call, crash: Crash | None = None, *, retry_seconds: float = 0.0
    ) -> Answer:
        """Answer a request; a refusal is an answer too.

        A key that the request has claimed stays in flight until `settle` is called.

        Args:
            call: The request.
            crash: Where the server breaks down, if anywhere.
            retry_seconds: After a crash in dispatch, how long until the server tries it again.
        """
        headers: dict[str, str] = {}
        try:
            authenticate(call.authorization, KeyKind.PUBLIC)
            headers = self._spend_token()
            key = self._claim(call)
        except Refusal as refusal:
            return refuse(refusal, self._clock.iso_now(), headers)
        try:
            contact_id, event = await self._track(call, crash, retry_seconds)
        except Refusal as refusal:
            answer = refuse(refusal, self._clock.iso_now(), headers)
        else:
            data = {"contact": contact_id, "event": event.id, "timestamp": event.created_at}
            answer = Answer(200, {"success": True, "data": data}, headers, stored=True)
        return replace(answer, claim=key)

    def _spend_token(self) -> dict[str, str]:
        if self._bucket is None or self._settings.limiter is None:
            return {}
        grant = self._bucket.take()
        if grant.allowed:
            return grant.headers
        limit = self._settings.limiter
        raise Refusal(
            429,
            "RATE_LIMIT_EXCEEDED",
            f"Rate limit exceeded for this endpoint ({limit.per_second:g}/second sustained, "
            f"{limit.burst} burst). Retry in {grant.retry_after_seconds}s.",
            headers=grant.headers,
        )

    def _claim(self, call: Call) -> str | None:
        """Claim the request's idempotency key, if it brings one and this build looks at it."""
        key = call.idempotency_key
        if key is None or self._settings.profile is Profile.SPRING:
            return None
        if not rules.is_idempotency_key(key):
            message = "Idempotency-Key must be 1-255 printable ASCII characters"
            raise Refusal(400, "BAD_REQUEST", message)
        standing = self._store.keys.claim(key, lifetime_seconds=self._settings.key_lifetime_seconds)
        if standing is not None:
            raise _reused(standing)
        return key

    def resume(self) -> None:
        """Resume what an earlier server has left undone. Needs a running event loop."""
        self._redispatcher.resume()

    def settle(self, answer: Answer) -> None:
        """Note that an answer has gone out: frees its key after a 4xx, else keeps it.

        Never called where the client went away before: then the key stays in flight until it
        expires, whether or not the event is stored.
        """
        if answer.claim is None:
            return
        if not self._settings.settle_seconds:
            self._settle_now(answer.claim, answer.status)
            return
        self._work.start(self._settle_later(answer.claim, answer.status))

    async def _settle_later(self, key: str, status: int) -> None:
        await self._clock.sleep(self._settings.settle_seconds)
        self._settle_now(key, status)

    def _settle_now(self, key: str, status: int) -> None:
        if 400 <= status < 500:
            self._store.keys.free(key)
        else:
            self._store.keys.mark(key, status)

    async def _track(
        self, call: Call, crash: Crash | None, retry_seconds: float
    ) -> tuple[str, StoredEvent]:
        track = rules.validate(call.body)
        if self._settings.latency_seconds:
            await self._clock.sleep(self._settings.latency_seconds)
        if crash is Crash.BEFORE_STORING:
            raise unexpected()
        contact_id = await self._upsert(track, call.number)
        data = rules.event_data(track.data)
        if not rules.is_storable_name(track.event) or not rules.is_storable(data):
            raise unexpected()
        await self._lock.wait()
        event = self._store.add_event(
            contact_id,
            track.event,
            data,
            request=call.number,
            idempotency_key=call.idempotency_key,
            dispatch_after_seconds=retry_seconds if crash is Crash.IN_DISPATCH else None,
        )
        if crash is Crash.IN_DISPATCH:
            self._redispatcher.schedule(event.id, retry_seconds)
        if crash is not None:
            raise unexpected(stored=True)
        return contact_id, event

    async def _upsert(self, track: rules.Track, request: int) -> str:
        """Read the contact, then write it, without a lock between: the real server's race."""
        email = track.email
        if self._settings.profile is not Profile.SPRING:
            email = email.strip().lower()
        known = self._store.find_contact(email)
        merged = rules.merge_data(known.data if known else None, track.data) or None
        verb = "update" if known else "create"
        storable = rules.is_storable(merged)
        # A sleep of no time still lets other requests in.
        await self._clock.sleep(self._settings.race_seconds)
        if not storable:
            raise _failed(verb, "the database does not take this JSON")
        if known is None:
            return self._create(email, merged, track)
        await self._update(known, merged, track, request)
        return known.id

    def _create(self, email: str, data: dict[str, JsonValue] | None, track: rules.Track) -> str:
        try:
            return self._store.create_contact(email, data, subscribed=track.subscribed is not False)
        except AlreadyThere as error:
            winner = self._store.find_contact(email)
            if self._settings.profile is Profile.NEWEST and winner is not None:
                # Read from source: the loser goes on with the winner's contact as it is.
                return winner.id
            reason = "Unique constraint failed on the fields: (`projectId`,`email`)"
            raise _failed("create", reason) from error

    async def _update(
        self,
        known: Contact,
        data: dict[str, JsonValue] | None,
        track: rules.Track,
        request: int,
    ) -> None:
        self._store.update_contact(known.id, data, subscribed=track.subscribed)
        if track.subscribed is not None and track.subscribed is not known.subscribed:
            name = "contact.subscribed" if track.subscribed else "contact.unsubscribed"
            await self._lock.wait()
            self._store.add_event(known.id, name, request=request)


def _failed(verb: str, reason: str) -> Refusal:
    return Refusal(500, "INTERNAL_SERVER_ERROR", f"Failed to {verb} contact: {reason}")


def _reused(claim: KeyClaim) -> Refusal:
    return Refusal(
        409,
        "IDEMPOTENCY_KEY_REUSED",
        f'Idempotency-Key "{claim.key}" has already been used',
        details={
            "key": claim.key,
            "originalRequestAt": iso_time(datetime.fromtimestamp(claim.claimed_at, UTC)),
            "originalStatusCode": claim.status,
        },
    )
