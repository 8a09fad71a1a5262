"""The figures that are kept: those of the last whole run, and how they changed over time."""

import dataclasses
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.table import Row, in_short, markdown, table

RESULTS = Path(__file__).with_name("results.json")
HISTORY = Path(__file__).with_name("history.jsonl")
SHORT = ("validate-csv", "validate-csv-memory", "run-cpu", "share", "resume-first")
"""What the README tells of."""

_SHOWN_RUNS = 5


def keep(head: str, rows: Sequence[Row]) -> None:
    """Keep rows in place of those of the same name, and their figures for good."""
    _, before = _kept()
    merged = {row.name: row for row in (*before, *rows)}
    told = {"head": head, "rows": [dataclasses.asdict(row) for row in merged.values()]}
    RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with HISTORY.open("a", encoding="utf-8") as history:
        history.write(json.dumps(_record(rows), ensure_ascii=False) + "\n")


def _record(rows: Sequence[Row]) -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "measured": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "commit": commit.stdout.strip(),
        "figures": {row.name: float(f"{row.figure:.4g}") for row in rows},
    }


def _kept() -> tuple[str, list[Row]]:
    if not RESULTS.exists():
        return "", []
    told = json.loads(RESULTS.read_text(encoding="utf-8"))
    return told["head"], [Row(**row) for row in told["rows"]]


def whole() -> str:
    """Return the table of what is kept, below what it was measured on."""
    head, rows = _kept()
    return f"{head}\n\n{markdown(rows)}"


def short() -> str:
    """Return the rows that the README tells of."""
    return in_short(_kept()[1], SHORT)


def over_time() -> str:
    """Return the figures of the last runs, a column each; those of one day and commit are one."""
    records = list(_records())[-_SHOWN_RUNS:]
    names = list(dict.fromkeys(name for figures in dict(records).values() for name in figures))
    head = ["figure", *(title for title, _ in records)]
    return table(
        head, ([name, *(_shown(figures, name) for _, figures in records)] for name in names)
    )


def _records() -> Iterator[tuple[str, Mapping[str, float]]]:
    found: dict[str, dict[str, float]] = {}
    for line in HISTORY.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        title = f"{record['measured'][:10]} {record['commit']}"
        found.setdefault(title, {}).update(record["figures"])
    return iter(found.items())


def _shown(figures: Mapping[str, float], name: str) -> str:
    return f"{figures[name]:g}" if name in figures else ""
