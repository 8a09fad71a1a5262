"""Changes single bytes of files and reads them: `python -m tests.fuzz 5000`."""

import argparse
import collections
import sys
import tempfile
from pathlib import Path

from tests.fuzz.flips import GOOD, flips, outcomes


def main() -> int:
    """Print how many ended how; 1 where any was neither read nor refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=5000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    counts: collections.Counter[str] = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        for flip, how in outcomes(flips(given.count, seed=given.seed), Path(folder)):
            counts[how.partition(":")[0]] += 1
            if how not in GOOD:
                sys.stdout.write(f"{flip}: {how}\n")
    sys.stdout.write(", ".join(f"{count} {how}" for how, count in counts.items()) + "\n")
    return 0 if counts.keys() <= GOOD else 1


if __name__ == "__main__":
    sys.exit(main())
