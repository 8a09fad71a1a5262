"""What a run would do, before its first row."""

import dataclasses

from plunk_import.plan.gates import GateName, GateQuestion
from plunk_import.plan.model import Estimate
from plunk_import.plan.plan import Plan
from plunk_import.plan.preflight.preflight import Preflight


@dataclasses.dataclass(frozen=True, slots=True)
class Foresight:
    """What a run would do, before its first row: the plan, the time, and the project's word.

    `drop` asks about a file that is far from the last run's; None where nobody wants to know.
    """

    plan: Plan
    estimate: Estimate
    preflight: Preflight
    server: str
    drop: GateQuestion | None = None

    @property
    def gates(self) -> tuple[GateQuestion, ...]:
        """The questions that must be answered before anything is sent, the clear ones too."""
        return (*([self.drop] if self.drop else []), *self.preflight.gates)

    def gate(self, name: GateName) -> GateQuestion:
        """Look a question up by its name."""
        return next(gate for gate in self.gates if gate.name == name)
