"""Fields and events that the project already has under another type or spelling."""

from collections.abc import Iterable, Iterator, Mapping

from plunk_import.plan.model import Check, FieldProfile
from plunk_import.plan.plan import Plan
from plunk_import.plan.preflight.questions import ask, listed, unanswered
from plunk_import.runtime import Clock
from plunk_import.send import ContactField, PlunkClient, ReadFailedError

_PREFIX = "data."
_TO_PLUNK = {"object": "string", "array": "string"}
_NO_TYPE = "null"


async def check_field_types(client: PlunkClient, clock: Clock, plan: Plan) -> Check:
    """Compare the types that the file would send with those the project has settled on."""
    name = "field types"
    try:
        known = _types(await ask(client.fields, clock))
    except ReadFailedError as error:
        return unanswered(name, error)
    found = [
        said
        for profile in _persistent(plan)
        if profile.name in known
        for said in _differences(profile, known[profile.name])
    ]
    if not found:
        said = "Every variable has the type that the project has for it, or is new."
        return Check(name=name, state="ok", message=said)
    return Check(
        name=name,
        state="wrong",
        message="Some variables would be sent with another type than the project has for them: "
        "segments would miss these values.",
        remedy="Declare the project's `type` in the mapping, or use another name.",
        details=listed(found),
    )


async def check_field_names(client: PlunkClient, clock: Clock, plan: Plan) -> Check:
    """Look for fields that the project has already under another spelling."""
    try:
        known = tuple(_types(await ask(client.fields, clock)))
    except ReadFailedError as error:
        return unanswered("field names", error)
    return _spelling("field names", (profile.name for profile in _persistent(plan)), known)


async def check_event_names(client: PlunkClient, clock: Clock, plan: Plan) -> Check:
    """Look for events that the project has already under another spelling."""
    try:
        known = await ask(client.event_names, clock)
    except ReadFailedError as error:
        return unanswered("event names", error)
    return _spelling("event names", plan.events, known)


def respelt(names: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """Map each name that is known only with other capitals, spaces or punctuation to that one."""
    settled = tuple(known)
    alike = {_bare(name): name for name in settled}
    return {
        name: alike[_bare(name)]
        for name in names
        if name not in settled and _bare(name) and _bare(name) in alike
    }


def _bare(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _spelling(name: str, ours: Iterable[str], known: Iterable[str]) -> Check:
    found = respelt(ours, known)
    if not found:
        return Check(name=name, state="ok", message="None is there already with another spelling.")
    return Check(
        name=name,
        state="wrong",
        message="Some are there already with another spelling: Plunk would keep both.",
        remedy="Use the project's spelling in the mapping.",
        details=listed(
            [f"{ours!r} here, {theirs!r} in the project" for ours, theirs in found.items()]
        ),
    )


def _types(fields: Iterable[ContactField]) -> Mapping[str, str]:
    return {
        field.field.removeprefix(_PREFIX): field.type
        for field in fields
        if field.field.startswith(_PREFIX)
    }


def _persistent(plan: Plan) -> Iterator[FieldProfile]:
    return (profile for profile in plan.fields if profile.persistent)


def _differences(profile: FieldProfile, settled: str) -> Iterator[str]:
    counts: dict[str, int] = {}
    for kind, count in profile.types.items():
        sent = _TO_PLUNK.get(kind, kind)
        counts[sent] = counts.get(sent, 0) + count
    for sent, count in counts.items():
        if sent not in (settled, _NO_TYPE):
            share = f"{count:,} of {profile.filled:,} values"
            yield f"{profile.name!r} is a {settled} there; {share} would be a {sent}"
