"""`python -m tests.simulation`: plays seeds, prints one line, and the story of what failed."""

import argparse
import os
import sys
import time
from collections.abc import Iterator

os.environ.setdefault("POLARS_MAX_THREADS", "1")  # frames of ten rows: threads only cost


def main() -> int:
    """Play what the command line asks for; 1 where something is wrong."""
    from tests.simulation.campaign import play_all
    from tests.simulation.trial import play

    options = _options()
    if options.seed is not None:
        verdict = play(options.seed, tells=True)
        if options.story or verdict.complaints:
            print(*verdict.story, sep="\n")
        print(*(verdict.complaints or ("nothing is wrong",)), sep="\n")
        return bool(verdict.complaints)
    began = time.perf_counter()
    first, last = (int(number) for number in options.seeds.split("-"))
    failed = play_all(range(first, last + 1), jobs=options.jobs, most_failures=options.most)
    seconds = time.perf_counter() - began
    for verdict in failed[: options.show]:
        print(f"seed {verdict.seed}: {verdict.complaints[0]}")
    count = last + 1 - first
    print(f"{count:,} seeds in {seconds:,.0f} s ({count / seconds:.1f}/s), {len(failed)} failed")
    return bool(failed)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", default="1-300", metavar="A-B")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seed", type=int, help="play one, and tell its story where it fails")
    parser.add_argument("--story", action="store_true", help="tell it in any case")
    parser.add_argument("--show", type=int, default=20, help="failures to list")
    parser.add_argument("--most", type=int, default=None, help="stop after so many failures")
    return parser.parse_args()


def _lines(story: tuple[str, ...]) -> Iterator[str]:
    yield from story


if __name__ == "__main__":
    sys.exit(main())
