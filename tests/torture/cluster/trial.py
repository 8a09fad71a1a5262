"""Goes through an ordeal of a cluster, at a sandbox or at nginx, and tells what is amiss."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from distributed import Client, LocalCluster

import plunk_import
from benchmarks.nginx import answering
from plunk_import import Consent, SendSettings
from plunk_import.distributed import import_file
from plunk_import.sandbox import PUBLIC_KEY, SECRET_KEY
from tests.torture.cluster.audit import (
    complaints_of_files,
    complaints_of_requests,
    complaints_of_store,
    keys_in,
)
from tests.torture.cluster.killing import Killing
from tests.torture.cluster.ordeal import ClusterOrdeal
from tests.torture.evidence import read_events, read_report
from tests.torture.processes import Plunk

ServerName = Literal["sandbox", "nginx"]
_HOST = "127.0.0.1"
_PROBE = "k" * 256


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was tried, and all that is amiss."""

    kills: int
    seconds: float
    seconds_of_one: float
    requests: int
    complaints: tuple[str, ...]


def tried(ordeal: ClusterOrdeal, server: ServerName, place: Path) -> Outcome:
    """Import the rows by a cluster whose workers are killed, and by one process alone."""
    trial = _Trial(ordeal, place)
    return trial.at_sandbox() if server == "sandbox" else trial.at_nginx()


class _Trial:
    """One ordeal on its way."""

    def __init__(self, ordeal: ClusterOrdeal, place: Path) -> None:
        self._ordeal = ordeal
        self._place = place
        self._source, self._mapping = ordeal.write(place)

    def at_sandbox(self) -> Outcome:
        with self._sandbox("cluster") as plunk:

            def stored() -> int:
                with contextlib.closing(sqlite3.connect(plunk.database)) as database:
                    (count,) = database.execute("SELECT max(seq) FROM events").fetchone()
                return int(count or 0)

            kills, seconds = self._by_cluster(plunk.base_url, stored)
            events = read_events(plunk.store)
        with self._sandbox("one") as plunk:
            seconds_of_one = self._by_one_process(plunk.base_url)
        of_store = complaints_of_store(self._ordeal, events, self._named())
        return Outcome(
            kills, seconds, seconds_of_one, len(events), (*self._of_files(kills), *of_store)
        )

    def at_nginx(self) -> Outcome:
        log = self._place / "requests.log"
        with answering(self._place / "nginx", log=log) as base_url:
            kills, seconds = self._by_cluster(base_url, lambda: log.read_bytes().count(b"\n"))
            asked = _asked(log)
            seconds_of_one = self._by_one_process(base_url)
        row_of_key = keys_in(self._import.glob("shard-*"))
        of_requests = complaints_of_requests(
            self._ordeal, row_of_key, asked, named=self._named(), kills=kills
        )
        return Outcome(
            kills, seconds, seconds_of_one, len(asked), (*self._of_files(kills), *of_requests)
        )

    @property
    def _import(self) -> Path:
        return self._place / "import"

    def _named(self) -> frozenset[str]:
        """Read of which contacts the report says that the order may differ."""
        return frozenset(read_report(self._import / "merged")["order_may_differ"])

    def _of_files(self, kills: int) -> Iterator[str]:
        merged, whole = self._import / "merged", self._place / "whole"
        return complaints_of_files(self._ordeal, merged, whole, kills)

    def _sandbox(self, name: str) -> Plunk:
        place = self._place / name
        place.mkdir()
        return Plunk(place, "autumn")

    def _by_cluster(self, base_url: str, sent: Callable[[], int]) -> tuple[int, float]:
        """Import by a cluster; return how many workers were killed, and how long it took."""
        ordeal = self._ordeal
        began = time.monotonic()
        with (
            _keys(base_url),
            _cluster(ordeal.workers) as cluster,
            Client(cluster, set_as_default=False) as client,
            Killing(cluster, ordeal.kills, lambda: sent() / len(ordeal.valid)).at_work() as killing,
        ):
            import_file(
                self._source,
                self._mapping,
                client=client,
                shards=ordeal.workers,
                directory=self._import,
                retries=len(ordeal.kills),
                **self._options(),
            )
        return killing.done, time.monotonic() - began

    def _by_one_process(self, base_url: str) -> float:
        began = time.monotonic()
        with _keys(base_url):
            plunk_import.import_file(
                self._source, self._mapping, directory=self._place / "whole", **self._options()
            )
        return time.monotonic() - began

    def _options(self) -> dict[str, Any]:
        return {
            "settings": SendSettings(rate="unlimited", max_in_flight=self._ordeal.max_in_flight),
            "consent": Consent(allow_workflows=True, allow_resubscribe=True),
        }


def _cluster(workers: int) -> LocalCluster:
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host=_HOST,
        dashboard_address=f"{_HOST}:0",
        scheduler_kwargs={"dashboard": False},
    )


@contextlib.contextmanager
def _keys(base_url: str) -> Iterator[None]:
    """Leave the keys in the environment, from where workers take them, for the block."""
    keys = {
        "PLUNK_API_KEY": PUBLIC_KEY,
        "PLUNK_SECRET_KEY": SECRET_KEY,
        "PLUNK_BASE_URL": base_url,
    }
    os.environ.update(keys)
    try:
        yield
    finally:
        for name in keys:
            del os.environ[name]


def _asked(log: Path) -> list[str]:
    """Read the keys of the requests that were for rows."""
    keys = (line.partition(" ")[2] for line in log.read_text(encoding="utf-8").splitlines())
    return [key for key in keys if key not in {"-", "", _PROBE}]
