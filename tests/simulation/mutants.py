"""Known faults, brought back one at a time: what the simulation does not find, it cannot judge."""

import dataclasses
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
    """A fault and the change that brings it back; `change` None: not written yet."""

    name: str
    fault: str
    change: Change | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """The first seed that killed a mutant, and by what complaint; None: it survived."""

    mutant: Mutant
    seed: int | None
    complaint: str


MUTANTS: tuple[Mutant, ...] = (
    Mutant("event-not-in-key", "the key of a row with an id says nothing of its event"),
    Mutant("columns-not-in-key", "orders and tickets with the same ids have the same keys"),
    Mutant("foreign-key-is-delivery", "409 for a key of another run counts as delivered"),
    Mutant("empty-id-identifies", "a row without an id is known by its empty id"),
    Mutant("spaces-in-id", "an id with spaces around it is another id"),
    Mutant("settling-from-departure", "settling counts from when the request left"),
    Mutant("absence-without-flow", "absence is believed though no later event was stored"),
    Mutant("absence-without-reach", "what was read need not reach back beyond the request"),
    Mutant("no-skew", "the skew of Plunk's clock is not measured"),
    Mutant("settling-by-wall", "a step of the wall clock shortens the settling time"),
    Mutant("key-age-from-last-claim", "the age of a key counts from its last claim"),
    Mutant("keys-kept-23-hours", "a self-hoster's server is believed to keep keys for 23 hours"),
    Mutant("cap-at-fifty", "a contact with exactly 50 events can never be resolved"),
    Mutant("in-flight-for-ever", "a key left in flight is asked about for ever"),
    Mutant("lost-log-goes-on", "a journal that lost its write-ahead log is taken for whole"),
    Mutant("stale-exit-0", "values that may be stale leave the exit code at 0"),
    Mutant("unread-workflows", "workflows that could not be read open the gate"),
    Mutant("no-secret-key-sends", "without a secret key nobody need allow workflows"),
    Mutant("waiting-steps", "a workflow that waits for the event is overlooked"),
    Mutant("consent-for-ever", "a workflow enabled since the consent is covered by it"),
    Mutant("resubscribes", "unsubscribed people are subscribed without a word"),
    Mutant("capitals", "on spring an address in capitals is not found"),
)


def hunt(mutants: Sequence[Mutant], *, jobs: int) -> Iterator[Found]:
    """Play up to SEEDS seeds against each mutant, several at once."""
    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(_hunted, mutants)


def _hunted(mutant: Mutant) -> Found:
    if mutant.change is None:
        return Found(mutant, None, "the change is not written yet")
    with tempfile.TemporaryDirectory(prefix="mutant-") as place:
        _prepare(Path(place), mutant.change)
        command = (sys.executable, "-m", "tests.simulation", "--seeds", f"1-{SEEDS}")
        done = subprocess.run(
            [*command, "--jobs", "1", "--most", "1"],
            cwd=place,
            capture_output=True,
            text=True,
            check=False,
        )
    return _first(mutant, done.stdout.splitlines(), done.stderr)


def _prepare(place: Path, change: Change) -> None:
    """Put a changed package beside these tests, where both are found first."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / PACKAGE, place / PACKAGE, ignore=ignored)
    change.apply(place / PACKAGE)
    (place / "tests").symlink_to(PROJECT / "tests")


def _first(mutant: Mutant, lines: Iterable[str], errors: str) -> Found:
    for line in lines:
        if line.startswith("seed "):
            seed, _, complaint = line.removeprefix("seed ").partition(": ")
            return Found(mutant, int(seed), complaint)
    return Found(mutant, None, errors.strip() or f"it survived {SEEDS:,} seeds")


def line_of(found: Found) -> str:
    """Write a line of the table in docs/."""
    seed = "none" if found.seed is None else str(found.seed)
    return f"| {found.mutant.name} | {found.mutant.fault} | {seed} | {found.complaint} |"
