"""Complains, in words, of all that is wrong with what an import over a cluster left behind."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.run_files import lines_of, told_in
from tests.torture.cluster.ordeal import ClusterOrdeal
from tests.torture.evidence import StoredEvent, read_journal, read_report

_FILES = ("results.csv", "rejects.csv", "in_doubt.csv")
_NAMED = 5


def complaints_of_files(
    ordeal: ClusterOrdeal, merged: Path, whole: Path, kills: int
) -> Iterator[str]:
    """Hold the merged files against those of one process, and the books against the rows.

    Only what a kill left open may have taken another attempt.
    """
    for name in _FILES:
        of_cluster, of_one = lines_of(merged / name), lines_of(whole / name)
        again = sum(line.pop("attempts", "1") != "1" for line in of_cluster)
        if again > _most_open(ordeal, kills):
            yield f"{name}: {again} rows took another attempt, more than kills leave open"
        for line in of_one:
            line.pop("attempts", None)
        if of_cluster != of_one:
            yield f"{name} is not that of one process"
    of_one_process = told_in(whole)
    for name, told in told_in(merged).items():
        if told != of_one_process[name]:
            yield f"{name} in report.json: {told}, and {of_one_process[name]} of one process"
    yield from _books(ordeal, merged)


def _books(ordeal: ClusterOrdeal, merged: Path) -> Iterator[str]:
    expected = {
        "read": len(ordeal.rows),
        "filtered": sum(row.is_filtered for row in ordeal.rows),
        "rejected": sum(row.code is not None for row in ordeal.rows),
        "delivered": len(ordeal.valid),
        **dict.fromkeys(("skipped", "in_doubt", "pending"), 0),
    }
    report = read_report(merged)
    books = {name: report["books"][name] for name in expected}
    if books != expected:
        yield f"the books say {books} and should say {expected}"


def complaints_of_store(
    ordeal: ClusterOrdeal, events: Sequence[StoredEvent], named: Container[str]
) -> Iterator[str]:
    """Hold what the server has stored against the rows: each once, in order, the last one last.

    Contacts that the report has `named` may have theirs in another order.
    """
    expected = Counter(row.number for row in ordeal.valid)
    stored = Counter(event.row for event in events)
    if lost := expected - stored:
        yield f"lost: {_some(lost.elements())}"
    if more := stored - expected:
        yield f"stored more often than it should be: {_some(more.elements())}"
    last = {row.email: row.number for row in ordeal.valid}
    for email, found in _by_contact(events).items():
        numbers = [event.row for event in found]
        if numbers != sorted(numbers) and email not in named:
            yield f"{email} has its rows in another order: {_some(_out_of_order(numbers))}"
        if found[-1].contact_value != last.get(email):
            yield f"{email} has the value {found[-1].contact_value}, the last is {last.get(email)}"


def complaints_of_requests(
    ordeal: ClusterOrdeal,
    row_of_key: Mapping[str, int],
    asked: Sequence[str],
    *,
    named: Container[str],
    kills: int,
) -> Iterator[str]:
    """Hold the requests that a server has seen, which keeps nothing, against the rows.

    A row whose sender was killed before its outcome was noted is rightly asked for once more, under
    the same key, by which a server that keeps its events knows it.

    Args:
        ordeal: What was sent.
        row_of_key: The number of the row of each key, by the journals.
        asked: The keys of all requests in the order of their answers.
        named: The contacts of which the report says that the order may differ.
        kills: How many workers were killed.

    """
    expected = {row.number for row in ordeal.valid}
    times = Counter(row_of_key[key] for key in asked if key in row_of_key)
    if strangers := set(asked) - set(row_of_key):
        yield f"keys that are of no row: {_some(strangers)}"
    if lost := expected - set(times):
        yield f"never asked for: {_some(lost)}"
    if (again := times.total() - len(times)) > _most_open(ordeal, kills):
        yield f"{again} requests were repetitions, more than kills leave open"
    for email, numbers in _first_asked(ordeal, row_of_key, asked).items():
        if numbers != sorted(numbers) and email not in named:
            yield f"{email} was asked for in another order: {_some(_out_of_order(numbers))}"


def _first_asked(
    ordeal: ClusterOrdeal, row_of_key: Mapping[str, int], asked: Sequence[str]
) -> dict[str, list[int]]:
    email_of = {row.number: row.email for row in ordeal.rows}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number in dict.fromkeys(row_of_key[key] for key in asked if key in row_of_key):
        found[email_of[number]].append(number)
    return found


def _most_open(ordeal: ClusterOrdeal, kills: int) -> int:
    return kills * (ordeal.max_in_flight + ordeal.between_commits)


def keys_in(directories: Iterable[Path]) -> dict[str, int]:
    """Read which row has which key from the journals of shards."""
    journals = (read_journal(directory) for directory in directories)
    return {row.key: row.number for journal in journals for row in journal.values()}


def _by_contact(events: Iterable[StoredEvent]) -> dict[str, list[StoredEvent]]:
    found: defaultdict[str, list[StoredEvent]] = defaultdict(list)
    for event in events:
        found[event.email].append(event)
    return found


def _out_of_order(numbers: Sequence[int]) -> Iterator[int]:
    return (later for earlier, later in itertools.pairwise(numbers) if later < earlier)


def _some(found: Iterable[object]) -> str:
    first = list(itertools.islice(found, _NAMED + 1))
    return ", ".join(map(str, first[:_NAMED])) + (" …" if len(first) > _NAMED else "")
