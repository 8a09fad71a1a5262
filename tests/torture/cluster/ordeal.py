"""One ordeal of a cluster, made from a seed: the rows, and which worker is killed when."""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.torture.ordeal import Row

WRONG_SHARE = 0.01
"""How many rows have no address, are left out, or repeat an id: each so many."""

MAPPING: Mapping[str, Any] = {
    "version": 1,
    "email": "email",
    "event": {"const": "order.placed"},
    "where": "keep <> 'no'",
    "id": ["order"],
    "data": {
        "last_row": {"column": "row", "type": "integer"},
        "row": {"column": "row", "type": "integer", "persistent": False},
    },
}


@dataclass(frozen=True, slots=True)
class WorkerKill:
    """SIGKILL for one of the workers, some seconds after a share of the rows has been sent."""

    sent_share: float
    delay_seconds: float
    draw: float
    """From 0 to 1: which one of those that live then."""


@dataclass(frozen=True, slots=True)
class ClusterOrdeal:
    """All that an import over a cluster goes through; the same for the same seed."""

    seed: int
    rows: tuple[Row, ...]
    kills: tuple[WorkerKill, ...]
    workers: int = 4
    max_in_flight: int = 10
    between_commits: int = 32
    """How many more rows a kill at full speed may leave open: claimed to leave within the next
    20 ms, or answered since the journal's last commit."""

    @property
    def valid(self) -> tuple[Row, ...]:
        """The rows that are to be sent, in their order."""
        return tuple(row for row in self.rows if row.is_valid)

    def write(self, place: Path) -> tuple[Path, Path]:
        """Write the file and its mapping; return both."""
        source, mapping = place / "rows.csv", place / "mapping.yaml"
        lines = (f"{row.number},{row.email},{row.order},{row.keep}\n" for row in self.rows)
        with source.open("w", encoding="utf-8") as stream:
            stream.write("row,email,order,keep\n")
            stream.writelines(lines)
        mapping.write_text(json.dumps(MAPPING), encoding="utf-8")  # JSON is YAML.
        return source, mapping


def cluster_ordeal(
    seed: int, *, rows: int, contacts: int, workers: int, kills: int
) -> ClusterOrdeal:
    """Draw one; a row may repeat the id of a row that another shard has."""
    lot = random.Random(seed)  # noqa: S311 - not for secrets
    return ClusterOrdeal(
        seed,
        tuple(_rows(lot, rows, contacts)),
        tuple(sorted((_kill(lot) for _ in range(kills)), key=lambda kill: kill.sent_share)),
        workers=workers,
    )


def _rows(lot: random.Random, count: int, contacts: int) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, count + 1):
        email, order = f"person{lot.randrange(contacts)}@example.com", f"order-{number}"
        fate = lot.random() / WRONG_SHARE
        if fate < 1:
            rows.append(Row(number, "nobody at all", order, code="invalid_email"))
        elif fate < 2:
            rows.append(Row(number, email, order, keep="no"))
        elif fate < 3 and rows and rows[-1].is_valid:
            rows.append(Row(number, email, rows[-1].order, code="duplicate_id"))
        else:
            rows.append(Row(number, email, order))
    return rows


def _kill(lot: random.Random) -> WorkerKill:
    share = 0.0 if lot.random() < 0.1 else lot.uniform(0.01, 0.97)
    return WorkerKill(
        share, lot.uniform(0, 1.5) if share == 0 else lot.uniform(0, 0.05), lot.random()
    )
