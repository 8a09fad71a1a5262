"""Known faults, brought back one at a time: what the simulation does not find, it cannot judge."""

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PACKAGE = "plunk_import"
SEEDS = 2_000


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """A text of one file, standing there exactly once, and what takes its place."""

    file: str
    """Within the package."""
    before: str
    after: str

    def apply(self, package: Path) -> None:
        """Make the change; ValueError where the text is not there, or more than once."""
        path = package / self.file
        text = path.read_text(encoding="utf-8")
        if (times := text.count(self.before)) != 1:
            raise ValueError(f"{self.file}: {self.before!r} stands there {times} times, not once")
        path.write_text(text.replace(self.before, self.after), encoding="utf-8")


@dataclasses.dataclass(frozen=True, slots=True)
class Mutant:
    """A fault and the change that brings it back.

    `likely` is a seed to play before all others.
    """

    name: str
    fault: str
    change: Change
    likely: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """The seed that killed a mutant, and by what complaint; None: it survived."""

    mutant: Mutant
    killer: str | None
    complaint: str


_IDENTITY = "validate/identity.py"
_READBACK = "send/readback.py"
_DELIVERY = "send/delivery/delivery.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "event-not-in-key",
        "the key of a row with an id says nothing of its event",
        Change(_IDENTITY, '[_counted(pl.col("event").fill_null(""))]', '[pl.lit("")]'),
        likely=3,
    ),
    Mutant(
        "columns-not-in-key",
        "orders and tickets with the same ids have the same keys",
        Change(
            _IDENTITY,
            "parts += [_counted(pl.lit(part.name)), _counted(self._text(number))]",
            "parts += [_counted(self._text(number))] if part.name else []",
        ),
        likely=76,
    ),
    Mutant(
        "short-digests",
        "rows are told apart by too few bits: 8, so that a few rows show what 64 do not do to many",
        Change(_IDENTITY, "_DIGEST_BYTES = 16", "_DIGEST_BYTES = 1"),
        likely=24,
    ),
    Mutant(
        "foreign-key-is-delivery",
        "409 for a key of another run counts as delivered",
        Change(_DELIVERY, "self._was_sent = event.was_sent", "self._was_sent = True"),
        likely=162,
    ),
    Mutant(
        "empty-id-identifies",
        "a row without an id is known by its empty id",
        Change(
            _IDENTITY,
            "IdColumn(name, filled(_canonical(column(name), dtype)))",
            'IdColumn(name, filled(_canonical(column(name), dtype)).fill_null(""))',
        ),
        likely=15,
    ),
    Mutant(
        "spaces-in-id",
        "an id with spaces around it is another id",
        Change(
            _IDENTITY,
            "IdColumn(name, filled(_canonical(column(name), dtype)))",
            'IdColumn(name, _canonical(column(name), dtype).replace("", None))',
        ),
        likely=191,
    ),
    Mutant(
        "floats-of-doubt",
        "an id written as 101.0 is sent though 101 is in doubt",
        Change(
            "run/record/earlier_runs.py",
            "        known |= self.history.known(whole, scope=self._doubts)\n",
            "",
        ),
        likely=359,
    ),
    Mutant(
        "pending-asks-nobody",
        "a row that was tried and is pending goes though another run delivered it since",
        Change(
            "run/record/run.py",
            "doubted = [ordinal for ordinal, tried in earlier.items() if tried.in_doubt]",
            "doubted = list(earlier)",
        ),
        likely=195,
    ),
    Mutant(
        "proof-for-ever",
        "a row once proven not to be stored goes though another run left it in doubt since",
        Change(
            "run/record/earlier_runs.py",
            "events[ORDINAL].is_in(list(proven)) & ~overtaken",
            "events[ORDINAL].is_in(list(proven))",
        ),
        likely=64,
    ),
    Mutant(
        "open-claims-forgotten",
        "the history does not learn of what was in flight when a run ended",
        Change(
            "run/record/earlier_runs.py",
            "        journal.adopt_claims(INTERRUPTED)\n",
            "",
        ),
        likely=378,
    ),
    Mutant(
        "first-page-is-enough",
        "an event is taken for the row's own though an older one may be it",
        Change(
            _READBACK,
            "if found is not None and events[-1].created_at.timestamp() < start.earliest:",
            "if found is not None:",
        ),
        likely=1107,
    ),
    Mutant(
        "settling-from-departure",
        "settling counts from when the request left",
        Change(
            "send/careful.py",
            "given_up=self._clock.now())\n            self._tasks",
            "given_up=delivery._left or 0)\n            self._tasks",
        ),
        likely=1124,
    ),
    Mutant(
        "absence-without-flow",
        "absence is believed though no later event was stored",
        Change(_READBACK, "found.stored is False and not flows", "False"),
        likely=199,
    ),
    Mutant(
        "absence-without-reach",
        "what was read need not reach back beyond the request",
        Change(_READBACK, "if len(events) < limit:", "if len(events) <= limit:"),
        likely=100,
    ),
    Mutant(
        "earlier-twin-is-own",
        "an event of before the request is the row's own where it has the row's marker",
        Change(
            _READBACK,
            "likely = [one for one in fitting if period.likely",
            "likely = [one for one in fitting if self._marker or period.likely",
        ),
        likely=50,
    ),
    Mutant(
        "later-twin-is-own",
        "an event of days after the last request is the row's own",
        Change(_READBACK, "<= moments[one.id] <= period.latest]", "<= moments[one.id]]"),
        likely=61,
    ),
    Mutant(
        "no-skew",
        "the skew of Plunk's clock is not measured",
        Change("run/deliver/settle.py", "    if moment is None:\n", "    if moment:\n"),
        likely=118,
    ),
    Mutant(
        "settling-by-wall",
        "a step of the wall clock shortens the settling time",
        Change(
            _READBACK,
            "        while True:\n"
            "            left = doubt.given_up + self._settle_seconds - self._clock.now()",
            "        ends = self._clock.wall().timestamp() + self._settle_seconds\n"
            "        while True:\n"
            "            left = ends - self._clock.wall().timestamp()",
        ),
        likely=1224,
    ),
    Mutant(
        "key-age-from-last-claim",
        "the age of a key counts from its last claim",
        Change(
            "storage/journal.py",
            "CASE WHEN key = excluded.key THEN first_claimed_at",
            "CASE WHEN 0 THEN first_claimed_at",
        ),
        likely=682,
    ),
    Mutant(
        "keys-kept-23-hours",
        "a self-hoster's server is believed to keep keys for 23 hours",
        Change("settings/connection.py", " if is_hosted else LEAST_KEY_LIFETIME_SECONDS", ""),
        likely=80,
    ),
    Mutant(
        "cap-at-fifty",
        "a contact with exactly 50 events can never be resolved",
        Change(_READBACK, "if len(events) < limit:", "if len(events) % 50:"),
        likely=1316,
    ),
    Mutant(
        "in-flight-for-ever",
        "a key left in flight is asked about for ever",
        Change(
            _DELIVERY,
            "if self._attempts >= self._settings.attempts:",
            "if isinstance(verdict, TryAgain) and self._attempts >= self._settings.attempts:",
        ),
        likely=21,
    ),
    Mutant(
        "lost-log-goes-on",
        "a journal that lost its write-ahead log is taken for whole",
        Change("storage/sqlite/files.py", "if is_open and not has_log:", "if False:"),
        likely=62,
    ),
    Mutant(
        "no-fsync",
        "files of a run get their names before their content is on the disk",
        Change("storage/durable.py", "                os.fsync(descriptor)\n", ""),
        likely=1,
    ),
    Mutant(
        "stale-exit-0",
        "values that may be stale leave the exit code at 0",
        Change("run/reporting.py", "books.pending or order_may_differ)", "books.pending)"),
        likely=254,
    ),
    Mutant(
        "stored-is-order",
        "a row that left before an older one was stored is in order if it was stored after it",
        Change("run/record/order.py", 'pl.min_horizontal(moment, "sent_at")', "moment"),
        likely=3367,
    ),
    Mutant(
        "unread-workflows",
        "workflows that could not be read open the gate",
        Change(
            "plan/preflight/workflows.py",
            '"workflows", "unread", str(error), found',
            '"workflows", "clear", str(error), found',
        ),
        likely=120,
    ),
    Mutant(
        "no-secret-key-sends",
        "without a secret key nobody need allow workflows",
        Change(
            "plan/preflight/preflight.py",
            'GateQuestion("workflows", "unknowable", _WITHOUT_KEY)',
            'GateQuestion("workflows", "clear", _WITHOUT_KEY)',
        ),
        likely=162,
    ),
    Mutant(
        "waiting-steps",
        "a workflow that waits for the event is overlooked",
        Change(
            "plan/preflight/workflows.py",
            "if one.event in met),",
            "if one.event in met and not one.waits),",
        ),
        likely=900,
    ),
    Mutant(
        "consent-for-ever",
        "a workflow enabled since the consent is covered by it",
        Change(
            "run/deliver/agreement.py",
            'return is_within and (gate.state == "fires" or events <= self.events)',
            "return is_within or bool(events)",
        ),
        likely=900,
    ),
    Mutant(
        "resolve-asks-nobody",
        "`resolve` sends a row again under its key though a workflow was enabled since",
        Change("run/deliver/gates.py", "return Refusal(found) if found else None", "return None"),
        likely=334,
    ),
    Mutant(
        "resubscribes",
        "unsubscribed people are subscribed without a word",
        Change("plan/preflight/audience.py", "if joins and not spellings[address]", "if False"),
        likely=24,
    ),
    Mutant(
        "capitals",
        "on spring an address in capitals is not found",
        Change(
            "plan/preflight/stored_contacts.py",
            "if (address := contact.email.lower()) in wanted:",
            "if (address := contact.email) in wanted:",
        ),
        likely=1509,
    ),
    Mutant(
        "shards-overlap",
        "a contact belongs to more than one shard",
        Change(
            "validate/shards.py",
            "shard_of(each, shard.count) == shard.number]",
            "shard_of(each, shard.count) >= shard.number]",
        ),
        likely=10,
    ),
)


