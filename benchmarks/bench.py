"""Files of orders, made once, and a server that answers at once."""

import contextlib
import dataclasses
import shutil
from collections.abc import Iterator
from pathlib import Path

from benchmarks.nginx import answering
from benchmarks.process import Spent, plunk_import, python, spend

MAPPING = Path(__file__).with_name("orders.yaml")
RIVALS = Path(__file__).with_name("rivals")
AT_ONCE = 64
ALLOWED = ("--allow-workflows", "--allow-resubscribe")
_FAST = ("--rate", "unlimited")
_ALWAYS = ("--max-in-flight", str(AT_ONCE), *ALLOWED)


@dataclasses.dataclass(frozen=True, slots=True)
class Bench:
    """Where things are measured. `quick` takes a twentieth of the rows: a look, not a result."""

    place: Path
    quick: bool

    def sized(self, rows: int) -> int:
        """Return how many rows to take in place of so many."""
        return max(1000, rows // 20) if self.quick else rows

    def orders(self, rows: int, suffix: str = ".csv") -> Path:
        """Return a file of so many orders."""
        path = self.place / f"orders-{rows}{suffix}"
        if not path.exists():
            spend(python("-m", "benchmarks.data", str(rows), path))
        return path

    def validate(self, path: Path) -> Spent:
        """Validate a file as a user would."""
        directory = self.place / "validated"
        shutil.rmtree(directory, ignore_errors=True)
        return spend(plunk_import("validate", path, "-m", MAPPING, "-o", directory))

    def run(self, path: Path, base_url: str, *, options: tuple[str, ...] = _FAST) -> Spent:
        """Send a file as a user would, by default as fast as it goes; the run stays in `sent`."""
        shutil.rmtree(self.sent, ignore_errors=True)
        command = plunk_import("run", path, "-m", MAPPING, "-o", self.sent, *_ALWAYS, *options)
        return spend(command, variables=variables(base_url))

    @property
    def sent(self) -> Path:
        """The directory of the last run."""
        return self.place / "sent"

    @contextlib.contextmanager
    def server(self, *, log: Path | None = None) -> Iterator[str]:
        """Run a server that answers at once; give its base URL."""
        with answering(self.place / "nginx", log=log) as base_url:
            yield base_url


def variables(base_url: str) -> dict[str, str]:
    """Return the environment of a program that sends there."""
    return {"PLUNK_API_KEY": "pk_benchmark", "PLUNK_BASE_URL": base_url}
