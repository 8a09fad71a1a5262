"""What was agreed to before anything was sent, and how far it reaches."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel

from plunk_import.errors import RunDirectoryError
from plunk_import.plan import FROZEN, GateName, GateQuestion, GateState, Plan
from plunk_import.run.record import RunRecord

_MOST_TOLD = 5


class Agreed(BaseModel):
    """What was agreed to about one gate, for events of these names."""

    model_config = FROZEN

    state: GateState
    identities: frozenset[str]
    events: frozenset[str]

    def covers(self, gate: GateQuestion, events: frozenset[str]) -> bool:
        """Whether the gate asks for nothing beyond it.

        What is known to fire is told by its identity; what is not known may be anything that
        these events start.
        """
        is_within = gate.state == self.state and gate.identities <= self.identities
        return is_within and (gate.state == "fires" or events <= self.events)


class Agreement(BaseModel):
    """What was agreed to, by the name of each gate, as a journal and a history keep it."""

    model_config = FROZEN

    gates: Mapping[GateName, tuple[Agreed, ...]] = {}

    def covers(self, gate: GateQuestion, events: frozenset[str]) -> bool:
        """Whether this was agreed to already."""
        return any(agreed.covers(gate, events) for agreed in self.gates.get(gate.name, ()))

    def with_gates(self, gates: Iterable[GateQuestion], events: frozenset[str]) -> "Agreement":
        """Add what has been agreed to now."""
        return self.together_with(
            Agreement(
                gates={
                    gate.name: (
                        Agreed(state=gate.state, identities=gate.identities, events=events),
                    )
                    for gate in gates
                }
            )
        )

    def about(self, gate: GateName) -> "Agreement":
        """Keep what was agreed to about one gate."""
        return Agreement(gates={gate: self.gates.get(gate, ())})

    def together_with(self, other: "Agreement") -> "Agreement":
        """Join what was agreed to on two occasions."""
        names = {*self.gates, *other.gates}
        return Agreement(
            gates={
                name: _joined((*self.gates.get(name, ()), *other.gates.get(name, ())))
                for name in names
            }
        )


def _joined(agreed: Iterable[Agreed]) -> tuple[Agreed, ...]:
    """Join what was agreed to for the same state and events, so that it does not grow for ever."""
    found: dict[tuple[GateState, frozenset[str]], frozenset[str]] = {}
    for one in agreed:
        occasion = (one.state, one.events)
        found[occasion] = found.get(occasion, frozenset()) | one.identities
    return tuple(
        Agreed(state=state, identities=identities, events=events)
        for (state, events), identities in found.items()
    )


class AgreedImport(BaseModel):
    """What was agreed to for an import as a whole, before its shards begin.

    It holds for these rows, this mapping and this project alone.
    """

    model_config = FROZEN

    fingerprint: str
    mapping_sha256: str
    scope: str
    agreement: Agreement = Agreement()

    def differing(self, other: "AgreedImport | RunRecord") -> list[str]:
        """Name what another import does not have in common: "source", "mapping", "project"."""
        same = {
            "source": self.fingerprint == other.fingerprint,
            "mapping": self.mapping_sha256 == other.mapping_sha256,
            "project": self.scope == other.scope,
        }
        return [part for part, is_same in same.items() if not is_same]

    def require_same(self, record: RunRecord) -> None:
        """Refuse a run of anything else: a shard's machine may see other files, or have other keys.

        Raises:
            RunDirectoryError: With everything that differs.

        """
        names = {
            "source": f"the source ({_named(record)})",
            "mapping": "the mapping",
            "project": "the project (PLUNK_API_KEY or PLUNK_BASE_URL)",
        }
        differing = [names[part] for part in self.differing(record)]
        if differing:
            raise RunDirectoryError(
                f"On this machine {' and '.join(differing)} differs from what the import was begun "
                "with: nothing was sent. Give all machines the same files, at the same paths, and "
                "the same keys."
            )


def _named(record: RunRecord) -> str:
    return ", ".join(place.name for place in record.sources[:_MOST_TOLD])


def events_agreed_to(plan: Plan, fingerprint: str) -> frozenset[str]:
    """Name the events of a plan; those beyond the most frequent stand for this source alone."""
    others = [f"other events of {fingerprint}"] if plan.other_events else []
    return frozenset([*plan.events, *others])
