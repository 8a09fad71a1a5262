"""What a run's file held, and how that compares with the last run of the same mapping."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from plunk_import.plan.gates import Consequence
from plunk_import.plan.model import FROZEN
from plunk_import.plan.plan import Plan

USUAL_MAX_DROP = 0.5
"""What stands out in a report is told by this share where a run was given none of its own."""
LEAST_JUMP = 0.01
"""A jump of rejects is at least this share of the rows: three bad rows after one are no jump."""
LEAST_EMPTIED_ROWS = 10
"""A column has become empty where so many of tonight's rows would have held a value before."""
LEAST_DRAINED_ROWS = 100
"""A column has become nearly empty where so many rows miss their value: fewer may be chance."""


class RunNumbers(BaseModel):
    """What the file of one whole run held, as a history keeps it for the next run.

    `rows` are those that `where` keeps. `rejects` go by code, those that Plunk itself refused under
    `refused`. `fill` is the share of rows, 0 to 1, that hold a value, by variable.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = 1
    began: datetime
    mapping_sha256: str
    rows: int
    rejected: int
    rejects: Mapping[str, int]
    refused: Mapping[str, int] = {}
    events: Mapping[str, int]
    other_events: int = 0
    fill: Mapping[str, float]

    @classmethod
    def of(
        cls, plan: Plan, began: datetime, mapping_sha256: str, refused: Mapping[str, int]
    ) -> "RunNumbers":
        """Sum up a run by its plan and by what Plunk refused, in rows by code."""
        return cls(
            began=began,
            mapping_sha256=mapping_sha256,
            rows=plan.rows - plan.filtered,
            rejected=plan.rejected,
            rejects={code: found.count for code, found in plan.rejects.items()},
            refused=refused,
            events=plan.events,
            other_events=plan.other_events,
            fill={field.name: field.fill for field in plan.fields},
        )


class Change(BaseModel):
    """A number of the last run beside the same number of this one."""

    model_config = FROZEN

    before: int | float
    now: int | float


class Comparison(BaseModel):
    """A run beside the last whole run of the same mapping in its history.

    `began` is when that one began, UTC. `rows` are those that `where` keeps, `fill` the share of
    rows that hold a value, 0 to 1, by variable. `stands_out` says in words what is far from the
    last run.
    """

    model_config = FROZEN

    began: datetime
    is_same_mapping: bool
    rows: Change
    rejected: Change
    events: Mapping[str, Change]
    rejects: Mapping[str, Change]
    fill: Mapping[str, Change]
    stands_out: tuple[str, ...] = ()


def compare_runs(
    before: RunNumbers, now: RunNumbers, plan: Plan, max_drop: float | None
) -> Comparison:
    """Lay two runs side by side.

    Args:
        before: The last run.
        now: This run, as far as it has come.
        plan: This run's plan.
        max_drop: The share beyond which something stands out; the usual one where None.

    """
    found = unlike(before, plan, USUAL_MAX_DROP if max_drop is None else max_drop)
    common = now.fill.keys() & before.fill.keys()
    return Comparison(
        began=before.began,
        is_same_mapping=before.mapping_sha256 == now.mapping_sha256,
        rows=Change(before=before.rows, now=now.rows),
        rejected=Change(
            before=before.rejected + sum(before.refused.values()),
            now=now.rejected + sum(now.refused.values()),
        ),
        events=_changes(before.events, now.events),
        rejects=_changes(_added(before.rejects, before.refused), _added(now.rejects, now.refused)),
        fill={
            name: Change(before=before.fill[name], now=fill)
            for name, fill in now.fill.items()
            if name in common
        },
        stands_out=tuple(one.message for one in found),
    )


def unlike(before: RunNumbers, plan: Plan, max_drop: float) -> tuple[Consequence, ...]:
    """Find where a plan is far from the last run.

    Args:
        before: The last run.
        plan: What this run would do.
        max_drop: The share, 0 to 1, by which rows and filled columns may drop. Rejects may grow
            by the same measure: with 0.5 their share may double.

    Returns:
        Each finding with its numbers; none where the file has no rows at all, which is another
        question and has its own answer.

    """
    if not plan.rows:
        return ()
    found = (
        *_fewer_rows(before, plan, max_drop),
        *_more_rejects(before, plan, max_drop),
        *_new_events(before, plan),
        *_emptied_columns(before, plan, max_drop),
    )
    return tuple(Consequence(identity, message) for identity, message in found)


def _fewer_rows(before: RunNumbers, plan: Plan, max_drop: float) -> Iterator[tuple[str, str]]:
    rows = plan.rows - plan.filtered
    if rows < before.rows * (1 - max_drop):
        less = f"{1 - rows / before.rows:.0%} fewer than the {before.rows:,} of the last run"
        yield "fewer rows", f"{_rows(rows)}, {less}"


def _more_rejects(before: RunNumbers, plan: Plan, max_drop: float) -> Iterator[tuple[str, str]]:
    rows = plan.rows - plan.filtered
    share = plan.rejected / rows if rows else 0.0
    usual = before.rejected / before.rows
    if share - usual >= LEAST_JUMP and share * (1 - max_drop) > usual:
        was = f"{before.rejected:,} ({usual:.1%}) in the last run"
        yield "more rejects", f"{_rows(plan.rejected)} ({share:.1%}) rejected, {was}"


def _new_events(before: RunNumbers, plan: Plan) -> Iterator[tuple[str, str]]:
    """Find names that the last run had not; where it had more than are kept, nobody knows."""
    if before.other_events:
        return
    for name, count in plan.events.items():
        if name not in before.events:
            yield f"new event {name}", f"a new event name, {name!r}, in {_rows(count)}"


def _emptied_columns(before: RunNumbers, plan: Plan, max_drop: float) -> Iterator[tuple[str, str]]:
    for field in plan.fields:
        fill = before.fill.get(field.name, 0.0)
        expected = fill * field.rows
        missing = expected - field.filled
        is_empty = not field.filled and expected >= LEAST_EMPTIED_ROWS
        is_drained = missing >= LEAST_DRAINED_ROWS and missing > max_drop * expected
        if is_empty or is_drained:
            columns = plan.origins[f"data.{field.name}"]
            column = f" (column {columns[0]!r})" if len(columns) == 1 else ""
            now = "empty" if is_empty else f"filled in {field.fill:.1%} of the rows"
            yield (
                f"emptied {field.name}",
                f"data.{field.name}{column} is {now}; in the last run it was filled in {fill:.1%}",
            )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _added(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {code: first.get(code, 0) + second.get(code, 0) for code in (*first, *second)}


def _changes(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, Change]:
    """Put what either has side by side, this run's order first."""
    names = dict.fromkeys((*now, *before))
    return {name: Change(before=before.get(name, 0), now=now.get(name, 0)) for name in names}
