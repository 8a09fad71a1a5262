"""Where the tasks of a command may run on a cluster."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Placement:
    """Where tasks may run, and how often one is tried again."""

    retries: int
    workers: Sequence[str] | None = None
    resources: Mapping[str, float] | None = None

    def options(self) -> dict[str, Any]:
        """Make the options of `Client.submit`. No task is taken for another one that is alike."""
        return {
            "pure": False,
            "retries": self.retries,
            "workers": self.workers,
            "resources": self.resources,
        }
