"""What an import would take on so many machines, as a table for people."""

from collections.abc import Iterator

from plunk_import.plan import Demand
from plunk_import.report.lengths import size_in_words, time_in_words

_USUAL_IN_FLIGHT = 10


def tell_demand(demand: Demand) -> str:
    """Write what an import would take, a line for each thing."""
    lines = [(name, *told) for name, told in _lines(demand)]
    widths = [max(len(line[column]) for line in lines) for column in (0, 1)]
    table = [f"  {name:<{widths[0]}}  {much:<{widths[1]}}  {why}" for name, much, why in lines]
    return "\n".join([_head(demand), "", *(line.rstrip() for line in table)])


def _head(demand: Demand) -> str:
    load, senders = demand.workload, "sender" if demand.machines == 1 else "senders"
    pace = demand.asked_per_second
    asked = "as fast as they go" if pace is None else f"at {_rate(pace)}"
    return f"{load.sent:,} of {load.rows:,} rows, by {demand.machines:,} {senders}, {asked}"


def _lines(demand: Demand) -> Iterator[tuple[str, tuple[str, str]]]:
    yield "checking", (time_in_words(demand.check_seconds), "each sender judges all rows")
    reached = f"{_rate(demand.per_second)}; bound by {demand.bound_by}"
    yield "sending", (time_in_words(demand.send_seconds), reached)
    if demand.merge_seconds:
        yield "merging", (time_in_words(demand.merge_seconds), "the shards' files into one set")
    yield "in all", (time_in_words(demand.seconds), _of_keys(demand))
    if demand.asked_per_second is not None:
        yield "senders", _senders(demand)
    yield "Plunk", (f"{demand.servers_needed:,}", "server processes that take this pace")
    yield "in flight", (f"{demand.in_flight:,}", _in_flight(demand))
    yield "memory", (size_in_words(demand.memory_bytes), "each sender")
    yield "disk", (size_in_words(demand.disk_bytes), "each sender: journal and results")
    if demand.merge_disk_bytes:
        yield "", (size_in_words(demand.merge_disk_bytes), "more, to merge")


def _senders(demand: Demand) -> tuple[str, str]:
    needed = demand.senders_needed
    if needed is None:
        return (
            "none",
            "no number of them reaches this pace, since each reads all rows: divide the files",
        )
    return f"{needed:,}", "are needed for this pace"


def _in_flight(demand: Demand) -> str:
    needs_more = demand.in_flight > _USUAL_IN_FLIGHT
    more = f"; give --max-in-flight {demand.in_flight}" if needs_more else ""
    return f"requests of each sender wait for a reply{more}"


def _of_keys(demand: Demand) -> str:
    return "longer than the hosted API knows a key (24 h)" if demand.outlives_keys else ""


def _rate(per_second: float) -> str:
    return f"{per_second:,.0f} rows/s" if per_second >= 100 else f"{per_second:.3g} rows/s"
