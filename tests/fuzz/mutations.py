"""Files that are changed at random, in whole pieces too: validated and proposed for, or refused."""

import contextlib
import dataclasses
import functools
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from plunk_import import MappingError, PlunkImportError, validate_file
from plunk_import.propose import propose
from tests.fuzz.files import FILES, TEXTS

WHOLE = {**FILES, **TEXTS}
ENDS = frozenset({"read", "refused"})
"""How a mutated file may end."""

MAPPING = {
    "version": 1,
    "email": "email",
    "event": {"const": "x"},
    "id": ["orders"],
    "data": {"plan": "plan", "paid": "paid", "vip": "vip", "day": "day"},
}
_ODD = (
    b"\0",
    b"\xff",
    b"\xff" * 4,
    b"\x7f\xff\xff\xff",
    b"\x80" * 8,
    b'"',
    b"\r",
    b"\n",
    b"{",
    b"[[",
)

Dice = random.Random
Change = Callable[[bytearray, Dice], None]


def _flip(content: bytearray, dice: Dice) -> None:
    for _ in range(dice.randint(1, 8)):
        content[dice.randrange(len(content))] ^= dice.randrange(1, 256)


def _cut(content: bytearray, dice: Dice) -> None:
    del content[dice.randrange(len(content)) :]


def _remove(content: bytearray, dice: Dice) -> None:
    at = dice.randrange(len(content))
    del content[at : at + dice.choice([1, 2, 8, 100, 1000])]


def _insert(content: bytearray, dice: Dice) -> None:
    at = dice.randrange(len(content))
    content[at:at] = dice.choice(_ODD) * dice.choice([1, 2, 50])


def _overwrite(content: bytearray, dice: Dice) -> None:
    at, odd = dice.randrange(len(content)), dice.choice(_ODD)
    content[at : at + len(odd)] = odd


def _repeat(content: bytearray, dice: Dice) -> None:
    at, size = dice.randrange(len(content)), dice.choice([1, 8, 100, 1000])
    content[at:at] = content[at : at + size]


def _swap(content: bytearray, dice: Dice) -> None:
    one, other, size = (dice.randrange(len(content)) for _ in range(3))
    size %= 100
    content[one : one + size], content[other : other + size] = (
        content[other : other + size],
        content[one : one + size],
    )


def _splice(content: bytearray, dice: Dice) -> None:
    other = _whole(dice.choice(list(WHOLE)))
    content[dice.randrange(len(content)) :] = other[dice.randrange(len(other)) :]


CHANGES: tuple[Change, ...] = (_flip, _cut, _remove, _insert, _overwrite, _repeat, _swap, _splice)


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One file, changed in one to three ways."""

    file: str
    seed: int

    def content(self) -> bytes:
        dice = random.Random(f"{self.file} {self.seed}")  # noqa: S311
        content = bytearray(_whole(self.file))
        for change in dice.choices(CHANGES, k=dice.choice([1, 1, 2, 3])):
            change(content or bytearray(b"\n"), dice)
        return bytes(content)


@functools.cache
def _whole(file: str) -> bytes:
    return WHOLE[file]()


def mutations(count: int, *, seed: int) -> list[Mutation]:
    """Spread `count` mutations evenly over all files."""
    names = list(WHOLE)
    return [Mutation(names[at % len(names)], seed + at // len(names)) for at in range(count)]


def outcome(mutation: Mutation, folder: Path) -> str:
    """Propose a mapping for the file, and validate it: `read`, `refused`, or what must never be."""
    path = folder / mutation.file
    path.write_bytes(mutation.content())
    try:
        with contextlib.suppress(PlunkImportError):
            propose([path], event="x")
        books = validate_file(path, MAPPING, directory=folder / "out").books
    except PlunkImportError as error:
        is_told = isinstance(error, MappingError) or str(path) in str(error)
        return "refused" if is_told else f"without its name: {error}"
    except BaseException as error:  # noqa: BLE001 - panics are no Exceptions
        return f"escaped: {type(error).__name__}: {error}"
    finally:
        shutil.rmtree(folder / "out", ignore_errors=True)
    return "read" if books.read == books.rejected + books.pending else f"unbalanced: {books}"
