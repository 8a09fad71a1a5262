"""How long an import would take on so many machines, and what they would need: a model.

Each machine has one sender with one core to itself, for one shard. Every sender reads and judges
the whole source, twice, and sends its own rows. Contacts are dealt out evenly.
"""

import dataclasses
import math

from plunk_import.plan.figures import (
    CHECK,
    ID_MEMORY,
    JOURNAL,
    MEMORY,
    MERGE,
    PASS_BY,
    REPLY,
    RESULTS,
    SEND,
    SERVER,
)
from plunk_import.plunk import HOSTED_KEY_LIFETIME_SECONDS

_MICRO = 1e-6


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What is to be imported: `sent` of the `rows` are valid, `busiest` of these of one contact."""

    rows: int
    sent: int
    busiest: int = 1
    has_id: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What importing a workload would take. Times in seconds, sizes in bytes.

    Attributes:
        workload: The rows.
        machines: How many senders share it.
        asked_per_second: The pace of the whole import; None: as fast as the machines go.
        per_second: The pace that is reached while sending.
        bound_by: What keeps the pace below the one asked for, or else sets it.
        check_seconds: The first pass, which every sender makes over all rows at once.
        send_seconds: The second pass, which sends.
        merge_seconds: Putting the shards together on one machine; 0 for one sender.
        senders_needed: The fewest that reach the pace asked for; None where no number does.
        servers_needed: How many server processes of Plunk take the pace that is reached.
        in_flight: Requests that wait for a reply at once, of each sender.
        memory_bytes: Of each sender.
        disk_bytes: Of each sender: its journal and its results.
        merge_disk_bytes: Of the machine that merges, beside those.
        outlives_keys: Whether sending takes longer than the hosted API knows a key.

    """

    workload: Workload
    machines: int
    asked_per_second: float | None
    per_second: float
    bound_by: str
    check_seconds: float
    send_seconds: float
    merge_seconds: float
    senders_needed: int | None
    servers_needed: int
    in_flight: int
    memory_bytes: float
    disk_bytes: float
    merge_disk_bytes: float
    outlives_keys: bool

    @property
    def seconds(self) -> float:
        """All of it, one after another."""
        return self.check_seconds + self.send_seconds + self.merge_seconds


def demand_of(workload: Workload, machines: int, per_second: float | None) -> Demand:
    """Estimate what an import would take.

    Args:
        workload: The rows.
        machines: How many senders share it, from 1.
        per_second: The pace of the whole import; None: as fast as the machines go.

    """
    bounds = _bounds(workload, machines, per_second)
    send_seconds, bound_by = max((seconds, what) for what, seconds in bounds.items())
    reached = workload.sent / send_seconds if send_seconds else 0.0
    of_each = workload.sent / machines
    per_row = JOURNAL.value + RESULTS.value
    return Demand(
        workload=workload,
        machines=machines,
        asked_per_second=per_second,
        per_second=reached,
        bound_by=bound_by,
        check_seconds=workload.rows * CHECK.value * _MICRO,
        send_seconds=send_seconds,
        merge_seconds=workload.sent * MERGE.value * _MICRO if machines > 1 else 0.0,
        senders_needed=_senders_needed(workload, per_second),
        servers_needed=math.ceil(reached / SERVER.value),
        in_flight=math.ceil(reached / machines * REPLY.value / 1000),
        memory_bytes=MEMORY.value * 1e6 + workload.rows * workload.has_id * ID_MEMORY.value,
        disk_bytes=of_each * per_row,
        merge_disk_bytes=workload.sent * per_row if machines > 1 else 0.0,
        outlives_keys=send_seconds > HOSTED_KEY_LIFETIME_SECONDS,
    )


def _bounds(workload: Workload, machines: int, per_second: float | None) -> dict[str, float]:
    """List what takes how long at least while sending."""
    own, passing = _second_pass(workload)
    bounds = {
        "the senders' CPU": passing * (1 - 1 / machines) + own / machines,
        "one contact's rows, which go one at a time": workload.busiest * REPLY.value / 1000,
    }
    if per_second is not None:
        bounds["the pace asked for"] = workload.sent / per_second
    return bounds


def _second_pass(workload: Workload) -> tuple[float, float]:
    """Return the seconds of CPU to send all rows, and to pass by all rows."""
    own = workload.sent * (SEND.value - CHECK.value) * _MICRO
    return own, workload.rows * (PASS_BY.value - CHECK.value) * _MICRO


def _senders_needed(workload: Workload, per_second: float | None) -> int | None:
    if per_second is None:
        return None
    own, passing = _second_pass(workload)
    allowed = workload.sent / per_second
    if own <= allowed:
        return 1
    # Each sender passes by what the others send: with more of them that alone is left.
    return math.ceil((own - passing) / (allowed - passing)) if allowed > passing else None
