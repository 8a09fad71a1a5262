"""A table that histories of today have beside their keys."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import ClassVar


class HistoryTable:
    """One table of a history.

    `changing` is entered around every use: it makes a transaction of it and translates errors.
    """

    table: ClassVar[str]
    """How it is made where it is missing: a history of before has none, and an older program passes
    it over."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        changing: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self._changing = changing
        with changing():
            connection.execute(self.table)
