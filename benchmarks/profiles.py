"""Profiles the commands whose figures are far from what was to be reached: the causes' evidence.

``python -m benchmarks.profiles`` shows where each spends its CPU: by kind of thread and by library
(perf, all threads), and by module of the package (py-spy, Python's threads); and what each stage of
`validate` costs (`benchmarks.stages`). It needs Debian's `linux-perf`, and the right to look into
processes.
"""

import argparse
import dataclasses
import json
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.machine import described
from benchmarks.process import FailedError, as_installed, python, spend
from benchmarks.server import replying
from benchmarks.shapes import mapped
from benchmarks.table import table

KEPT = Path(__file__).with_name("profiles.json")
_PER_SECOND = 499
_LEAST_SHARE = 0.02
_MOST_SHOWN = 12
_ROWS = 2_000_000
_SENT_ROWS = 60_000
_PACE, _PACED_SECONDS, _REPLY_MILLISECONDS = 1_000, 15, 10

_FORMATS = {"CSV": ".csv", "Parquet": ".parquet"}
_LIBRARIES = {
    "polars": r"polars",
    "Python": r"libpython|^python|_ctypes|_blake2",
    "kernel": r"kernel|vdso",
    "SQLite": r"sqlite",
    "TLS and SHA-256": r"libcrypto|libssl|_sha|_hashlib",
    "pydantic": r"pydantic",
    "uvloop": r"uvloop",
    "memory and C": r"libc\.|ld-linux|libm\.",
}
_THREADS = {"Python's": r"^(plunk|python)", "polars' own": r"^(polars|async-exec|tokio)"}
_OURS = re.compile(r"\(plunk_import/([\w/]+\.py):\d+\)")
_IMPORTED = re.compile(r"<module> \((\w+)[/.]")
_NAMES = {"runtime/threads.py": "the event loop itself"}
_IMPORTING = "<frozen importlib._bootstrap>"


Stages = Mapping[str, Mapping[str, float]]


@dataclasses.dataclass(frozen=True, slots=True)
class Profile:
    """Where a command spent its CPU: shares by kind of thread, by library and by module."""

    what: str
    threads: Mapping[str, float]
    libraries: Mapping[str, float]
    modules: Mapping[str, float]


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """A file with the last profiles, and the ns a row of each stage by format."""

    place: Path = KEPT

    def keep(self, head: str, profiles: Iterable[Profile], stages: Stages) -> None:
        """Keep what was found in place of what was before."""
        every = [dataclasses.asdict(one) for one in profiles]
        told = {"head": head, "profiles": every, "stages": stages}
        text = json.dumps(told, indent=1, ensure_ascii=False)
        self.place.write_text(f"{text}\n", encoding="utf-8")

    def whole(self) -> str:
        """Return what is kept as tables, below what it was measured on."""
        told = json.loads(self.place.read_text(encoding="utf-8"))
        profiles = [Profile(**one) for one in told["profiles"]]
        return f"{told['head']}\n\n{markdown(profiles)}\n{markdown_of(told['stages'])}"


def markdown(profiles: Iterable[Profile]) -> str:
    """Return profiles as a table in markdown, the largest shares first."""
    head = ("command", "threads", "libraries", "modules of the package, Python's threads")
    parts = ((one.what, one.threads, one.libraries, one.modules) for one in profiles)
    return table(head, ((what, *map(_in_words, shares)) for what, *shares in parts))


def markdown_of(stages: Stages) -> str:
    """Return what each stage costs as a table in markdown, a column for each format."""
    names = dict.fromkeys(name for costs in stages.values() for name in costs)
    lines = ([name, *(f"{costs[name]:.0f}" for costs in stages.values())] for name in names)
    return table(["stage of `validate`: ns of CPU a row", *stages], lines)


def _cases(bench: Bench) -> Iterator[tuple[str, Callable[[Bench], object]]]:
    rows, sent = bench.sized(_ROWS), bench.sized(_SENT_ROWS)
    paced = _PACE * max(3, round(_PACED_SECONDS * bench.scale))
    yield "`validate` of 10 rows", lambda one: one.validate(one.orders(10))
    for name, suffix in _FORMATS.items():
        path = bench.orders(rows, suffix)
        yield f"`validate`, {rows:,} rows, {name}", partial(Bench.validate, path=path)
    wide = bench.orders(bench.sized(5_000), kind="wide")
    yield f"`validate`, 2,000 columns × {bench.sized(5_000):,} rows", partial(mapped, path=wide)
    yield f"`run`, {sent:,} rows at nginx", partial(_run, path=bench.orders(sent))
    yield f"`run`, {paced:,} rows at {_PACE:,}/s", partial(_paced, path=bench.orders(paced))


