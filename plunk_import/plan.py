"""Takes the source's batches, judged; gives the plan: what a run would do."""

from collections import Counter
from collections.abc import Mapping

import polars as pl
from pydantic import BaseModel

from plunk_import.job import Judged
from plunk_import.rejects import REGISTRY
from plunk_import.report import FROZEN, Example, Rejects

EXAMPLES_A_CODE = 2


class Plan(BaseModel):
    """What a run over the source would do. `rejects` counts a row once for each of its codes."""

    model_config = FROZEN

    rows: int
    filtered: int
    rejected: int
    rejects: Mapping[str, Rejects]
    events: Mapping[str, int]
    contacts: int
    first_bodies: tuple[str, ...]

    @property
    def valid(self) -> int:
        """Rows that would be sent."""
        return self.rows - self.filtered - self.rejected


class Census:
    """Counts what passes by, a batch at a time."""

    def __init__(self, *, show: int) -> None:
        self._show = show
        self._rows = self._filtered = self._rejected = 0
        self._codes: Counter[str] = Counter()
        self._examples: dict[str, list[Example]] = {}
        self._events: Counter[str] = Counter()
        self._contacts = pl.Series("email", [], dtype=pl.UInt64)
        self._bodies: list[str] = []

    def add(self, judged: Judged) -> None:
        """Count one batch."""
        events = judged.events
        self._rows += judged.rows
        self._filtered += judged.filtered
        self._rejected += len(judged.rejects)
        self._count_codes(judged.batch.file, judged.rejects)
        self._events.update(dict(events["event"].value_counts().iter_rows()))
        seen = pl.concat([self._contacts, events["email"].hash().alias("email")])
        self._contacts = seen.unique()
        if len(self._bodies) < self._show:
            self._bodies += events["body"].head(self._show - len(self._bodies)).to_list()

    def _count_codes(self, file: str, rejects: pl.DataFrame) -> None:
        for row, codes, fields, messages in rejects.select(
            "_row", "_code", "_field", "_message"
        ).iter_rows():
            for code in codes.split("; "):
                self._codes[code] += 1
                examples = self._examples.setdefault(code, [])
                if len(examples) < EXAMPLES_A_CODE:
                    examples.append(Example(file=file, row=row, field=fields, message=messages))

    def plan(self) -> Plan:
        """Give the plan over everything counted so far."""
        return Plan(
            rows=self._rows,
            filtered=self._filtered,
            rejected=self._rejected,
            rejects={
                code: explained(code, count, tuple(self._examples[code]))
                for code, count in self._codes.most_common()
            },
            events=dict(self._events.most_common()),
            contacts=len(self._contacts),
            first_bodies=tuple(self._bodies),
        )


def explained(code: str, count: int, examples: tuple[Example, ...] = ()) -> Rejects:
    """Give the rejects of one code, with its meaning: ours from the registry, else Plunk's."""
    ours = REGISTRY.get(code)
    return Rejects(
        count=count,
        meaning=ours.meaning if ours else "Plunk refused the event.",
        remedy=ours.remedy if ours else "See the message: it is Plunk's own.",
        examples=examples,
    )
