"""Warnings about the values of the sampled rows, by code."""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from plunk_import.plan.census.addresses import is_role, meant_domain
from plunk_import.plan.census.fields import Column, value_of
from plunk_import.plan.census.odd_texts import ODD_TEXTS, SHORTENED, is_null_word
from plunk_import.plan.census.sample import SampledRow
from plunk_import.plan.census.shapes import are_codes, json_type, names_a_code, shape_of
from plunk_import.plan.model import Example, Warnings
from plunk_import.plan.warnings import WarningCode

EXAMPLES = 5
WHOLE_FILE = 0
"""The row of an example that is about the file as a whole."""

_MOSTLY = 0.8
_FEW_TYPOS, _MANY_ROLES = 0.01, 0.10
_FEWEST_ROLES = 3
_LOST_DIGITS = re.compile(r"\s*(?:\+|-?0[0-9])")

Finding = tuple[int, Example]
"""How many rows have it, and one of them."""


def warnings_of_values(columns: Sequence[Column], scope: str) -> dict[WarningCode, Warnings]:
    """Look at each variable; `scope` says which rows these are."""
    looks: dict[WarningCode, Callable[[Column], Finding | None]] = {
        WarningCode.DATE_AS_TEXT: _date_as_text,
        WarningCode.NUMBER_AS_TEXT: _number_as_text,
        **{code: functools.partial(_odd_texts, code) for code in ODD_TEXTS},
        WarningCode.MIXED_TYPES: _mixed_types,
        WarningCode.ROUNDED_NUMBER: _rounded_number,
    }
    found = {code: [one for one in map(look, columns) if one] for code, look in looks.items()}
    return {code: _warning(code, findings, scope) for code, findings in found.items() if findings}


def warnings_of_numbers(
    rows: Sequence[SampledRow], names: Sequence[str], scope: str
) -> dict[WarningCode, Warnings]:
    """Look for lost digits in the cells of the variables `names`, which are sent as numbers."""
    looks = {
        WarningCode.CODE_AS_NUMBER: (_LOST_DIGITS, "loses digits"),
        WarningCode.SHORTENED_NUMBER: (SHORTENED, "has lost its last digits"),
    }
    found = {code: _cells_like(rows, names, *look) for code, look in looks.items()}
    return {code: _warning(code, findings, scope) for code, findings in found.items() if findings}


def _cells_like(
    rows: Iterable[SampledRow], names: Sequence[str], pattern: re.Pattern[str], said: str
) -> list[Finding]:
    counts: dict[str, Finding] = {}
    for row in rows:
        for name, cell in zip(names, row.cells, strict=True):
            if cell is not None and pattern.match(cell):
                count, example = counts.get(name, (0, None))
                counts[name] = (count + 1, example or _example(row, name, f"{cell!r} {said}"))
    return list(counts.values())


def warnings_of_addresses(rows: Iterable[SampledRow], scope: str) -> dict[WarningCode, Warnings]:
    """Look for many addresses of offices, and many misspelt domains."""
    first = {row.email: row for row in reversed(list(rows))}
    typos = [
        _example(row, "email", f"{row.email}: {meant}?")
        for row in first.values()
        if (meant := meant_domain(row.email))
    ]
    roles = [row for row in first.values() if is_role(row.email)]
    found: dict[WarningCode, Warnings] = {}
    if typos and len(typos) >= _FEW_TYPOS * len(first):
        found[WarningCode.TYPO_DOMAINS] = _listed(WarningCode.TYPO_DOMAINS, typos, scope)
    if len(roles) >= max(_FEWEST_ROLES, _MANY_ROLES * len(first)):
        said = [_example(row, "email", row.email) for row in roles]
        found[WarningCode.ROLE_ADDRESSES] = _listed(WarningCode.ROLE_ADDRESSES, said, scope)
    return found


