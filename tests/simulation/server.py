"""The server that is simulated: what a request for an event does to its store.

Written from the facts about Plunk's builds alone; it shares no code with the importer or its
sandbox. What tests ask about is plain data: contacts, their events, keys, workflow runs.
"""

import math
from typing import Any

from tests.simulation.bodies import described, invalid, merged, refusal
from tests.simulation.store import (
    LIVE,
    Build,
    Call,
    Change,
    Contact,
    Event,
    Fate,
    Key,
    Limits,
    Segment,
    Workflow,
    WorkflowRun,
)
from tests.simulation.world import World

PUBLIC_KEY = "pk_world"
SECRET_KEY = "sk_world"
ONE_MOMENT = 0.0005
"""In seconds: Plunk tells milliseconds."""


class Server:
    """One project of one Plunk."""

    def __init__(self, world: World, build: Build, limits: Limits) -> None:
        self.build = build
        self.contacts: dict[str, Contact] = {}
        self.events: list[Event] = []
        self.workflows: list[Workflow] = []
        self.segments: list[Segment] = []
        self.runs: list[WorkflowRun] = []
        self.changes: list[Change] = []
        self.clock_offset = 0.0
        self.set_back: list[float] = []
        """When its clock was turned back; true time."""
        self.is_up = True
        self.locked_until = self._locked_since = 0.0
        self.serves_in_order = True
        """Whether what waits for a lock is stored in the order in which it came."""
        self.names: dict[str, None] = {}
        self.fields: dict[str, str] = {}
        self._world = world
        self.limits = limits
        self._keys: dict[str, Key] = {}
        self._tokens = float(limits.burst)
        self._tokens_as_of = 0.0
        self._generation = 0
        self._at_work: dict[Call, None] = {}
        self._versions: dict[str, tuple[int, str]] = {}

    def step_clock(self, seconds: float) -> None:
        """Turn its clock on, or back."""
        self.clock_offset += seconds
        if seconds < 0:
            self.set_back.append(self._world.now)

    def now(self) -> str:
        """Read the server's own clock."""
        moment = self._world.wall(self.clock_offset)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def lock(self, seconds: float) -> None:
        """Let writes of events stand still while reads work."""
        if self._world.now >= self.locked_until:
            self._locked_since = self._world.now
        self.locked_until = max(self.locked_until, self._world.now + seconds)
        self._world.tell("server", f"writes of events stand still for {seconds:,.0f} s")

    def unlock(self) -> None:
        """Let the last lock be over in a moment."""
        self.locked_until = min(self.locked_until, self._world.now)

    def restart(self, seconds: float) -> None:
        """Die at once, be back later; what waits in the database may outlive it."""
        self._world.tell("server", f"dies, back in {seconds:,.0f} s")
        self.is_up = False
        self._generation += 1
        for call in list(self._at_work):
            call.reset()
        self._at_work.clear()
        self._world.at(self._world.now + seconds, self._come_back)

    def _come_back(self) -> None:
        self.is_up = True
        self._world.tell("server", "is back")

    def receive(self, call: Call, fate: Fate) -> None:
        """Take a request for an event."""
        call.has_arrived, call.generation = True, self._generation
        headers: dict[str, str] = {}
        refusal = self._refused_at_the_door(call, headers)
        if refusal is not None:
            self._finish(call, *refusal, headers)
            return
        email = self._address(call.body["email"])
        call.knew = self.contacts.get(email)
        call.knew_data = dict(call.knew.data) if call.knew else {}
        call.knew_version = self._versions.get(email, (0, ""))[0]
        self._at_work[call] = None
        work = self._world.chance.uniform(0.005, 0.08) + fate.late_seconds
        call.write = lambda: self._write(call, fate, headers)
        self._world.at(self._world.now + work, call.write)

    def hurry(self, call: Call, within_seconds: float) -> None:
        """Do within so many seconds what this request asks for, if it is not done before."""
        if call.write is not None and not call.waits_in_database:
            self._world.at(self._world.now + within_seconds, call.write)

    def _refused_at_the_door(
        self, call: Call, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any]] | None:
        if call.token != PUBLIC_KEY:
            return 401, refusal(401, "INVALID_API_KEY", "Invalid public API key")
        if not self._spend_token(headers):
            return 429, refusal(429, "RATE_LIMIT_EXCEEDED", "Rate limit exceeded")
        if call.key is not None and self.build.takes_keys:
            if len(call.key) > 255:
                return 400, refusal(400, "BAD_REQUEST", "Idempotency-Key must be 1-255 characters")
            if (standing := self._claim(call.key)) is not None:
                details = {"key": call.key, "originalStatusCode": standing.status}
                return 409, refusal(409, "IDEMPOTENCY_KEY_REUSED", "already used", details=details)
            call.owns_key = True
        return invalid(call.body)

    def _spend_token(self, headers: dict[str, str]) -> bool:
        rate, burst = self.limits.per_second, self.limits.burst
        if rate is None:
            return True
        gained = (self._world.now - self._tokens_as_of) * rate
        self._tokens = min(float(burst), self._tokens + gained)
        self._tokens_as_of = self._world.now
        allowed = self._tokens >= 1
        self._tokens -= allowed
        left = math.floor(self._tokens)
        headers["RateLimit-Limit"], headers["RateLimit-Remaining"] = str(burst), str(left)
        headers["RateLimit-Reset"] = str(math.ceil((burst - left) / rate))
        if not allowed:
            headers["Retry-After"] = str(max(1, math.ceil((1 - self._tokens) / rate)))
        return allowed

    def _claim(self, key: str) -> Key | None:
        standing = self._keys.get(key)
        if standing is not None and self._world.now < self._forgotten_at(standing):
            return standing
        self._keys[key] = Key(self._world.now)
        return None

    def _forgotten_at(self, key: Key) -> float:
        """Say when a key goes: at the sweep after its lifetime, or at once where none sweeps."""
        end = key.claimed + self.limits.key_lifetime
        sweep = self.limits.sweep
        return math.ceil(end / sweep) * sweep if sweep else end

    def _write(self, call: Call, fate: Fate, headers: dict[str, str]) -> None:
        if call.is_over or (call.generation != self._generation and not call.waits_in_database):
            return
        if fate.blip:
            self._finish(call, 500, refusal(500, "INTERNAL_SERVER_ERROR", "database"), headers)
            return
        if call.upserted is None and not self._upsert(call):
            message = "Failed to create contact: Unique constraint failed"
            self._finish(call, 500, refusal(500, "INTERNAL_SERVER_ERROR", message), headers)
            return
        if self._world.now < self.locked_until and not self._is_ahead_of_lock(call):
            call.waits_in_database = True
            call.write = None
            turn = 0.0 if self.serves_in_order else self._world.chance.uniform(0.0, ONE_MOMENT)
            self._world.at(self.locked_until + turn, lambda: self._write(call, fate, headers))
            return
        self._store(call, fate, headers)

    def _is_ahead_of_lock(self, call: Call) -> bool:
        """Whether the lock came after the client of a request that is late had gone.

        The importer takes what it sent after that, and saw stored, for proof that writes flow.
        """
        return call.gone_at is not None and call.gone_at < self._locked_since

    def _store(self, call: Call, fate: Fate, headers: dict[str, str]) -> None:
        contact = call.upserted
        assert contact is not None
        data = call.body.get("data") or {}
        event = self._record(contact, call.body["event"], data, call.by, call.process)
        self._world.tell("server", f"stores {described(call.body)} for {call.by}, as {event.id}")
        if fate.dispatch_fails:
            self._world.at(self._world.now + 60, lambda: self._dispatch(event))
            message = "Failed to dispatch workflows"
            self._finish(call, 500, refusal(500, "INTERNAL_SERVER_ERROR", message), headers)
            return
        self._dispatch(event)
        told = {"contact": contact.id, "event": event.id, "timestamp": event.created_at}
        self._finish(call, 200, {"success": True, "data": told}, headers)

    def _upsert(self, call: Call) -> bool:
        """Write the contact from what was read at the door: the real server's race."""
        body, email = call.body, self._address(call.body["email"])
        there = self.contacts.get(email)
        version, writer = self._versions.get(email, (0, ""))
        if there is not None and version != call.knew_version:
            there.raced |= LIVE in (call.by, writer)
        if there is not None and call.knew is None:
            if self.build is not Build.NEWEST:
                return False
            call.upserted = there
            return True
        contact = there or self._create(email, call)
        contact.data = merged(call.knew_data, body.get("data") or {})
        for name, value in contact.data.items():
            self.fields.setdefault(name, "number" if isinstance(value, int | float) else "string")
        self._versions[email] = (version + 1, call.by)
        contact.writers.add(call.by)
        call.upserted = contact
        if there is not None:
            self._flip(contact, body.get("subscribed"), call)
        return True

    def _flip(self, contact: Contact, subscribed: bool | None, call: Call) -> None:
        if subscribed is None or subscribed is contact.subscribed:
            return
        contact.subscribed = subscribed
        name = "contact.subscribed" if subscribed else "contact.unsubscribed"
        event = self._record(contact, name, {}, call.by, call.process)
        self._dispatch(event)
        if subscribed:
            self.changes.append(Change(contact, call.by, call.process))

    def _create(self, email: str, call: Call) -> Contact:
        contact = self.add_contact(email, subscribed=call.body.get("subscribed") is not False)
        twins = [one for one in self.contacts.values() if one.email.lower() == email.lower()]
        if contact.subscribed and any(not one.subscribed for one in twins):
            self.changes.append(Change(contact, call.by, call.process, is_twin=True))
        return contact

    def add_contact(self, email: str, *, subscribed: bool) -> Contact:
        """Make a contact."""
        contact = Contact(f"c{self._world.number()}", email, {}, subscribed, self.now())
        self.contacts[email] = contact
        return contact

    def record_live(self, contact: Contact, name: str, data: dict[str, Any]) -> None:
        """Store an event of the project's own, as if nobody had sent it over the wire."""
        self._record(contact, name, data, LIVE, 0)

    def _record(
        self, contact: Contact, name: str, data: dict[str, Any], by: str, process: int
    ) -> Event:
        event = Event(
            f"e{self._world.number()}",
            name,
            data,
            contact,
            self.now(),
            self._world.now,
            by,
            process,
        )
        contact.events.append(event)
        self.events.append(event)
        self.names.setdefault(name)
        return event

    def _dispatch(self, event: Event) -> None:
        self._start_workflows(event)
        for segment in self.segments:
            if segment.event == event.name and event.contact.email not in segment.members:
                segment.members.add(event.contact.email)
                entry = self._record(event.contact, segment.entry, {}, event.by, event.process)
                self._start_workflows(entry)

    def _start_workflows(self, event: Event) -> None:
        for workflow in self.workflows:
            if not workflow.enabled or workflow.event != event.name:
                continue
            email = event.contact.email
            people = workflow.standing if workflow.waits else workflow.entered
            starts = (email in people) if workflow.waits else email not in people
            if not starts and not workflow.allow_reentry:
                continue
            if workflow.waits:
                if email not in people:
                    continue
                people.discard(email)
            else:
                people.add(email)
            self.runs.append(WorkflowRun(workflow, event))
            self._world.tell("server", f"workflow {workflow.id} runs for {email} ({event.id})")

    def _finish(
        self, call: Call, status: int, body: dict[str, Any], headers: dict[str, str]
    ) -> None:
        call.is_over = True
        self._at_work.pop(call, None)
        if call.generation != self._generation:
            return  # the process that would answer is gone: its key stays in flight
        if call.owns_key and call.key is not None:
            self._settle_key(call.key, status, gone=call.gone)
        headers["Date"] = self._world.wall(self.clock_offset).strftime("%a, %d %b %Y %H:%M:%S GMT")
        call.answer(status, body, headers)

    def _settle_key(self, key: str, status: int, *, gone: bool) -> None:
        if 400 <= status < 500:
            self._keys.pop(key, None)
        elif not gone and key in self._keys:
            self._keys[key].status = status

    def _address(self, email: str) -> str:
        return email if self.build is Build.SPRING else email.strip().lower()