def _run(bench: Bench, *, path: Path) -> None:
    with bench.server() as base_url:
        bench.run(path, base_url)


def _paced(bench: Bench, *, path: Path) -> None:
    with replying(_REPLY_MILLISECONDS, per_second=_PACE) as server:
        bench.run(path, server.base_url, options=("--rate", f"{_PACE}/s"))


def profiled(what: str, command: Callable[[Bench], object], bench: Bench) -> Profile:
    """Run a command twice, watched by each of the two programs."""
    recorded, stacks = bench.place / "perf.data", bench.place / "stacks.txt"
    perf = ["perf", "record", "-e", "cpu-clock", "-F", _PER_SECOND, "-o", recorded, "--"]
    command(dataclasses.replace(bench, under=tuple(map(str, perf))))
    spy = ["py-spy", "record", "--nonblocking", "--threads", "-r", _PER_SECOND]
    spy += ["--format", "raw", "-o", stacks, "--"]
    command(dataclasses.replace(bench, under=tuple(map(str, spy))))
    return Profile(
        what,
        _grouped(_reported(recorded, "comm"), _THREADS),
        _grouped(_reported(recorded, "dso"), _LIBRARIES),
        by_module(stacks.read_text(encoding="utf-8", errors="replace").splitlines()),
    )


def _stages(bench: Bench, suffix: str) -> dict[str, float]:
    path = bench.orders(bench.sized(_ROWS), suffix)
    costs: dict[str, float] = json.loads(spend(python("-m", "benchmarks.stages", path)).output)
    return costs


def _reported(recorded: Path, kind: str) -> Iterator[tuple[str, float]]:
    """Tell the share of each name by perf."""
    told = spend(
        ["perf", "report", "-i", recorded, "--stdio", "-q", "--sort", kind, "-t", ";"]
    ).output
    for share, name in re.findall(r"^\s*([\d.]+)%\s*;(.+?)\s*$", told, re.MULTILINE):
        yield name, float(share) / 100


def _grouped(found: Iterable[tuple[str, float]], kinds: Mapping[str, str]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for name, share in found:
        kind = next((kind for kind, sign in kinds.items() if re.search(sign, name)), "others")
        shares[kind] = shares.get(kind, 0.0) + share
    if not shares:
        raise FailedError("perf found nothing")
    return _rounded(shares)


def by_module(stacks: Iterable[str]) -> dict[str, float]:
    """Return the share of each module, the largest first.

    Args:
        stacks: Lines of py-spy's raw format: frames from the outermost on, and how often.

    """
    samples = Counter[str]()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        samples[_place(stack)] += int(count)
    whole = samples.total() or 1
    return _rounded({place: count / whole for place, count in samples.items()})


def _place(stack: str) -> str:
    """Name the innermost module of the package, or whose module is being imported."""
    if _IMPORTING in stack:
        packages = _IMPORTED.findall(stack)
        return f"importing {packages[-1]}" if packages else "importing"
    ours = _OURS.findall(stack)
    return _NAMES.get(ours[-1], ours[-1]) if ours else "others"


def _rounded(shares: Mapping[str, float]) -> dict[str, float]:
    by_size = sorted(shares.items(), key=lambda one: -one[1])
    return {name: round(share, 3) for name, share in by_size if share >= _LEAST_SHARE}


def _in_words(shares: Mapping[str, float]) -> str:
    shown = list(shares.items())[:_MOST_SHOWN]
    return ", ".join(f"{name} {share:.0%}" for name, share in shown)


def main() -> None:
    """Profile every command, print the table, and keep it where that is asked for."""
    arguments = _parser().parse_args()
    head = described(" ".join(["python -m benchmarks.profiles", *sys.argv[1:]]))
    missing = [one for one in ("perf", "py-spy") if shutil.which(one) is None]
    if missing:
        sys.exit(f"missing: {', '.join(missing)} (apt-get install linux-perf, pip install py-spy)")
    with tempfile.TemporaryDirectory(prefix="plunk-import-bench-", dir=arguments.work) as place:
        as_installed(Path(place) / "compiled")
        bench = Bench(Path(place), arguments.scale, 1)
        bench.validate(bench.orders(10))  # compiles what an installed program has compiled
        profiles = [profiled(what, command, bench) for what, command in _cases(bench)]
        stages = {name: _stages(bench, suffix) for name, suffix in _FORMATS.items()}
    print(f"{head}\n\n{markdown(profiles)}\n{markdown_of(stages)}")
    if arguments.keep:
        Kept().keep(head, profiles, stages)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiles", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, metavar="SHARE")
    parser.add_argument("--work", type=Path, help="where the files go")
    parser.add_argument("--keep", action="store_true", help="keep the profiles for the page")
    return parser


if __name__ == "__main__":
    main()
