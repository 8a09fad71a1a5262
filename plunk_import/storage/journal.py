"""The journal: claims before requests leave and outcomes after, the truth of a run on disk."""

import contextlib
import functools
import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import polars as pl

from plunk_import.errors import OutputError, PlunkImportError, RunDirectoryError
from plunk_import.runtime import Clock, CommitterKind, SystemClock
from plunk_import.storage.annotations import DUPLICATE, NOTE, Annotations, encoded, in_rows
from plunk_import.storage.journal_file import KIND
from plunk_import.storage.line_reader import LineReader
from plunk_import.storage.note_order import NoteOrder
from plunk_import.storage.rows import Entry
from plunk_import.storage.sqlite import (
    ClosedAtEnd,
    Committer,
    Connect,
    connect,
    create_file,
    opened_file,
    transaction,
    translating,
)
from plunk_import.storage.states import FINISHED, Claim, Outcome, RowState

__all__ = ["FINISHED", "Claim", "Entry", "Journal", "Outcome", "RowState"]


# 4 is RowState.IN_DOUBT: what may be stored may be so since the claim that led into doubt.
_CLAIM = """
    INSERT INTO rows (ordinal, key, email, event, state, claimed_at, first_claimed_at)
    VALUES {rows}
    ON CONFLICT (ordinal) DO UPDATE SET state = excluded.state, key = excluded.key,
        email = excluded.email, event = excluded.event,
        claimed_at = iif(state = 4, ifnull(claimed_at, excluded.claimed_at), excluded.claimed_at),
        sent_at = NULL, settled_at = NULL,
        first_claimed_at = CASE WHEN key = excluded.key THEN first_claimed_at ELSE ifnull(
            (SELECT former_keys.first_claimed_at FROM former_keys
                WHERE former_keys.ordinal = excluded.ordinal AND former_keys.key = excluded.key),
            excluded.claimed_at) END"""
# A row is in doubt since it was first noted, whatever is learnt of it.
_SETTLE = """
    INSERT INTO rows (ordinal, state, attempts, event_id, contact_id, timestamp, code, field,
        message, request_id, reason, sent_at, email, event, settled_at, settled_order, left_order)
    VALUES {rows}
    ON CONFLICT (ordinal) DO UPDATE SET state = excluded.state,
        attempts = max(ifnull(attempts, 0), excluded.attempts), event_id = excluded.event_id,
        contact_id = excluded.contact_id, timestamp = excluded.timestamp, code = excluded.code,
        field = excluded.field, message = excluded.message,
        reason = ifnull(excluded.reason, reason),
        request_id = ifnull(excluded.request_id, request_id),
        sent_at = ifnull(excluded.sent_at, sent_at), settled_at = excluded.settled_at,
        settled_order = iif(state = 4 AND excluded.state = 4, settled_order,
            excluded.settled_order),
        left_order = ifnull(excluded.left_order, left_order),
        email = ifnull(excluded.email, email), event = ifnull(excluded.event, event)"""


_CLAIMED = int(RowState.CLAIMED)  # SQLite looks for an adapter of any other kind of number
# One statement for many rows lets go of the interpreter once, not for every row.
_ROWS_A_STATEMENT = (48, 8, 1)

INTERRUPTED = "the run ended while the request was in flight"
"""Why a claimed row without an outcome is in doubt."""


class _Write(NamedTuple):
    """One row of a statement for the next group; the row's ordinal is the first parameter."""

    statement: str
    parameters: tuple[object, ...]


