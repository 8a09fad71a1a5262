"""One changed byte: a file is read whole or refused, never short, and nothing else escapes."""

import dataclasses
import functools
import random
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
