"""The history: the keys that earlier runs delivered, kept across runs."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Self

import polars as pl

from plunk_import.errors import SettingsError
from plunk_import.runtime import Clock
from plunk_import.storage.learnt_runs import LearntRuns
from plunk_import.storage.lock import locked
from plunk_import.storage.past_runs import PastRuns
from plunk_import.storage.sqlite import (
    ClosedAtEnd,
    FileKind,
    create_file,
    opened_file,
    transaction,
    translating,
)

KIND = FileKind(
    noun="history",
    application_id=0x706C6B68,
    version=2,
    oldest_version=2,
    statements=(
        """CREATE TABLE deliveries (
            id INTEGER PRIMARY KEY, scope TEXT NOT NULL, delivered_at REAL NOT NULL,
            number INTEGER NOT NULL, digests BLOB NOT NULL)""",
        """CREATE TABLE runs (
            directory TEXT PRIMARY KEY, scope TEXT NOT NULL, began_at REAL NOT NULL)""",
        """CREATE TABLE agreements (
            scope TEXT PRIMARY KEY, value TEXT NOT NULL CHECK (json_valid(value)))""",
    ),
    wrong=SettingsError,
    remedy="Give the path of a history, or of a new file, with --history.",
    loss=(
        "Without what this history knows, rows that earlier runs delivered are sent again as far "
        "as they are in the file: restore it from a backup, or begin a new history with rows that "
        "no earlier run had, for instance by `where` in the mapping."
    ),
    too_old=(
        "it was kept by an older plunk-import, whose keys do not tell events apart, so nobody can "
        "say which rows it knows. With a new history rows that earlier runs delivered are sent "
        "again as far as they are in the file: leave them out of it once, for instance by `where` "
        "in the mapping, and give --history a new file."
    ),
)
_BLOCK_KEYS = 65_536
_SORTED_KEYS = 1_300_000
"""About how many are sorted at once."""
_HASHED_KEY = r"^(?:id|row)2-[0-9a-f]{32}$"


class History(ClosedAtEnd):
    """The keys delivered by earlier runs, kept in one SQLite file, 16 bytes each.

    Keys belong to a scope: what one project stored must not be skipped for another. A scope is a
    short text that says nothing secret, such as a hash of base URL and public key. The keys of a
    scope are held in memory, sorted, from the first question about it on: 160 MB for 10 million.
    `path` is where the file stands, `past_runs` what it knows of the last runs themselves, and
    `learnt_runs` which of them need not be read again.

    Every method raises OutputError when the file cannot be written and SettingsError when it
    turns out to be damaged.
    """

    def __init__(
        self, path: Path, connection: sqlite3.Connection, opened: contextlib.ExitStack
    ) -> None:
        """Use `open`."""
        self.path = path
        self._connection = connection
        self._opened = opened
        self._runs: dict[str, list[pl.Series]] = {}
        self.past_runs = PastRuns(connection, self._changing)
        self.learnt_runs = LearntRuns(connection, self._changing)

    @classmethod
    def open(cls, path: Path, *, clock: Clock | None = None) -> Self:
        """Open a history, or begin one where there is no file; nobody else may meanwhile.

        Raises SettingsError where the file is something else or its directory is missing,
        RunLockedError where another process has it open, OutputError where it cannot be written.
        """
        if not path.parent.is_dir():
            raise SettingsError(
                f"{path}: there is no directory {path.parent} for the history. Make it first."
            )
        with contextlib.ExitStack() as opened:
            lock = path.with_name(f"{path.name}.lock")
            opened.enter_context(locked(lock, what=f"history {path}", clock=clock))
            with translating(path, KIND):
                is_new = not path.exists() or (path.is_file() and path.stat().st_size == 0)
            if is_new:
                create_file(path, KIND)
            (connection,) = opened.enter_context(opened_file(path, KIND))
            return cls(path, connection, opened.pop_all())

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with translating(self.path, KIND), transaction(self._connection):
            yield

    def close(self) -> None:
        """Let others have it. Everything added is on the disk already."""
        self._opened.close()

    def known(self, keys: pl.Series, *, scope: str, since: int | None = None) -> pl.Series:
        """Look up whether each key, in order, was delivered in this scope before (Boolean).

        With a `since`, only what was added after that `position` counts.
        """
        numbers = _numbers(_digests(keys))
        if since is None:
            return self._known(numbers, scope).alias(keys.name)
        added = [pl.Series(dtype=pl.Int128), *self._blocks(scope, since)]
        return numbers.is_in(pl.concat(added).implode()).alias(keys.name)

    def position(self) -> int:
        """Tell how far the history is now: what is added later is added `since` then."""
        with translating(self.path, KIND):
            found = self._connection.execute("SELECT ifnull(max(id), 0) FROM deliveries")
            return int(found.fetchone()[0])

    def add(self, keys: pl.Series, *, scope: str, at: datetime, anew: bool = False) -> int:
        """Remember these keys as delivered; give how many were new. Durable on return.

        A key that is known keeps its earlier time, unless it is to be added `anew`. One call
        writes once: add by batches.
        """
        digests = _digests(keys.unique())
        numbers = _numbers(digests)
        is_new = ~self._known(numbers, scope) | anew
        new = digests.filter(is_new)
        with self._changing():
            for start in range(0, len(new), _BLOCK_KEYS):
                block = new.slice(start, _BLOCK_KEYS)
                self._connection.execute(
                    "INSERT INTO deliveries (scope, delivered_at, number, digests) "
                    "VALUES (?, ?, ?, ?)",
                    (scope, at.timestamp(), len(block), b"".join(block)),
                )
        _insert(self._runs[scope], numbers.filter(is_new).sort())
        return len(new)

    def begin(self, directory: Path, *, scope: str, at: datetime) -> None:
        """Note that the run in this directory is at work: what it delivers is not known yet."""
        with self._changing():
            self._connection.execute(
                "INSERT OR REPLACE INTO runs VALUES (?, ?, ?)",
                (str(directory), scope, at.timestamp()),
            )

    def finish(self, directory: Path) -> bool:
        """Note that all of this run's deliveries are known; False where it was not at work."""
        with self._changing():
            done = self._connection.execute(
                "DELETE FROM runs WHERE directory = ?", (str(directory),)
            )
            return done.rowcount > 0

    def unfinished(self, *, scope: str) -> list[Path]:
        """List the directories of the runs that began in this scope and did not finish."""
        with translating(self.path, KIND):
            found = self._connection.execute(
                "SELECT directory FROM runs WHERE scope = ? ORDER BY began_at", (scope,)
            )
            return [Path(directory) for (directory,) in found]

    def agreement(self, *, scope: str) -> Any:  # noqa: ANN401 - any JSON value
        """Return what was last agreed to for runs in this scope, as `agree` was told; or None."""
        with translating(self.path, KIND):
            found = self._connection.execute(
                "SELECT value FROM agreements WHERE scope = ?", (scope,)
            ).fetchone()
        return None if found is None else json.loads(found[0])

    def agree(self, value: Any, *, scope: str) -> None:  # noqa: ANN401 - any JSON value
        """Keep what was agreed to for runs in this scope, in place of what was before."""
        with self._changing():
            self._connection.execute(
                "INSERT OR REPLACE INTO agreements VALUES (?, ?)", (scope, json.dumps(value))
            )

    def scopes(self) -> set[str]:
        """List the scopes that any key was delivered in."""
        with translating(self.path, KIND):
            found = self._connection.execute("SELECT DISTINCT scope FROM deliveries")
            return {scope for (scope,) in found}

    def count(self) -> int:
        """Count the keys of all scopes."""
        with translating(self.path, KIND):
            found = self._connection.execute("SELECT ifnull(sum(number), 0) FROM deliveries")
            return int(found.fetchone()[0])

    def prune(self, older_than: datetime) -> int:
        """Forget the keys, of all scopes, that were delivered before; give how many they were.

        A forgotten key that is still in an export is sent again: keep them for longer than
        exports reach back. The file shrinks by `vacuum`.
        """
        before = self.count()
        self.learnt_runs.forget()
        with self._changing():
            self._connection.execute(
                "DELETE FROM deliveries WHERE delivered_at < ?", (older_than.timestamp(),)
            )
        self._runs.clear()
        return before - self.count()

    def vacuum(self) -> None:
        """Return the space of forgotten keys to the disk; needs as much free for a moment."""
        with translating(self.path, KIND):
            self._connection.execute("VACUUM")

    def _known(self, numbers: pl.Series, scope: str) -> pl.Series:
        if scope not in self._runs:
            self._runs[scope] = self._loaded(scope)
        # Sorted questions walk the memory in one direction, three times as quick as at random.
        asked = pl.DataFrame({"number": numbers}).with_row_index("place").sort("number")
        hits = pl.repeat(value=False, n=len(asked), eager=True)
        for run in self._runs[scope]:
            hits |= _are_in(run, asked["number"])
        return asked.with_columns(hit=hits).sort("place")["hit"]

    def _loaded(self, scope: str) -> list[pl.Series]:
        """Load and sort the keys a range after the other: what sorting takes is of one alone."""
        ranges = _ranges(-(-self.count() // _SORTED_KEYS))
        return [run for bounds in ranges if len(run := self._loaded_of(scope, bounds))]

    def _loaded_of(self, scope: str, bounds: tuple[int, int]) -> pl.Series:
        first, last = (pl.Series([bound], dtype=pl.Int128) for bound in bounds)
        blocks = self._blocks(scope, 0)
        pieces = [block.filter((block >= first) & (block <= last)) for block in blocks]
        return pl.concat([pl.Series(dtype=pl.Int128), *pieces]).sort()

    def _blocks(self, scope: str, since: int) -> Iterator[pl.Series]:
        with translating(self.path, KIND):
            found = self._connection.execute(
                "SELECT number, digests FROM deliveries WHERE scope = ? AND id > ?", (scope, since)
            )
            for number, digests in found:
                packed = pl.Series([digests], dtype=pl.Binary).bin
                array = pl.Array(pl.Int128, number)
                yield packed.reinterpret(dtype=array, endianness="little").explode()


def _digests(keys: pl.Series) -> pl.Series:
    """Shorten keys to 16 bytes: a key that is a hash already as it is, any other by hashing."""
    are_hashed = keys.str.contains(_HASHED_KEY)
    if are_hashed.all():
        return keys.str.tail(32).str.decode("hex")
    digests = [
        bytes.fromhex(key[-32:]) if is_hashed else blake2b(key.encode(), digest_size=16).digest()
        for key, is_hashed in zip(keys.to_list(), are_hashed.to_list(), strict=True)
    ]
    return pl.Series(digests, dtype=pl.Binary)


def _numbers(digests: pl.Series) -> pl.Series:
    return digests.bin.reinterpret(dtype=pl.Int128, endianness="little")


def _ranges(parts: int) -> Iterator[tuple[int, int]]:
    """Part the numbers of 128 bits into ranges of the same length, both ends included."""
    lowest, length = -(1 << 127), (1 << 128) // max(1, parts)
    for part in range(max(1, parts)):
        start = lowest + part * length
        is_last = part >= parts - 1
        yield start, (1 << 127) - 1 if is_last else start + length - 1


def _are_in(run: pl.Series, numbers: pl.Series) -> pl.Series:
    """Look up which of some sorted numbers are in a sorted run that is not empty."""
    first = int(numbers.search_sorted(run[0], side="left"))
    last = int(numbers.search_sorted(run[-1], side="right"))
    within = numbers[first:last]
    found = run.gather(run.search_sorted(within, side="left")) == within
    before, after = (pl.repeat(False, n, eager=True) for n in (first, len(numbers) - last))
    return pl.concat([before, found, after])


def _insert(runs: list[pl.Series], run: pl.Series) -> None:
    """Put one more sorted run in, merging so that each is over twice as long as the next.

    So few runs are asked, and a key is moved only a few times however small the batches are.
    """
    while runs and len(runs[-1]) <= 2 * len(run):
        run = pl.concat([runs.pop(), run]).sort()
    if len(run):
        runs.append(run)
