"""Odd inputs by the thousand: `python -m tests.fuzz flips 5000`, `… mutations 10000`."""

import argparse
import collections
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz import flips, mutations
from tests.fuzz.worker import outcomes


def main() -> int:
    """Print how many ended how; 1 where any ended as none may."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("kind", choices=["flips", "mutations"])
    parser.add_argument("count", type=int, nargs="?", default=5000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    counts: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for one, how in _found(given.kind, given.count, given.seed, Path(folder)):
            counts[how.partition(":")[0]] += 1
            if how not in flips.GOOD | mutations.ENDS:
                sys.stdout.write(f"{one}: {how}\n")
    sys.stdout.write(", ".join(f"{count} {how}" for how, count in counts.items()) + "\n")
    return 0 if counts.keys() <= flips.GOOD | mutations.ENDS else 1


def _found(kind: str, count: int, seed: int, folder: Path) -> Iterator[tuple[object, str]]:
    if kind == "flips":
        return outcomes(flips.outcome, flips.flips(count, seed=seed), folder)
    return outcomes(mutations.outcome, mutations.mutations(count, seed=seed), folder)


if __name__ == "__main__":
    sys.exit(main())
