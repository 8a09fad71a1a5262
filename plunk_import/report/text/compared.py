"""A run beside the last one of its history, as lines for a terminal."""

from collections.abc import Iterator, Mapping

from plunk_import.plan import Change, Comparison
from plunk_import.report.text.display import exact, one_line

_MOST = 8
_NAME_COLUMNS = 40
_LEAST_SHARE = 0.01
"""A variable is listed where the share of its filled rows has moved by so much."""


def compared(found: Comparison) -> Iterator[str]:
    """Show the numbers that have moved, each as before → now, and what stands out."""
    yield _line("rows", found.rows)
    if found.rejected.before or found.rejected.now:
        yield _line("rejected", found.rejected)
    yield from _moved("", found.events)
    yield from _moved("reject ", found.rejects)
    for name, change in drifted(found.fill).items():
        share = f"{change.before:.0%} → {change.now:.0%} of the rows"
        yield f"  {one_line(exact(f'data.{name}'), _NAME_COLUMNS)}: {share}"
    if not found.is_same_mapping:
        yield "  the mapping has changed since"
    yield from (f"  ! {one_line(said, 200)}" for said in found.stands_out[:_MOST])
    hidden = len(found.stands_out[_MOST:])
    yield from [f"  … and {hidden:,} more: see report.json"] * bool(hidden)


def drifted(fill: Mapping[str, Change]) -> dict[str, Change]:
    """Pick the variables whose filled share has moved enough to be worth a line."""
    return {
        name: change
        for name, change in fill.items()
        if abs(change.now - change.before) >= _LEAST_SHARE
    }


def _moved(kind: str, changes: Mapping[str, Change]) -> Iterator[str]:
    moved = [(name, one) for name, one in changes.items() if one.before != one.now]
    moved.sort(key=lambda item: -abs(item[1].now - item[1].before))
    for name, change in moved[:_MOST]:
        yield _line(kind + one_line(exact(name), _NAME_COLUMNS), change)
    hidden = len(moved[_MOST:])
    yield from [f"  … and {hidden:,} more: see report.json"] * bool(hidden)


def _line(name: str, change: Change) -> str:
    moved = ""
    if change.before and change.before != change.now:
        moved = f"  ({change.now / change.before - 1:+.0%})"
    return f"  {name}: {change.before:,} → {change.now:,}{moved}"
