"""Judges odd inputs one by one, in a process of its own, which may die of them."""

import concurrent.futures
import functools
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TypeVar

_PATIENCE_SECONDS = 60

Input = TypeVar("Input")


def _hush() -> None:
    """Keep what panics print off the terminal."""
    os.environ["RUST_BACKTRACE"] = "0"
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def outcomes(
    judge: Callable[[Input, Path], str], todo: Sequence[Input], folder: Path
) -> Iterator[tuple[Input, str]]:
    """Judge each input, and say how it ended: as `judge` says, or that its process died or hung."""
    context = multiprocessing.get_context("spawn")
    pool = functools.partial(
        concurrent.futures.ProcessPoolExecutor, 1, mp_context=context, initializer=_hush
    )
    at = 0
    while at < len(todo):
        with pool() as worker:
            try:
                for one in todo[at:]:
                    at += 1
                    yield one, worker.submit(judge, one, folder).result(_PATIENCE_SECONDS)
            except BrokenProcessPool:
                yield todo[at - 1], "the process died"
