"""The gates of a run: what must be agreed to before anything is sent, and what was."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Self, TypeAlias

import anyio.to_thread

from plunk_import.errors import ConsentError
from plunk_import.plan import Foresight, GateName, GateQuestion
from plunk_import.run.deliver.agreement import AgreedImport, Agreement, events_agreed_to
from plunk_import.run.record import AGREED, Run
from plunk_import.runtime import Stop

Ask: TypeAlias = Callable[[Foresight, tuple[GateQuestion, ...]], bool]
"""Shows somebody what would happen, asks about each open gate, and returns whether to go on."""

_MOST_TOLD = 5
NOT_CONFIRMED = "it was not confirmed: nothing was sent"
_PARAMETERS: Mapping[GateName, str] = MappingProxyType(
    {
        "drop": "allow_drop",
        "workflows": "allow_workflows",
        "resubscription": "allow_resubscribe",
    }
)
_WHAT_FIRES: Mapping[GateName, str] = MappingProxyType(
    {
        "drop": "So far is the file from the last run's: look at it, and where it is right,",
        "workflows": "Disable them in Plunk while you import, or",
        "resubscription": "Leave `subscribed` out of the mapping, or empty in their rows, or",
    }
)
_WHAT_IS_UNKNOWN: Mapping[GateName, str] = MappingProxyType(
    {
        "drop": "Nobody knows how the file compares with that of the last run.",
        "workflows": "Nobody knows which workflows in Plunk these events would start.",
        "resubscription": "Nobody knows who of these people has unsubscribed and would be "
        "subscribed again.",
    }
)


@dataclasses.dataclass(frozen=True, slots=True)
class Consent:
    """What a run may set off in Plunk, and who may be asked.

    Attributes:
        allow_drop: The file may be as far from the last run's as it is, whatever
            `SendSettings.max_drop` says.
        allow_workflows: Workflows may run for people of the file, and nobody need know which.
        allow_resubscribe: People who unsubscribed may be subscribed again.
        ask: Asks a person about what is not allowed. Without it a run that would need an answer
            is refused.
        warn: Told, before the first row, what the user should know.
        agreed: What was agreed to for an import as a whole, of which the run is a shard.

    """

    allow_workflows: bool = False
    allow_resubscribe: bool = False
    ask: Ask | None = None
    warn: Callable[[str], None] = lambda _: None
    allow_drop: bool = False
    agreed: AgreedImport | None = None

    def allows(self, gate: GateQuestion) -> bool:
        """Whether this gate need not be asked about."""
        return bool(getattr(self, _PARAMETERS[gate.name]))

    def of_a_sandbox(self) -> Self:
        """Allow all, as nothing in a sandbox reaches anybody."""
        return dataclasses.replace(self, allow_workflows=True, allow_resubscribe=True, ask=None)


@dataclasses.dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing may be sent. `open_gates` are those that nobody agreed to."""

    open_gates: tuple[GateQuestion, ...] = ()

    def __str__(self) -> str:
        return self._told(lambda name: f"go on with --{name.replace('_', '-')}")

    @property
    def of_asking_again(self) -> str:
        """Why rows in doubt may not be sent again under their keys, for `resolve`."""
        told = self._gates_told(lambda name: f"`resume` with --{name.replace('_', '-')}")
        return (
            "what is left in doubt was not sent again under its key, since that stores what is not "
            f"stored yet. {'. '.join(told)}"
        )

    def error(self, report: object) -> ConsentError:
        """Make the error for programs, which names the parameter instead of the option."""
        text = self._told(lambda name: f"pass consent=Consent({name}=True)")
        return ConsentError(f"{text}.", report)

    def _told(self, remedy: Callable[[str], str]) -> str:
        if not self.open_gates:
            return NOT_CONFIRMED
        return f"nothing was sent. {'. '.join(self._gates_told(remedy))}"

    def _gates_told(self, remedy: Callable[[str], str]) -> list[str]:
        return [f"{_described(gate)} {remedy(_PARAMETERS[gate.name])}" for gate in self.open_gates]


