"""Which of the project's workflows the import would start or move on, and for whom."""

import dataclasses
import re
from collections.abc import Iterator, Mapping

from plunk_import.mapping import Mapping as MappingModel
from plunk_import.plan.gates import Consequence, GateQuestion, answered
from plunk_import.plan.model import Check
from plunk_import.plan.preflight.entrants import Entrants, OfEvent
from plunk_import.plan.preflight.listeners import Listener, Listening
from plunk_import.plan.preflight.questions import counted, listed, unanswered
from plunk_import.send import EventUsage, ReadFailedError

NAME = "workflows"
_SEGMENT = re.compile(r"segment\.(?P<slug>.*)\.(?P<change>entry|exit)", re.DOTALL)
_REMEDY = (
    "Disable them in Plunk while you import, map the rows to another event name, or go on with "
    "--allow-workflows."
)


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """What was learnt about the project's workflows; an error stands for what was not."""

    listening: Listening | ReadFailedError
    usage: Mapping[str, EventUsage] | ReadFailedError


def check_workflows(
    known: Known, entrants: Entrants, mapping: MappingModel
) -> tuple[Check, GateQuestion]:
    """Tell which workflows would start or go on, those that most contacts enter first."""
    if isinstance(known.listening, ReadFailedError):
        return _unread(known.listening, ())
    found = tuple(_consequences(known.listening, entrants, mapping, known.usage))
    if isinstance(known.usage, ReadFailedError):
        return _unread(known.usage, found)
    return _check(found), answered("workflows", found)


def _unread(error: ReadFailedError, found: tuple[Consequence, ...]) -> tuple[Check, GateQuestion]:
    check = unanswered(NAME, error)
    details = listed([one.message for one in found])
    if found:
        check = _check(found).model_copy(update={"message": f"{check.message} So far:"})
    return check.model_copy(update={"details": details}), GateQuestion(
        "workflows", "unread", str(error), found
    )


def _check(found: tuple[Consequence, ...]) -> Check:
    if not found:
        said = "No enabled workflow listens to an event of this file."
        return Check(name=NAME, state="ok", message=said)
    return Check(
        name=NAME,
        state="wrong",
        message=f"{counted(len(found), 'workflow')} would start or go on.",
        remedy=_REMEDY,
        details=listed([one.message for one in found]),
    )


def _consequences(
    listening: Listening,
    entrants: Entrants,
    mapping: MappingModel,
    usage: Mapping[str, EventUsage] | ReadFailedError,
) -> Iterator[Consequence]:
    used = {} if isinstance(usage, ReadFailedError) else usage
    met = {name: of for name, of in entrants.of_events.items() if of.rows}
    ranked = sorted(
        (one for one in listening.listeners if one.event in met),
        key=lambda one: -met[one.event].contacts,
    )
    yield from (_of_event(listener, met[listener.event]) for listener in ranked)
    flips = _flips(mapping)
    for listener in listening.listeners:
        if listener.event in flips:
            yield _made(listener, "for each contact whose subscription changes")
        elif segment := _SEGMENT.fullmatch(listener.event):
            yield _made(listener, _of_segment(segment, used))
    yield from _unexplained(listening, used)


def _of_event(listener: Listener, met: OfEvent) -> Consequence:
    about = "" if met.is_exact else "about "
    contacts = f"{about}{counted(met.contacts, 'contact')}"
    if listener.waits:
        return _made(listener, f"those of {contacts} who stand there go on to its next step")
    if listener.workflow.allow_reentry:
        often = f"again for every event: {counted(met.rows, 'time')}"
    else:
        often = "once each, unless they ran through it before"
    return _made(listener, f"{contacts}, {often}")


def _made(listener: Listener, what: str) -> Consequence:
    workflow, event = listener.workflow, listener.event
    listens = "waits for" if listener.waits else "on"
    identity = f"{workflow.id} {listens} {event}"
    return Consequence(identity, f"{workflow.name!r} {listens} {event!r}: {what}")


def _flips(mapping: MappingModel) -> frozenset[str]:
    """Name the events that changes of subscription record, as far as the mapping causes any."""
    subscribed = mapping.subscribed
    if subscribed is None:
        return frozenset()
    joins, leaves = "contact.subscribed", "contact.unsubscribed"
    if isinstance(subscribed.const, bool):
        return frozenset({joins if subscribed.const else leaves})
    return frozenset({joins, leaves})


def _of_segment(segment: re.Match[str], usage: Mapping[str, EventUsage]) -> str:
    """Say why contacts may join or leave; Plunk tells only which segments name an event."""
    verb = "join" if segment["change"] == "entry" else "leave"
    names = [
        name
        for name, used in usage.items()
        if any(_slug(one.name) == segment["slug"] for one in used.used_in_segments)
    ]
    if names:
        return f"contacts who {verb} that segment, whose condition names {names[0]!r}"
    return f"contacts who {verb} that segment as the import changes them; not counted"


def _unexplained(listening: Listening, usage: Mapping[str, EventUsage]) -> Iterator[Consequence]:
    """Find enabled workflows that use an event in a way that their steps do not show."""
    enabled = {workflow.id: workflow for workflow in listening.enabled}
    explained = {(one.workflow.id, one.event) for one in listening.listeners}
    for event, used in usage.items():
        for one in used.used_in_workflows:
            if one.id in enabled and (one.id, event) not in explained:
                message = f"{one.name!r} uses {event!r}: Plunk does not tell how"
                yield Consequence(f"{one.id} uses {event}", message)


def _slug(segment: str) -> str:
    """Write a segment's name as its events have it: `Big spenders!` becomes `big-spenders`."""
    kept = re.sub(r"[^a-z0-9_\s-]", "", segment.lower().strip())
    return re.sub(r"-+", "-", re.sub(r"\s+", "-", kept)).strip("-")
