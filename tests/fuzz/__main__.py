"""Odd inputs by the thousand: `python -m tests.fuzz mutations 10000`."""

import argparse
import collections
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from tests.fuzz import conversations, flips, mutations
from tests.fuzz.worker import outcomes

Found = Iterator[tuple[object, str]]


def _flips(count: int, seed: int, folder: Path) -> Found:
    return outcomes(flips.outcome, flips.flips(count, seed=seed), folder)


def _mutations(count: int, seed: int, folder: Path) -> Found:
    return outcomes(mutations.outcome, mutations.mutations(count, seed=seed), folder)


def _replies(count: int, seed: int, folder: Path) -> Found:
    todo = conversations.conversations(count, seed=seed)
    return outcomes(conversations.outcome, todo, folder)


KINDS: Mapping[str, tuple[Callable[[int, int, Path], Found], frozenset[str]]] = MappingProxyType(
    {
        "flips": (_flips, flips.GOOD),
        "mutations": (_mutations, mutations.ENDS),
        "replies": (_replies, conversations.ENDS),
    }
)
"""What there is to try, and how it may end."""


def main() -> int:
    """Print how many ended how; 1 where any ended as none may."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    attempt, good = KINDS[given.kind]
    counts: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for one, how in attempt(given.count, given.seed, Path(folder)):
            counts[how.partition(":")[0]] += 1
            if how not in good:
                sys.stdout.write(f"{one}: {how}\n")
                sys.stdout.flush()
    sys.stdout.write(", ".join(f"{count} {how}" for how, count in counts.items()) + "\n")
    return 0 if counts.keys() <= good else 1


if __name__ == "__main__":
    sys.exit(main())
