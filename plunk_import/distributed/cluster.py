"""Reaches a cluster of Dask, or starts one on this machine."""

import contextlib
import logging
import os
import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

from plunk_import.errors import SettingsError

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

_LOCAL = re.compile(r"local:([1-9]\d{0,3})")
_ANSWERS_WITHIN = "15s"
_LOOPBACK = "127.0.0.1"


@contextlib.contextmanager
def connected(address: str) -> Iterator["Client"]:
    """Connect to a cluster for the block.

    Args:
        address: A scheduler's, such as `tcp://10.0.0.7:8786`, or `local:N` for N worker processes
            on this machine, which end with the block.

    Raises:
        SettingsError: The extra is not installed, or nobody answers there.

    """
    require_dask()
    from distributed import Client

    if (local := _LOCAL.fullmatch(address)) is not None:
        with _cluster_here(int(local[1])) as client:
            yield client
        return
    if "://" not in address:
        raise SettingsError(
            f"{address!r} is no cluster: write tcp://HOST:PORT, or local:N for N processes here."
        )
    try:
        client = Client(address, timeout=_ANSWERS_WITHIN, set_as_default=False)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{address}: no scheduler of Dask answers there ({error}).") from error
    with client:
        yield client


@contextlib.contextmanager
def _cluster_here(workers: int) -> Iterator["Client"]:
    from distributed import Client

    with _started_whole(workers) as cluster, Client(cluster, set_as_default=False) as client:
        yield client


def _started_whole(workers: int) -> "LocalCluster":
    """Start a cluster in a thread, as one that Ctrl-C leaves half begun could not be closed."""
    with ThreadPoolExecutor(1) as starting:
        started = starting.submit(_started, workers)
        try:
            return started.result()
        except KeyboardInterrupt:
            started.result().close()
            raise


def _started(workers: int) -> "LocalCluster":
    from distributed import LocalCluster

    # A terminal sends Ctrl-C to the workers too, but only this process is to answer it: they
    # inherit that this thread is blind to it. Beginning the tracker would take that back.
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host=_LOOPBACK,
        # Without an address its server of metrics would listen to the whole network.
        dashboard_address=f"{_LOOPBACK}:0",
        scheduler_kwargs={"dashboard": False},
        # A worker that asks just as the cluster ends logs a traceback; whatever goes wrong is told
        # by what the tasks raise.
        silence_logs=logging.CRITICAL,
        # Each would take all cores otherwise.
        env={"POLARS_MAX_THREADS": str(max(1, (os.cpu_count() or 1) // workers))},
    )


def require_dask() -> None:
    """Raise SettingsError, which names the extra, where Dask is not installed."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise SettingsError(
            f"Working on a cluster needs Dask: pip install 'plunk-import[dask]' ({error})."
        ) from error
