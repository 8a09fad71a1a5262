"""A server of ours that takes its time, as a process of its own."""

import contextlib
import json
import subprocess
from collections.abc import Iterator

from benchmarks.process import FailedError, python


class Replying:
    """Where it listens; and once it has ended, what its bucket let by."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.stored = self.refused = 0


@contextlib.contextmanager
def replying(milliseconds: float, *, per_second: float | None = None) -> Iterator[Replying]:
    """Run a server that answers after so many milliseconds, by a bucket if a rate is given."""
    bucket = [] if per_second is None else ["--rate", str(per_second)]
    command = [str(part) for part in python("-m", "benchmarks.replying", str(milliseconds))]
    with subprocess.Popen([*command, *bucket], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None  # noqa: S101 - for the type checker
        try:
            address = server.stdout.readline().strip()
            if not address:
                raise FailedError("benchmarks.replying does not start")
            found = Replying(address)
            yield found
        finally:
            server.terminate()
            told = server.stdout.read()
    if told:
        counts = json.loads(told)
        found.stored, found.refused = counts["stored"], counts["refused"]