class Journal(Annotations, ClosedAtEnd):
    """The claims and outcomes of one run, in an SQLite file; from it a run resumes.

    A claim is durable before `claim` returns, so that no request leaves unnoted. Outcomes follow
    with the next group: a power cut may lose the last of them, which puts their rows in doubt.
    Reading shows what is written: `flush` first where outcomes may be waiting. asyncio only.

    Every method raises OutputError when the file cannot be written (full disk, permissions) and
    RunDirectoryError when it turns out to be damaged.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock | None,
        connect: Connect,
        check_content: bool = True,
        committer: CommitterKind | None = None,
    ) -> None:
        """Use `create` or `open`."""
        self._clock = clock or SystemClock()
        with contextlib.ExitStack() as opened:
            reading, writing = opened.enter_context(
                opened_file(path, KIND, connect, connections=2, check_content=check_content)
            )
            super().__init__(path, reading)
            self._earlier_attempts = self.attempts_of_unfinished()
            self.opened_after, last_stored = self.orders()
            self._order = NoteOrder(self.opened_after, last_stored)
            self.leaves, self.ends = self._order.leaves, self._order.ends
            self.has_stored_since = self._order.has_stored_since
            self._claims_at: Callable[[], float] = lambda: self._clock.wall().timestamp()
            self._opened = opened.pop_all()
        self._writing = writing
        self._committer = (committer or Committer)(self._commit)

    @classmethod
    def create(
        cls,
        path: Path,
        meta: Mapping[str, Any],
        *,
        duplicates: pl.Series | None = None,
        clock: Clock | None = None,
        connect: Connect = connect,
    ) -> Self:
        """Begin the journal of a new run, all of this in it or none.

        Args:
            path: Where it is to stand; RunDirectoryError where a file does already.
            meta: JSON values that say what the run is about.
            duplicates: Ordinals of the rows whose `id` an earlier row has.
            clock: The time.
            connect: Opens SQLite.

        """
        if path.exists():
            raise RunDirectoryError(
                f"{path}: another run's journal stands here. Resume that run with "
                "`plunk-import resume`, or choose another directory with -o."
            )
        first_rows = {NOTE: encoded(meta), DUPLICATE: in_rows(duplicates)}
        create_file(path, KIND, connect, first_rows=first_rows)
        return cls(path, clock=clock, connect=connect)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        clock: Clock | None = None,
        connect: Connect = connect,
        check_content: bool = True,
        committer: CommitterKind | None = None,
    ) -> Self:
        """Open the journal of an earlier run, having looked for damage unless told not to.

        `committer` gathers the writes; left out, a thread of the journal's own does. Raises
        RunDirectoryError where there is no journal that could be relied on.
        """
        return cls(
            path, clock=clock, connect=connect, check_content=check_content, committer=committer
        )

    def close(self) -> None:
        """Write what waits and close. After a failed commit the outcomes are tried once more.

        Raises OutputError where outcomes are lost by that: their rows will be in doubt.
        """
        with self._opened:
            # Claims among them were never granted, so those rows stay as they were.
            outcomes = [w for w in self._committer.close() if w.statement == _SETTLE]
            try:
                self._commit(outcomes)
            except PlunkImportError as error:
                raise OutputError(
                    f"{error} The outcomes of {len(outcomes):,} rows could not be written: "
                    "they will be in doubt on resume."
                ) from error

    def side_by_side(self) -> Sequence[LineReader]:
        """Let the connection that writes read, too, while there is nothing to write."""
        return self, LineReader(self._path, self._writing)

    async def claim(self, claims: Iterable[Claim]) -> None:
        """Return once it is durably noted that these rows are about to be sent."""
        now = self._claims_at()
        await self._committer.write(
            [_Write(_CLAIM, (*claim, _CLAIMED, now, now)) for claim in claims]
        )

    def time_claims_by(self, seconds: Callable[[], float]) -> None:
        """Note the moments of claims by another clock: the server's, which its keys age by."""
        self._claims_at = seconds

    def settle(self, outcome: Outcome) -> int:
        """Note an outcome with the next group, without waiting; it raises nothing.

        Returns:
            The number in the order of notes for `has_stored_since`: the note's own, or that of the
            end of the request that left the row in doubt.

        """
        order, left = self._order.place(outcome)
        if earlier := self._earlier_attempts.get(outcome.ordinal):
            outcome = outcome._replace(attempts=outcome.attempts + earlier)
        settled_at = self._clock.wall().timestamp()
        ordinal, state, *rest = outcome
        self._committer.enqueue(
            _Write(_SETTLE, (ordinal, int(state), *rest, settled_at, order, left))
        )
        return order

    async def flush(self) -> None:
        """Return once every outcome is on the disk."""
        await self._committer.write(())

    def adopt_claims(self, reason: str) -> int:
        """Put every claimed row without outcome in doubt, after a crash; give how many there were.

        Each counts as one attempt more, since a request may have left.
        """
        now = self._clock.wall().timestamp()
        with self._changing() as connection:
            adopted = connection.execute(
                "UPDATE rows SET state = ?, reason = ?, settled_at = ?, settled_order = ?, "
                "attempts = ifnull(attempts, 0) + 1 WHERE state = ?",
                (RowState.IN_DOUBT, reason, now, self._order.next(), RowState.CLAIMED),
            )
        self._earlier_attempts = self.attempts_of_unfinished()
        return adopted.rowcount

    def doubt_anew(self, ordinals: Iterable[int]) -> None:
        """Let rows in doubt be so from now on: another run may have sent them since."""
        order = self._order.next()
        with self._changing() as connection:
            connection.executemany(
                "UPDATE rows SET settled_order = ? WHERE ordinal = ? AND state = ?",
                ((order, ordinal, RowState.IN_DOUBT) for ordinal in ordinals),
            )

    def _commit(self, writes: Sequence[_Write]) -> None:
        if not writes:
            return
        with translating(self._path, KIND), transaction(self._writing):
            for statement, rows in _statements(writes):
                self._writing.execute(statement, rows)


def _statements(writes: Sequence[_Write]) -> Iterator[tuple[str, list[object]]]:
    """Gather writes into few statements, with the parameters of all their rows.

    Where one row is written more than once, every write is a statement in its turn.
    """
    is_each_row_once = len({write.parameters[0] for write in writes}) == len(writes)
    if is_each_row_once:
        writes = sorted(writes, key=_statement)
    most = _ROWS_A_STATEMENT if is_each_row_once else (1,)
    for statement, same in itertools.groupby(writes, key=_statement):
        rows = deque(write.parameters for write in same)
        while rows:
            size = next(size for size in most if size <= len(rows))
            some = [rows.popleft() for _ in range(size)]
            yield _of_rows(statement, len(some[0]), size), [*itertools.chain.from_iterable(some)]


def _statement(write: _Write) -> str:
    return write.statement


@functools.lru_cache(maxsize=16)
def _of_rows(statement: str, columns: int, rows: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return statement.format(rows=", ".join([row] * rows))
