"""What a sender takes for each row, as measured: the figures that estimates are made from."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType

from plunk_import.plan.estimate import REPLY_SECONDS, SERVER_PER_SECOND

_BENCHMARK = "python -m benchmarks --only plan"
_MEASURED = "2026-11-26"
_NGINX = f"{_BENCHMARK}, at nginx on one machine, {_MEASURED}"


@dataclasses.dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: how much of which unit, of what, and how it was measured."""

    value: float
    unit: str
    what: str
    measured: str


CHECK = Figure(1.4, "µs of CPU", "to read and judge a row in the first pass", _NGINX)
PASS_BY = Figure(
    8.0, "µs of CPU", "to read and judge a row, in both passes, that another sender has", _NGINX
)
SEND = Figure(110.0, "µs of CPU", "to send a row: both passes, request, journal and files", _NGINX)
MERGE = Figure(22.0, "µs of CPU", "to merge a row", _NGINX)
MEMORY = Figure(320.0, "MB", "of memory for a sender", _NGINX)
ID_MEMORY = Figure(
    16.0, "bytes", "of memory for each row of the files, where the mapping has an `id`", _NGINX
)
JOURNAL = Figure(290.0, "bytes", "in the journal for a row", _NGINX)
RESULTS = Figure(140.0, "bytes", "in `results.csv` for a row", _NGINX)
SERVER = Figure(
    SERVER_PER_SECOND,
    "rows/s",
    "that one server process of Plunk takes",
    "a real server process on one core: 95 to 130, best with 10 requests in flight",
)
REPLY = Figure(
    REPLY_SECONDS * 1000,
    "ms",
    "until that server has answered; a contact's rows go one at a time",
    "the same server at that pace: the median",
)

FIGURES: Mapping[str, Figure] = MappingProxyType(
    {
        "check": CHECK,
        "pass-by": PASS_BY,
        "send": SEND,
        "merge": MERGE,
        "memory": MEMORY,
        "id-memory": ID_MEMORY,
        "journal": JOURNAL,
        "results": RESULTS,
        "server": SERVER,
        "reply": REPLY,
    }
)
"""All of them, by the names that the benchmark and the documentation use."""
