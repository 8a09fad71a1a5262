"""The plan: what a run would do, as counted over the validated rows."""

from collections.abc import Mapping

from pydantic import BaseModel

from plunk_import.plan.model import FROZEN, Counted, FieldProfile, Rejects, Subscription, Warnings


class Plan(BaseModel):
    """What a run over the source would do.

    `rejects` counts a row once for each of its codes. `events` are the most frequent names, and
    `other_events` the rows of all others. Unless `contacts_exact`, `contacts` is an estimate and
    the counts of `busiest` are lower bounds. `origins` names the source's columns that each field
    is read from. `fields`, `subscription` and the warnings about values are of the `examined` rows:
    all that are valid, or a sample spread over them.
    """

    model_config = FROZEN

    rows: int
    filtered: int
    rejected: int
    rejects: Mapping[str, Rejects]
    events: Mapping[str, int]
    other_events: int = 0
    contacts: int
    contacts_exact: bool = True
    busiest: tuple[Counted, ...] = ()
    first_bodies: tuple[str, ...]
    origins: Mapping[str, tuple[str, ...]] = {}
    examined: int = 0
    subscription: Subscription | None = None
    fields: tuple[FieldProfile, ...] = ()
    warnings: Mapping[str, Warnings] = {}

    @property
    def valid(self) -> int:
        """Rows that would be sent."""
        return self.rows - self.filtered - self.rejected

    @property
    def sampled_from(self) -> int | None:
        """How many rows the `examined` ones were chosen from; None where they are all."""
        return self.valid if self.examined < self.valid else None