def _described(gate: GateQuestion) -> str:
    if gate.state == "fires":
        messages = [one.message for one in gate.consequences]
        beyond = [f"and {len(messages) - _MOST_TOLD:,} more"] if len(messages) > _MOST_TOLD else []
        found = "; ".join([*messages[:_MOST_TOLD], *beyond])
        return f"{found}. {_WHAT_FIRES[gate.name]}"
    return f"{_WHAT_IS_UNKNOWN[gate.name]} {gate.reason} To send all the same,"


def open_gates(
    gates: Iterable[GateQuestion],
    events: frozenset[str],
    *,
    consent: Consent,
    agreement: Agreement,
) -> tuple[GateQuestion, ...]:
    """Find the gates that neither are clear, nor are allowed, nor were agreed to."""
    return tuple(
        gate
        for gate in gates
        if not gate.is_clear and not consent.allows(gate) and not agreement.covers(gate, events)
    )


async def pass_gates(
    run: Run, foresight: Foresight, *, consent: Consent, stop: Stop
) -> Refusal | None:
    """Have every gate agreed to, and remember what was agreed to; else say why not to send.

    A run is asked about once, and again as soon as sending would set off anything else. What was
    agreed to about workflows for a history's earlier run holds for its next one.
    """
    events = _events_of(run)
    agreement, is_confirmed = _agreement_of(run), AGREED in run.journal.meta()
    if consent.agreed is not None:
        agreement = agreement.together_with(consent.agreed.agreement)
    found = open_gates(foresight.gates, events, consent=consent, agreement=agreement)
    if (found or not is_confirmed) and (
        refusal := await refusal_of(foresight, found, consent=consent, stop=stop)
    ):
        return refusal
    closed = [gate for gate in foresight.gates if not gate.is_clear]
    _remember(run, agreement.with_gates(closed, events))
    return None


def refusal_to_ask_again(run: Run, foresight: Foresight) -> Refusal | None:
    """Say why rows in doubt may not be sent again where nobody is asked: it was not agreed to."""
    gates = [gate for gate in foresight.gates if gate.name != "drop"]
    agreement = _agreement_of(run)
    found = open_gates(gates, _events_of(run), consent=Consent(), agreement=agreement)
    return Refusal(found) if found else None


async def refusal_of(
    foresight: Foresight, gates: tuple[GateQuestion, ...], *, consent: Consent, stop: Stop
) -> Refusal | None:
    """Ask a person about open gates, who may take time and may rather stop the run.

    Returns:
        Why nothing may be sent; None where it may.

    Raises:
        StoppedError: A stop was requested meanwhile.

    """
    if consent.ask is None:
        return Refusal(gates) if gates else None
    is_agreed = False
    with stop.ends_waiting():
        is_agreed = await anyio.to_thread.run_sync(
            consent.ask, foresight, gates, abandon_on_cancel=True
        )
    stop.check()
    return None if is_agreed else Refusal()


def _events_of(run: Run) -> frozenset[str]:
    return events_agreed_to(run.record.plan, run.record.fingerprint)


def _agreement_of(run: Run) -> Agreement:
    agreement = Agreement.model_validate(run.journal.meta().get(AGREED) or {})
    if run.earlier_runs is None:
        return agreement
    before = Agreement.model_validate(run.earlier_runs.agreement() or {})
    return agreement.together_with(before.about("workflows"))


def _remember(run: Run, agreement: Agreement) -> None:
    kept = agreement.model_dump(mode="json")
    run.journal.note(AGREED, kept)
    if run.earlier_runs is not None:
        # Who was subscribed again with a yes may have unsubscribed since.
        run.earlier_runs.agree(agreement.about("workflows").model_dump(mode="json"))
