"""Where things are measured: files of orders, made once, and servers to send them to."""

import contextlib
import dataclasses
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.authority import Authority
from benchmarks.nginx import answering
from benchmarks.process import Spent, in_turn, plunk_import, python, spend

MAPPING = Path(__file__).with_name("orders.yaml")
RIVALS = Path(__file__).with_name("rivals")
AT_ONCE = 64
ALLOWED = ("--allow-workflows", "--allow-resubscribe")
FAST = ("--rate", "unlimited")
_ALWAYS = ("--max-in-flight", str(AT_ONCE), *ALLOWED)
_FEWEST_ROWS = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class Bench:
    """A directory for everything, a share of the full sizes, and how often each is measured.

    `under` is the program, with its options, that watches each command.
    """

    place: Path
    scale: float
    times: int
    under: tuple[str, ...] = ()

    def sized(self, rows: int) -> int:
        """Return how many rows to take in place of so many."""
        return max(min(rows, _FEWEST_ROWS), round(rows * self.scale))

    def orders(self, rows: int, suffix: str = ".csv", *, kind: str = "orders") -> Path:
        """Return a file of so many rows of a kind that `benchmarks.data` knows."""
        path = self.place / f"{kind}-{rows}{suffix}"
        if not path.exists():
            spend(python("-m", "benchmarks.data", kind, str(rows), path))
        return path

    def validate(self, path: Path, *, mapping: Path = MAPPING, rejects: bool = False) -> Spent:
        """Validate a file as a user would; with `rejects` there are some, which is exit code 1."""
        directory = self.place / "validated"
        shutil.rmtree(directory, ignore_errors=True)
        command = plunk_import("validate", path, "-m", mapping, "-o", directory)
        return spend([*self.under, *command], exit_codes=(1,) if rejects else (0,))

    def run(
        self,
        path: Path,
        base_url: str,
        *,
        options: tuple[str, ...] = FAST,
        mapping: Path = MAPPING,
    ) -> Spent:
        """Send a file as a user would, by default as fast as it goes; the run stays in `sent`."""
        shutil.rmtree(self.sent, ignore_errors=True)
        command = plunk_import("run", path, "-m", mapping, "-o", self.sent, *_ALWAYS, *options)
        return spend([*self.under, *command], variables=self.variables(base_url))

    @property
    def sent(self) -> Path:
        """The directory of the last run."""
        return self.place / "sent"

    @property
    def authority(self) -> Authority:
        """Who vouches for this machine's TLS servers."""
        return Authority(self.place / "tls")

    @contextlib.contextmanager
    def server(self, *, log: Path | None = None, tls: bool = False) -> Iterator[str]:
        """Run a server that answers at once; give its base URL."""
        authority = self.authority if tls else None
        with answering(self.place / "nginx", log=log, authority=authority) as base_url:
            yield base_url

    def variables(self, base_url: str) -> dict[str, str]:
        """Return the environment of a program that sends there."""
        return {
            "PLUNK_API_KEY": "pk_benchmark",
            "PLUNK_BASE_URL": base_url,
            **(self.authority.variables() if base_url.startswith("https") else {}),
        }

    def in_turn(self, *each: Callable[[], Spent]) -> list[Spent]:
        """Measure several things in turn, as often as is asked for; their medians."""
        return in_turn(self.times, *each)
