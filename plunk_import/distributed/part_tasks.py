"""Has the parts of a source worked on by a cluster, a few at a time, in the order of the source."""

import dataclasses
import functools
import json
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from plunk_import.distributed.placement import Placement
from plunk_import.distributed.versions import own_versions, require_same_versions
from plunk_import.errors import PlunkImportError, SourceError, StoppedError
from plunk_import.read import Place
from plunk_import.validate import Job, open_job

if TYPE_CHECKING:
    from distributed import Client, Future

Order = TypeVar("Order")
Found = TypeVar("Found")
_WAITING_EACH = 2
"""How many parts wait for each thread of the cluster: none of them is idle, and little is held."""


@dataclasses.dataclass(frozen=True, slots=True)
class JobOrder:
    """What a worker opens: the same source and mapping as the client's. Its mapping is JSON."""

    token: str
    places: tuple[Place, ...]
    sizes_bytes: tuple[int, ...]
    mapping: str
    versions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, job: Job) -> "JobOrder":
        """Describe a job that is open here."""
        places = job.source.places
        return cls(
            token=secrets.token_hex(8),
            places=places,
            sizes_bytes=tuple(place.path.stat().st_size for place in places),
            mapping=job.loaded.mapping.model_dump_json(by_alias=True, exclude_unset=True),
            versions=own_versions(),
        )

    def require_same_files(self) -> None:
        """Refuse files that are not those of the client, as far as their size tells.

        Raises:
            SourceError: A file is missing, or of another size.

        """
        for place, size_bytes in zip(self.places, self.sizes_bytes, strict=True):
            if not place.path.is_file() or place.path.stat().st_size != size_bytes:
                raise SourceError(
                    f"{place.path}: on this worker's machine it is not the file that the client "
                    "sees. Put the files on storage that all machines see under the same path."
                )


class ClusterWorkers:
    """The workers of a cluster, for one job.

    Args:
        client: The cluster's.
        job: What they are to open, too.
        placement: Where they may work, and how often a part is tried again.

    """

    def __init__(self, client: "Client", job: Job, placement: Placement) -> None:
        self._client = client
        self._placement = placement
        self._order = JobOrder.of(job)

    def each(self, work: Callable[[Job, Order], Found], orders: Iterable[Order]) -> Iterator[Found]:
        """Have each order worked on by any worker; results in the same order.

        Raises:
            PlunkImportError: What ends the work on a part.

        """
        waiting: deque[Future[Found | PlunkImportError]] = deque()
        try:
            for order in orders:
                waiting.append(self._submitted(work, order))
                if len(waiting) > self._most_waiting():
                    yield _result(waiting.popleft())
            while waiting:
                yield _result(waiting.popleft())
        finally:
            self._client.cancel(list(waiting))

    def _most_waiting(self) -> int:
        threads: dict[str, int] = self._client.nthreads()
        return sum(threads.values()) * _WAITING_EACH

    def _submitted(
        self, work: Callable[[Job, Order], Found], order: Order
    ) -> "Future[Found | PlunkImportError]":
        key = f"plunk-import-{work.__name__}-{secrets.token_hex(4)}"
        return self._client.submit(
            work_on, self._order, work, order, key=key, **self._placement.options()
        )


def work_on(
    job: JobOrder, work: Callable[[Job, Order], Found], order: Order
) -> Found | PlunkImportError:
    """Work on one part, on a worker. What is wrong with the source comes back as it is."""
    try:
        return work(_opened(job), order)
    except PlunkImportError as error:
        return error


@functools.lru_cache(maxsize=2)
def _opened(order: JobOrder) -> Job:
    """Open a job once for all its parts that come to this process."""
    require_same_versions(order.versions)
    order.require_same_files()
    return open_job(order.places, json.loads(order.mapping), allow_empty=True)


def _result(future: "Future[Found | PlunkImportError]") -> Found:
    try:
        found = future.result()
    except PlunkImportError:
        raise
    except Exception as error:
        # A worker that ends, or runs out of memory, again and again; a cluster that is gone.
        raise StoppedError(
            f"A part of the source could not be worked on: {type(error).__name__}: {error}"
        ) from error
    if isinstance(found, PlunkImportError):
        raise found
    return found
