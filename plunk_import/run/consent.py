"""The gates of a run: what must be agreed to before anything is sent."""

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

from plunk_import.plan import Foresight

UNKNOWN_WORKFLOWS = (
    "Plunk's workflows could not be read, so nobody knows which of them these events will start. "
    "Set PLUNK_SECRET_KEY to have that checked before anything is sent."
)
NOT_CONFIRMED = "it was not confirmed: nothing was sent"


Ask: TypeAlias = Callable[[Foresight], bool]
"""Shows somebody what would happen and gives whether to go on."""


@dataclasses.dataclass(frozen=True, slots=True)
class Consent:
    """Who may say yes to a run: `ask` somebody, or nobody; then workflows need their own word."""

    allow_workflows: bool = False
    ask: Ask | None = None
    warn: Callable[[str], None] = lambda _: None
    """Told, before the first row, what could not be foreseen."""

    def refusal(self, foresight: Foresight) -> str | None:
        """Return the reason not to send, or None. Asking may block."""
        workflows = foresight.gate("workflows")
        if workflows.state in ("unread", "unknowable") and not self.allow_workflows:
            self.warn(UNKNOWN_WORKFLOWS)
        if self.ask is not None:
            return None if self.ask(foresight) else NOT_CONFIRMED
        if workflows.consequences and not self.allow_workflows:
            return (
                f"{'; '.join(one.message for one in workflows.consequences)}. "
                "Each would run for customers of this file, so "
                "nothing was sent: disable them in Plunk while you import, or go on with "
                "--allow-workflows"
            )
        return None
