"""The outcome of a command in OpenMetrics, for a node exporter's textfile collector."""

import contextlib
import dataclasses
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from plunk_import.errors import ExitCode, OutputError
from plunk_import.report.model import Report

_OUTCOMES = ("filtered", "rejected", "skipped", "delivered", "in_doubt", "pending")
_LAST_SUCCESS = "plunk_import_last_success_timestamp_seconds"


@dataclasses.dataclass(frozen=True, slots=True)
class Ending:
    """How a command ended. `report` is None where an error ended it before there was one."""

    mapping: str
    exit_code: ExitCode
    started: datetime
    finished: datetime
    report: Report | None = None


def write_metrics(ending: Ending, path: Path) -> None:
    """Write the metrics, whole or not at all; the last success is kept from the file before.

    Raises:
        OutputError: The file cannot be written, or another program's metrics stand there.

    """
    from prometheus_client import CollectorRegistry, Gauge
    from prometheus_client.openmetrics.exposition import generate_latest

    registry = CollectorRegistry()
    succeeded = ending.finished.timestamp() if ending.exit_code is ExitCode.DELIVERED else None
    for name, text, value in _values(ending, succeeded or _last_success(path, ending.mapping)):
        if value is not None:
            Gauge(name, text, ["mapping"], registry=registry).labels(ending.mapping).set(value)
    if ending.report is not None:
        rows = Gauge(
            "plunk_import_rows", "Rows by outcome.", ["mapping", "outcome"], registry=registry
        )
        for outcome in _OUTCOMES:
            rows.labels(ending.mapping, outcome).set(getattr(ending.report.books, outcome))
    try:
        # A collector may read at any moment, so the file is whole under its name or not there.
        part = path.with_name(f"{path.name}.new")
        part.write_bytes(generate_latest(registry))  # type: ignore[no-untyped-call]  # not typed
        part.replace(path)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{path}: the metrics cannot be written ({reason}).") from error


def _values(ending: Ending, last_success: float | None) -> Iterator[tuple[str, str, float | None]]:
    pace = ending.report.pace if ending.report else None
    took = (ending.finished - ending.started).total_seconds()
    yield "plunk_import_exit_code", "Exit code of the last run.", ending.exit_code.value
    yield "plunk_import_duration_seconds", "How long the last run took.", took
    yield (
        "plunk_import_rows_per_second",
        "Rows delivered a second, pauses included.",
        pace.per_second if pace else None,
    )
    yield (
        "plunk_import_last_run_timestamp_seconds",
        "When the last run ended.",
        ending.finished.timestamp(),
    )
    yield _LAST_SUCCESS, "When a run last ended with exit code 0.", last_success


def _last_success(path: Path, mapping: str) -> float | None:
    from prometheus_client.parser import text_string_to_metric_families

    with contextlib.suppress(OSError, ValueError):
        families = text_string_to_metric_families(path.read_text(encoding="utf-8"))
        for sample in (sample for family in families for sample in family.samples):
            if sample.name == _LAST_SUCCESS and sample.labels.get("mapping") == mapping:
                return float(sample.value)
    return None