def similar_events(names: dict[str, int]) -> dict[WarningCode, Warnings]:
    """Look for names that differ only by case or space; `names` with their rows."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault("".join(name.casefold().split()), []).append(name)
    alike = [group for group in groups.values() if len(group) > 1]
    if not alike:
        return {}
    rows = sum(names[name] for group in alike for name in group[1:])
    alike.sort(key=lambda group: -sum(names[name] for name in group[1:]))
    examples = tuple(
        Example(file="", row=WHOLE_FILE, field="event", message=_spellings(group, names))
        for group in alike[:EXAMPLES]
    )
    return {WarningCode.SIMILAR_EVENTS: WarningCode.SIMILAR_EVENTS.found(rows, examples)}


def out_of_order(
    rows: Iterable[SampledRow], clock: Column, scope: str
) -> dict[WarningCode, Warnings]:
    """Look for rows of one contact whose `clock` goes back; `rows` are in file order."""
    latest: dict[str, str] = {}
    late: list[Example] = []
    for row in rows:
        moment = value_of(row, clock.name, persistent=clock.persistent)
        if not isinstance(moment, str):
            continue
        before = latest.get(row.email, "")
        if moment < before:
            late.append(_example(row, clock.name, f"{moment} after {before}"))
        latest[row.email] = max(moment, before)
    return (
        {WarningCode.OUT_OF_ORDER: _listed(WarningCode.OUT_OF_ORDER, late, scope)} if late else {}
    )


def _date_as_text(column: Column) -> Finding | None:
    shapes = column.shapes
    odd = shapes["odd date"]
    if not odd or odd + shapes["date"] < _MOSTLY * len(column.values):
        return None
    return odd, _first_text(column, "odd date")


def _number_as_text(column: Column) -> Finding | None:
    numbers = column.shapes["number"]
    if not numbers or numbers < len(column.values) or not _is_quantity(column):
        return None
    return numbers, _first_text(column, "number")


def _mixed_types(column: Column) -> Finding | None:
    """Values of several JSON types, or texts that are nearly all numbers or Plunk's dates."""
    types = {name: count for name, count in column.types.items() if name != "null"}
    if len(types) > 1 and set(types) != {"string", "date"}:
        usual = max(types, key=lambda name: types[name])
        odd = _first(column, lambda value: json_type(value) not in (usual, "null"), usual)
        return sum(types.values()) - types[usual], odd
    shapes = column.shapes
    texts = sum(shapes.values())
    words = column.oddities[WarningCode.NULL_AS_TEXT]
    for shape in ("number", "date"):
        # Words for nothing have a warning of their own.
        rest = texts - words - shapes[shape]
        mostly = shapes[shape] >= _MOSTLY * texts
        if rest and mostly and (shape == "date" or _is_quantity(column)):
            return rest, _first(column, _is_not(shape), shape)
    return None


def _odd_texts(code: WarningCode, column: Column) -> Finding | None:
    count = column.oddities[code]
    if not count or (code is WarningCode.DATE_NEAR_EPOCH and column.is_of_birth):
        return None
    is_odd = ODD_TEXTS[code]
    return count, _first(column, lambda value: type(value) is str and is_odd(value), None)


def _is_not(shape: str) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, str) and shape_of(value) != shape and not is_null_word(value)
    )


def _rounded_number(column: Column) -> Finding | None:
    rounded = list(column.rounded())
    if not rounded:
        return None
    holder, number = rounded[0]
    kept = f"{number!r} would be kept as {number:.16g}"
    return len(rounded), _example(holder, column.name, kept)


def _is_quantity(column: Column) -> bool:
    return not names_a_code(column.name) and not are_codes(column.numbers)


def _first_text(column: Column, shape: str) -> Example:
    return _first(column, lambda value: type(value) is str and shape_of(value) == shape, None)


def _first(column: Column, wanted: Callable[[object], bool], usual: str | None) -> Example:
    holder, value = next(
        (holder, value)
        for holder, value in zip(column.holders, column.values, strict=True)
        if wanted(value)
    )
    said = f"{value!r}"[:100]
    return _example(holder, column.name, f"{said} among {usual}s" if usual else said)


def _spellings(group: Sequence[str], names: dict[str, int]) -> str:
    return ", ".join(f"{name!r} ({_rows(names[name])})" for name in group[:EXAMPLES])


def _example(row: SampledRow, field: str, message: str) -> Example:
    name = field if field == "email" else f"data.{field}"
    return Example(file=row.file, row=row.number, field=name, message=message, line=row.line)


def _warning(code: WarningCode, findings: Iterable[Finding], scope: str) -> Warnings:
    ranked = sorted(findings, key=lambda finding: -finding[0])
    examples = tuple(_with_count(finding) for finding in ranked[:EXAMPLES])
    return code.found(sum(count for count, _ in ranked), examples, scope=scope)


def _with_count(finding: Finding) -> Example:
    count, example = finding
    return example.model_copy(update={"message": f"{example.message} ({_rows(count)})"})


def _rows(count: int) -> str:
    return f"{count:,} row{'s' * (count != 1)}"


def _listed(code: WarningCode, examples: Sequence[Example], scope: str) -> Warnings:
    return code.found(len(examples), tuple(examples[:EXAMPLES]), scope=scope)


def each_of(found: Iterable[dict[WarningCode, Warnings]]) -> Iterator[tuple[WarningCode, Warnings]]:
    """Merge the warnings, in the order of the registry."""
    merged: dict[WarningCode, Warnings] = {}
    for part in found:
        for code, warning in part.items():
            merged[code] = merged[code].joined(warning) if code in merged else warning
    return ((code, merged[code]) for code in WarningCode if code in merged)
