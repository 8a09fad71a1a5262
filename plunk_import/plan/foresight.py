"""What a run would do, before its first row."""

import dataclasses

from plunk_import.plan.gates import GateQuestion
from plunk_import.plan.model import Estimate
from plunk_import.plan.plan import Plan
from plunk_import.plan.preflight.preflight import Preflight


@dataclasses.dataclass(frozen=True, slots=True)
class Foresight:
    """What a run would do, before its first row: the plan, the time, and the project's word."""

    plan: Plan
    estimate: Estimate
    preflight: Preflight
    server: str

    @property
    def gates(self) -> tuple[GateQuestion, ...]:
        """The questions that must be answered before anything is sent, the clear ones too."""
        return self.preflight.gates

    @property
    def workflows(self) -> tuple[str, ...]:
        """The enabled workflows that would run for contacts of the file, in words."""
        return tuple(map(str, self.preflight.workflows_that_fire or ()))
