"""One changed byte: a file is read whole or refused, never short, and nothing else escapes."""

import concurrent.futures
import dataclasses
import functools
import multiprocessing
import os
import random
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from plunk_import import SourceError
from plunk_import.mapping import SourceOptions
from plunk_import.read import open_source
from tests.fuzz.files import FILES, ROWS


@dataclasses.dataclass(frozen=True)
class Flip:
    """One byte of one file, changed."""

    file: str
    seed: int

    def content(self, whole: bytes) -> bytes:
        dice = random.Random(f"{self.file} {self.seed}")  # noqa: S311
        changed = bytearray(whole)
        # Every other one in the last tenth, where footers and directories are.
        start = 0 if self.seed % 2 else len(whole) * 9 // 10
        changed[dice.randrange(start, len(whole))] ^= dice.randrange(1, 256)
        return bytes(changed)


def flips(count: int, *, seed: int) -> list[Flip]:
    """Spread `count` flips evenly over all files."""
    names = list(FILES)
    return [Flip(names[at % len(names)], seed + at // len(names)) for at in range(count)]


GOOD = frozenset({"whole", "refused"})
"""How reading a damaged file may end."""

_PATIENCE_SECONDS = 60


@functools.cache
def _whole(file: str) -> bytes:
    return FILES[file]()


def outcome(flip: Flip, folder: Path) -> str:
    """Read the changed file: `whole`, `refused`, or what must never be."""
    path = folder / flip.file
    path.write_bytes(flip.content(_whole(flip.file)))
    try:
        came = sum(batch.size for batch in open_source([path], SourceOptions()).batches())
    except SourceError:
        return "refused"
    except BaseException as error:  # noqa: BLE001 - panics are no Exceptions
        return f"escaped: {type(error).__name__}: {error}"
    return "whole" if came == ROWS else f"short: {came} rows"


def _hush() -> None:
    """Keep what panics print off the terminal."""
    os.environ["RUST_BACKTRACE"] = "0"
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def outcomes(todo: list[Flip], folder: Path) -> Iterator[tuple[Flip, str]]:
    """Read each file in a process of its own kind, which may die of it."""
    context = multiprocessing.get_context("spawn")
    pool = functools.partial(
        concurrent.futures.ProcessPoolExecutor, 1, mp_context=context, initializer=_hush
    )
    at = 0
    while at < len(todo):
        with pool() as worker:
            try:
                for flip in todo[at:]:
                    at += 1
                    yield flip, worker.submit(outcome, flip, folder).result(_PATIENCE_SECONDS)
            except BrokenProcessPool:
                yield todo[at - 1], "the process died"
