"""The figures that are kept: the last of each, and how they changed over time."""

import dataclasses
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.table import Row, in_short, markdown, table

SHORT = ("validate-csv", "validate-csv-memory", "run-cpu", "share", "resume-first")
"""What the README tells of."""

_SHOWN_RUNS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """Two files in a directory: the last rows, and a line of figures for each time."""

    place: Path = Path(__file__).parent

    def keep(self, head: str, rows: Sequence[Row]) -> None:
        """Keep rows in place of those of the same name, and their figures for good."""
        _, before = self._last()
        merged = {row.name: row for row in (*before, *rows)}
        told = {"head": head, "rows": [dataclasses.asdict(row) for row in merged.values()]}
        text = json.dumps(told, indent=1, ensure_ascii=False)
        self._results.write_text(f"{text}\n", encoding="utf-8")
        with self._history.open("a", encoding="utf-8") as history:
            history.write(json.dumps(_record(rows), ensure_ascii=False) + "\n")

    def whole(self) -> str:
        """Return the table of what is kept, below what it was measured on."""
        head, rows = self._last()
        return f"{head}\n\n{markdown(rows)}"

    def short(self) -> str:
        """Return the rows that the README tells of."""
        return in_short(self._last()[1], SHORT)

    def over_time(self) -> str:
        """Return the figures of the last times, a column for each day and commit."""
        records = list(self._records())[-_SHOWN_RUNS:]
        names = dict.fromkeys(name for _, figures in records for name in figures)
        lines = ([name, *(_shown(figures, name) for _, figures in records)] for name in names)
        return table(["figure", *(title for title, _ in records)], lines)

    @property
    def _results(self) -> Path:
        return self.place / "results.json"

    @property
    def _history(self) -> Path:
        return self.place / "history.jsonl"

    def _last(self) -> tuple[str, list[Row]]:
        if not self._results.exists():
            return "", []
        told = json.loads(self._results.read_text(encoding="utf-8"))
        return told["head"], [Row(**row) for row in told["rows"]]

    def _records(self) -> Iterator[tuple[str, Mapping[str, float]]]:
        found: dict[str, dict[str, float]] = {}
        for line in self._history.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            title = f"{record['measured'][:10]} {record['commit']}"
            found.setdefault(title, {}).update(record["figures"])
        return iter(found.items())


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


def _shown(figures: Mapping[str, float], name: str) -> str:
    return f"{figures[name]:g}" if name in figures else ""
