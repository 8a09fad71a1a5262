"""Runs the benchmarks (`--quick`, `--only`), prints the table and keeps it in a file."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import pacing, resuming, sending, starting, validating
from benchmarks.bench import Bench
from benchmarks.machine import described
from benchmarks.process import FailedError
from benchmarks.table import Row, markdown

RESULTS = Path(__file__).with_name("RESULTS.md")
Measure = Callable[[Bench], Iterator[Row]]
MEASURES: dict[str, Measure] = {
    "start": starting.soonest,
    "validate": validating.speed,
    "validate-memory": validating.memory,
    "growth": validating.growth,
    "send": sending.speed,
    "send-cpu": sending.work,
    "send-pace": pacing.share,
    "send-memory": sending.memory,
    "resume": resuming.first_request,
}


def main() -> int:
    """Measure what was asked for; 1 where something could not be measured."""
    arguments = _parser().parse_args()
    words = ["python -m benchmarks", *sys.argv[1:]]
    head = described(" ".join(words))
    failed = False
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="plunk-import-bench-", dir=arguments.work) as place:
        bench = Bench(Path(place), arguments.quick)
        for name in arguments.only or MEASURES:
            print(f"{name} …", file=sys.stderr, flush=True)
            try:
                rows += MEASURES[name](bench)
            except FailedError as error:
                failed = True
                print(f"{name} could not be measured: {error}", file=sys.stderr)
    text = f"{head}\n\n{markdown(rows)}\n"
    print(text)
    if not (arguments.quick or arguments.only or failed):
        RESULTS.write_text(text, encoding="utf-8")
    return int(failed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the rows: a look")
    parser.add_argument(
        "--only", action="append", choices=MEASURES, metavar="NAME", help=", ".join(MEASURES)
    )
    parser.add_argument("--work", type=Path, help="where the files go: 5 GB for the full size")
    return parser


if __name__ == "__main__":
    sys.exit(main())