def hunt(mutants: Sequence[Mutant], *, jobs: int) -> Iterator[Found]:
    """Play up to SEEDS seeds against each mutant, several at once."""
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(_hunted, mutants)


def _hunted(mutant: Mutant) -> Found:
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        _prepare(Path(place), mutant.change)
        found = Found(mutant, None, "")
        if mutant.likely is not None:
            found = _played(mutant, f"{mutant.likely}-{mutant.likely}", Path(place))
        return found if found.killer else _played(mutant, f"1-{SEEDS}", Path(place))


def _played(mutant: Mutant, seeds: str, place: Path) -> Found:
    done = _run(place, "tests.simulation", "--seeds", seeds, "--jobs", "1", "--most", "1")
    return _first(mutant, done.stdout.splitlines(), done.stderr)


def _run(place: Path, *module: str) -> "subprocess.CompletedProcess[str]":
    """Run a module where the changed package is found first."""
    return subprocess.run(
        [sys.executable, "-m", *module],
        cwd=place,
        env={**os.environ, "PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )


def _prepare(place: Path, change: Change) -> None:
    """Put a changed package beside these tests, where both are found first."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / PACKAGE, place / PACKAGE, ignore=ignored)
    change.apply(place / PACKAGE)
    for name in ("tests", "pyproject.toml"):
        (place / name).symlink_to(PROJECT / name)


def _first(mutant: Mutant, lines: Iterable[str], errors: str) -> Found:
    for line in lines:
        if line.startswith("seed "):
            seed, _, complaint = line.removeprefix("seed ").partition(": ")
            return Found(mutant, seed, complaint)
    return Found(mutant, None, errors.strip() or f"it survived {SEEDS:,} seeds")


def line_of(found: Found) -> str:
    """Write a line of the table in docs/."""
    told = found.complaint.replace("|", "/").replace("\n", " ")
    killer = found.killer or "none"
    return f"| {found.mutant.name} | {found.mutant.fault} | {killer} | {told} |"
