"""Runs the benchmarks, side by side with what they are measured against, and prints the table."""

import argparse
import dataclasses
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import (
    demands,
    ending,
    hot,
    knowing,
    pacing,
    peers,
    rejecting,
    resuming,
    sending,
    shapes,
    starting,
    validating,
    workers,
)
from benchmarks.bench import Bench
from benchmarks.kept import Kept
from benchmarks.machine import described
from benchmarks.process import FailedError, as_installed
from benchmarks.table import Row, markdown

Measure = Callable[[Bench], Iterator[Row]]
MEASURES: dict[str, Measure] = {
    "start": starting.soonest,
    "validate": validating.speed,
    "peers": peers.cost,
    "rejects": rejecting.time,
    "files": shapes.files,
    "columns": shapes.columns,
    "run": sending.speed,
    "httpx": sending.beside_httpx,
    "bare": sending.beside_bare_engine,
    "id": sending.with_id,
    "lag": sending.lag,
    "hot": hot.others,
    "pace": pacing.share,
    "pace-tls": pacing.over_tls,
    "share": pacing.of_the_bucket,
    "end": ending.end,
    "resume": resuming.first_request,
    "resume-end": resuming.end,
    "history": knowing.questions,
    "plan": demands.of_a_row,
    "workers": workers.time,
}


def main() -> int:
    """Measure what was asked for; 1 where something could not be measured."""
    arguments = _parser().parse_args()
    head = described(" ".join(["python -m benchmarks", *sys.argv[1:]]))
    rows: list[Row] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="plunk-import-bench-", dir=arguments.work) as place:
        as_installed(Path(place) / "compiled")
        bench = Bench(Path(place), arguments.scale, arguments.times)
        bench.validate(bench.orders(10))  # compiles what an installed program has compiled
        for name in arguments.only or MEASURES:
            try:
                rows += _measured(name, bench)
            except FailedError as error:
                failed = True
                print(f"{name} could not be measured: {error}", file=sys.stderr)
    print(f"{head}\n\n{markdown(rows)}")
    if rows and (arguments.keep or not (arguments.only or failed or arguments.scale != 1)):
        Kept().keep(head, rows)
    return int(failed)


def _measured(name: str, bench: Bench) -> Iterator[Row]:
    print(f"{name} …", file=sys.stderr, flush=True)
    load, _, _ = os.getloadavg()
    when = f"{datetime.now(UTC):%Y-%m-%d %H:%M}"
    for row in MEASURES[name](bench):
        print(f"  {row.what}: {row.measured}", file=sys.stderr, flush=True)
        yield dataclasses.replace(row, load=load, when=when)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=MEASURES, metavar="NAME", help=", ".join(MEASURES)
    )
    parser.add_argument(
        "--scale", type=float, default=1.0, metavar="SHARE", help="0.05: a twentieth of the rows"
    )
    parser.add_argument(
        "--times", type=int, default=3, help="how often each is measured, for the median: 3"
    )
    parser.add_argument("--work", type=Path, help="where the files go: 8 GB for the full size")
    parser.add_argument(
        "--keep", action="store_true", help="keep the figures, as a whole run at full size does"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
