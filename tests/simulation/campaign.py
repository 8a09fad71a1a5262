"""Many seeds, in as many processes as there are cores."""

import gc
import itertools
import multiprocessing
import warnings
from collections.abc import Iterable, Iterator

from tests.simulation.trial import Verdict, play

CHUNK_SEEDS = 10
SEEDS_A_COLLECTION = 100


def play_all(
    seeds: Iterable[int], *, jobs: int, most_failures: int | None = None
) -> Iterator[Verdict]:
    """Play seeds; give those that failed, in order, the first `most_failures` at most."""
    failures = (verdict for verdict in _played(seeds, jobs) if verdict.complaints)
    yield from itertools.islice(failures, most_failures)


def _played(seeds: Iterable[int], jobs: int) -> Iterator[Verdict]:
    if jobs == 1:
        _begin()
        yield from map(_tidily_played, seeds)
        return
    # A fresh interpreter: what polars and SQLite hold must not be forked.
    with multiprocessing.get_context("spawn").Pool(jobs, _begin) as pool:
        yield from pool.imap(_tidily_played, seeds, chunksize=CHUNK_SEEDS)


def _tidily_played(seed: int) -> Verdict:
    if seed % SEEDS_A_COLLECTION == 0:
        gc.collect()
    return play(seed)


def _begin() -> None:
    """Let the collector look between seeds only, and never at what was imported."""
    # A process that is killed has tasks that never began.
    warnings.filterwarnings("ignore", r"coroutine .* was never awaited", RuntimeWarning)
    gc.freeze()
    gc.disable()
