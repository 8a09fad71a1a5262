"""Contacts whose events Plunk may have in another order than the file."""

import math
from collections.abc import Iterator

import polars as pl

from plunk_import.read import ORDINAL
from plunk_import.storage import RowState

_MAYBE_STORED = (RowState.DELIVERED, RowState.IN_DOUBT, RowState.CLAIMED)


class OrderWatch:
    """Finds contacts whose events Plunk may have in another order than the file.

    Only a row that was once in doubt can be overtaken: the contact's later rows may have gone
    before it was settled. Of such rows alone the contacts are remembered.
    """

    def __init__(self) -> None:
        self._latest: dict[str, float] = {}
        """By contact, the latest moment at which one of its rows once in doubt can be stored."""
        self._found: dict[str, None] = {}

    def look(self, events: pl.DataFrame, outcomes: pl.DataFrame) -> None:
        """Look at the next rows: `ORDINAL` and `email` of events, and outcomes of a journal."""
        if not self._latest and _never_in_doubt(outcomes):
            return
        sent = outcomes.filter(pl.col("state").is_in(_MAYBE_STORED)).join(
            events.select(ORDINAL, "email"), on=ORDINAL
        )
        once_in_doubt = pl.col("reason").is_not_null() | (pl.col("state") != RowState.DELIVERED)
        concerned = {*self._latest, *sent.filter(once_in_doubt)["email"]}
        if not concerned:
            return
        rows = sent.filter(pl.col("email").is_in(list(concerned))).sort(ORDINAL)
        for contact, earliest, latest, doubted in _spans(rows, once_in_doubt):
            # Plunk tells milliseconds: of two events of one moment either may be the last.
            if contact in self._latest and earliest <= self._latest[contact]:
                self._found[contact] = None
            if doubted:
                self._latest[contact] = max(latest, self._latest.get(contact, -math.inf))

    def contacts(self) -> tuple[str, ...]:
        """List those found so far, in file order."""
        return tuple(self._found)


def _never_in_doubt(outcomes: pl.DataFrame) -> bool:
    """Tell at a glance that none of these rows can be overtaken."""
    doubtful = outcomes["state"].is_in([RowState.IN_DOUBT, RowState.CLAIMED])
    return outcomes["reason"].null_count() == outcomes.height and not doubtful.any()


def _spans(rows: pl.DataFrame, once_in_doubt: pl.Expr) -> Iterator[tuple[str, float, float, bool]]:
    """Find each row's contact, when it was stored at the earliest and latest, and if ever in doubt.

    Plunk's own time counts where it is known, else when the request left; in Unix seconds. A row
    counts from when its request left: Plunk writes a contact's values before it stores the event,
    so that an older row that is stored meanwhile may have written its own over them.
    """
    stored = pl.col("timestamp").str.to_datetime(time_zone="UTC", strict=False)
    moment = pl.coalesce(stored.dt.epoch("ms") / 1000, "sent_at")
    is_settled = pl.col("state") == RowState.DELIVERED
    return rows.select(
        "email",
        earliest=pl.when(is_settled)
        .then(pl.min_horizontal(moment, "sent_at"))
        .otherwise("sent_at")
        .fill_null(-math.inf),
        latest=pl.when(is_settled).then(moment).fill_null(math.inf),
        doubted=once_in_doubt,
    ).iter_rows()
