"""What a live project says about a plan.

Everything is read: nothing is stored, nothing is sent.
"""

import dataclasses
import functools
from collections.abc import Awaitable, Iterator
from typing import TypeVar

from plunk_import.mapping import Mapping as MappingModel
from plunk_import.plan.gates import GateQuestion
from plunk_import.plan.model import Check
from plunk_import.plan.plan import Plan
from plunk_import.plan.preflight.audience import (
    NOTHING_DONE,
    OwnDoing,
    check_audience,
    may_resubscribe,
    unsubscribed_but_joining,
)
from plunk_import.plan.preflight.entrants import Entrants, find_entrants
from plunk_import.plan.preflight.listeners import find_listeners, find_usage
from plunk_import.plan.preflight.names import (
    check_event_names,
    check_field_names,
    check_field_types,
)
from plunk_import.plan.preflight.own_changes import SentRows, find_own_changes, words_of
from plunk_import.plan.preflight.questions import Bounds, without_secret_key
from plunk_import.plan.preflight.server import OF_SERVER, ServerWord, ask_server
from plunk_import.plan.preflight.stored_contacts import StoredContacts, find_stored
from plunk_import.plan.preflight.workflows import Known, check_workflows
from plunk_import.runtime import Clock, in_thread
from plunk_import.send import PlunkClient, ReadFailedError
from plunk_import.validate import Job

__all__ = ["Bounds", "Preflight", "ServerWord", "check", "unread"]

_NEED_SECRET_KEY = (
    "workflows",
    "subscriptions",
    "field types",
    "field names",
    "event names",
)
_WITHOUT_KEY = (
    "Only the secret key may read that: set PLUNK_SECRET_KEY to have it checked before anything is "
    "sent."
)
_Answer = TypeVar("_Answer")


@dataclasses.dataclass(frozen=True, slots=True)
class Preflight:
    """What a live project says about a plan.

    Attributes:
        checks: One line for each question that was asked, or could not be.
        server: What could be learnt without reading the project.
        gates: What must be answered with yes before anything is sent, unless it is clear.

    """

    checks: tuple[Check, ...]
    server: ServerWord
    gates: tuple[GateQuestion, ...]

    @property
    def is_well(self) -> bool:
        """Whether no check found anything wrong."""
        return all(check.state != "wrong" for check in self.checks)


async def check(
    client: PlunkClient,
    job: Job,
    plan: Plan,
    *,
    has_secret_key: bool,
    clock: Clock,
    bounds: Bounds | None = None,
    sent: SentRows | None = None,
) -> Preflight:
    """Ask a project about a plan; the rows are read once more to count who would be met.

    What the project does not answer is asked again, and at last a check that says so.

    Args:
        client: Reads the project.
        job: The one that the first pass returned.
        plan: The plan that the first pass returned.
        has_secret_key: Whether the client may read more than the server's word on itself.
        clock: Measures the pauses between tries.
        bounds: How much is read at most.
        sent: The rows that were sent before; None where the run begins.

    Raises:
        SourceError: The source cannot be read again.

    """
    server = await ask_server(client, has_secret_key=has_secret_key)
    if not server.is_reachable:
        return Preflight((*server.checks, *_unasked(server)), server, _not_asked())
    if not has_secret_key:
        return unread(server, job.loaded.mapping)
    question = _Question(client, job, plan, clock, bounds or Bounds(), sent)
    return await _read_project(question, server)


def _unasked(server: ServerWord) -> Iterator[Check]:
    """Report the checks that were not made because the server takes no events."""
    said = {check.name for check in server.checks}
    for name in (*OF_SERVER, *_NEED_SECRET_KEY):
        if name not in said:
            yield Check(name=name, state="unknown", message="Not checked, because of that.")


def _not_asked() -> tuple[GateQuestion, ...]:
    reason = "The server could not be asked."
    return (
        GateQuestion("workflows", "unread", reason),
        GateQuestion("resubscription", "unread", reason),
    )


def unread(server: ServerWord, mapping: MappingModel) -> Preflight:
    """Report what is known of a project without its secret key."""
    workflows = GateQuestion("workflows", "unknowable", _WITHOUT_KEY)
    audience = GateQuestion("resubscription", "clear")
    if may_resubscribe(mapping, takes_keys=bool(server.takes_keys)):
        audience = GateQuestion("resubscription", "unknowable", _WITHOUT_KEY)
    gates = (workflows, audience)
    return Preflight((*server.checks, *map(without_secret_key, _NEED_SECRET_KEY)), server, gates)


@dataclasses.dataclass(frozen=True, slots=True)
class _Question:
    """What a project is asked about, and how."""

    client: PlunkClient
    job: Job
    plan: Plan
    clock: Clock
    bounds: Bounds
    sent: SentRows | None


async def _read_project(question: _Question, server: ServerWord) -> Preflight:
    client, clock, plan = question.client, question.clock, question.plan
    known = await _ask_about_workflows(question)
    entrants = await _meet(question, known)
    addresses = entrants.states["email"].to_list()
    stored = await _or_error(find_stored(client, clock, addresses, question.bounds))
    mapping = question.job.loaded.mapping
    workflows, may_fire = check_workflows(known, entrants, mapping)
    audience, may_subscribe = check_audience(
        stored,
        entrants,
        mapping,
        takes_keys=bool(server.takes_keys),
        own=await _own_doing(question, stored, entrants),
    )
    checks = (
        *server.checks,
        workflows,
        audience,
        await check_field_types(client, clock, plan),
        await check_field_names(client, clock, plan),
        await check_event_names(client, clock, plan),
    )
    return Preflight(checks, server, (may_fire, may_subscribe))


async def _ask_about_workflows(question: _Question) -> Known:
    client, clock = question.client, question.clock
    listening = await _or_error(find_listeners(client, clock))
    if isinstance(listening, ReadFailedError) or not listening.enabled:
        return Known(listening, {})
    return Known(listening, await _or_error(find_usage(client, clock, question.plan.events)))


async def _meet(question: _Question, known: Known) -> Entrants:
    """Read the rows once more for those whom the project's workflows would meet."""
    listening = known.listening
    events = () if isinstance(listening, ReadFailedError) else listening.events
    find = functools.partial(
        find_entrants, events=events, most_contacts=question.bounds.contacts, sent=question.sent
    )
    return await in_thread(find, question.job)


async def _own_doing(
    question: _Question, stored: StoredContacts | ReadFailedError, entrants: Entrants
) -> OwnDoing:
    """Tell whom the run has unsubscribed itself; what is not answered counts as another's doing."""
    if question.sent is None or isinstance(stored, ReadFailedError):
        return NOTHING_DONE
    words = await words_of(question.sent, unsubscribed_but_joining(stored, entrants))
    found = await _or_error(
        find_own_changes(question.client, question.clock, words, question.sent, question.bounds)
    )
    return OwnDoing(words, frozenset() if isinstance(found, ReadFailedError) else found)


async def _or_error(answer: Awaitable[_Answer]) -> _Answer | ReadFailedError:
    try:
        return await answer
    except ReadFailedError as error:
        return error
