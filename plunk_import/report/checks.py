"""The project's answers, as they are shown: one that holds for several checks is told once."""

from collections.abc import Iterable

from plunk_import.plan import Check


def joined(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Join the checks that have the same answer, such as a refused key, under all their names."""
    alike: dict[tuple[object, ...], list[Check]] = {}
    for check in checks:
        answer = (check.state, check.message, check.remedy, check.details)
        alike.setdefault(answer, []).append(check)
    return tuple(
        first.model_copy(update={"name": ", ".join(one.name for one in (first, *others))})
        for first, *others in alike.values()
    )
