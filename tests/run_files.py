"""What the files of a run say, without what differs from one run to the next."""

import csv
import json
from pathlib import Path

_OF_OTHERS = {"event_id", "contact_id", "timestamp"}


def lines_of(path: Path) -> list[dict[str, str]]:
    """Read a file of a run, without what the server alone decides."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [{name: cell for name, cell in row.items() if name not in _OF_OTHERS} for row in rows]


def told_in(place: Path) -> dict[str, object]:
    """Read what a report says of the rows."""
    report = json.loads((place / "report.json").read_text(encoding="utf-8"))
    return {
        name: report[name]
        for name in ("books", "rejects", "events", "contacts", "exit_code", "fields", "warnings")
    }
