"""Goes through an ordeal with real processes, and tells what was tried and is amiss."""

import contextlib
import json
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from plunk_import.storage import RowState
from tests.torture.audit import Audit
from tests.torture.evidence import read_events, read_faults, read_journal
from tests.torture.live import LiveTraffic
from tests.torture.ordeal import Kill, Ordeal
from tests.torture.processes import Importer, Plunk, environment, wait_until

MOST_COMMANDS = 20
ALLOWED = ("--allow-workflows", "--allow-resubscribe")


@dataclass
class Tally:
    """What was tried, summed over ordeals."""

    runs: int = 0
    rows: int = 0
    commands: int = 0
    importer_kills: int = 0
    server_kills: int = 0
    slow: int = 0
    """Replies that came too late for the importer, without a fault: the machine was busy."""
    faults: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Sum up."""
        self.runs += other.runs
        self.rows += other.rows
        self.commands += other.commands
        self.importer_kills += other.importer_kills
        self.server_kills += other.server_kills
        self.slow += other.slow
        self.faults += other.faults
        self.complaints += other.complaints

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in self.faults.most_common())
        return (
            f"{self.runs:,} runs of {self.rows:,} rows in {self.commands:,} commands; killed: "
            f"importer {self.importer_kills:,} times, server {self.server_kills:,} times; "
            f"{self.faults.total():,} faults ({kinds}), {self.slow:,} replies too late without "
            f"one; {len(self.complaints):,} complaints"
        )


def go_through(ordeal: Ordeal, *, keep: Path | None = None) -> Tally:
    """Go through one ordeal; where something is amiss, its files are left in `keep`."""
    with tempfile.TemporaryDirectory(prefix="torture-") as scratch:
        place = Path(scratch)
        tally = _Trial(ordeal, place).tried()
        if tally.complaints and keep is not None:
            shutil.copytree(place, keep / str(ordeal.seed), dirs_exist_ok=True)
    return tally


class _Trial:
    """One ordeal on its way."""

    def __init__(self, ordeal: Ordeal, place: Path) -> None:
        self._ordeal = ordeal
        self._place = place
        self._run = place / "run"
        self._tally = Tally(runs=1, rows=len(ordeal.rows))

    def tried(self) -> Tally:
        """Call command after command until all is over."""
        write_source(self._ordeal, self._place)
        with Plunk(
            self._place, self._ordeal.profile, faults=self._ordeal.faults, seed=self._ordeal.seed
        ) as self._plunk:
            self._audit = Audit(
                self._ordeal,
                self._run,
                self._plunk.store,
                self._plunk.kills,
                set(),
            )
            try:
                self._call_until_over()
                if self._ordeal.has_history and not self._tally.complaints:
                    self._call_the_next_night()
            except (TimeoutError, subprocess.TimeoutExpired) as endless:
                self._complain(str(endless))
            self._tally.slow += len(self._audit.slow)
            self._tally.faults.update(fault.kind for fault in read_faults(self._plunk.store))
            self._tally.server_kills += len(self._plunk.kills)
        return self._tally

    def _call_until_over(self) -> None:
        for number in range(MOST_COMMANDS):
            arguments = self._arguments(self._ordeal.command(number))
            exit_code, said = self._call(number, arguments)
            if found := list(self._complaints(exit_code, self._allowed(number))):
                lines = "; ".join(found)
                self._complain(f"command {number + 1} ({' '.join(arguments)}): {lines}\n{said}")
                return
            if self._ordeal.is_undisturbed(number) and self._is_over():
                break
        for complaint in self._audit.at_the_end():
            self._complain(complaint)

    def _allowed(self, number: int) -> set[int]:
        has_key = self._ordeal.has_secret_key(number)
        # Then nothing there is can settle a doubt, and `resolve` says so.
        is_helpless = self._ordeal.profile == "spring" and not has_key
        is_resolving = self._ordeal.command(number) == "resolve"
        return {0, 1, 2, 3} if is_resolving and is_helpless else {0, 1, 3}

    def _complaints(self, exit_code: int | None, allowed: set[int]) -> Iterator[str]:
        if exit_code is None:
            yield from self._audit.after_a_kill()
        elif exit_code not in allowed:
            yield f"exit code {exit_code}"
        elif (self._run / "report.json").exists():
            yield from self._audit.after_a_command(exit_code)

    def _arguments(self, command: str) -> tuple[str, ...]:
        if command == "run" or not (self._run / "journal.sqlite").exists():
            history = ("--history", "history.sqlite") if self._ordeal.has_history else ()
            source = ("rows.csv", "-m", "mapping.yaml", "-o", "run")
            return ("run", *source, *history, *ALLOWED, *self._ordeal.options)
        more = {"status": ("--write",), "resume": ALLOWED}
        return (command, "run", *more.get(command, ()))

    def _call(self, number: int, arguments: tuple[str, ...]) -> tuple[int | None, str]:
        """Run one command among its kills; its exit code is None where it was killed itself."""
        self._tally.commands += 1
        has_key = self._ordeal.has_secret_key(number)
        variables = environment(self._plunk.base_url, has_secret_key=has_key)
        with self._beside(number), Importer(arguments, self._place, variables) as importer:
            began, traces = time.monotonic(), self._plunk.traces()
            for kill in self._ordeal.kills[number] if number < len(self._ordeal.kills) else ():
                self._await_moment(kill, importer, traces, began)
                if kill.victim == "server":
                    self._plunk.kill()
                    self._plunk.start()
                elif importer.is_running:
                    importer.kill()
                    self._tally.importer_kills += 1
                    return None, importer.said
            return importer.end(), importer.said

    def _beside(self, number: int) -> contextlib.AbstractContextManager[object]:
        """Let others send, too, once nobody is killed any more; kills count what is stored."""
        if self._ordeal.is_undisturbed(number):
            return LiveTraffic(self._plunk.base_url)
        return contextlib.nullcontext()

    def _await_moment(self, kill: Kill, importer: Importer, before: int, began: float) -> None:
        def has_come() -> bool:
            return not importer.is_running or self._plunk.traces() >= before + kill.traces

        wait_until(has_come, what="the moment of a kill")
        moment = (began if kill.traces == 0 else time.monotonic()) + kill.delay_seconds
        wait_until(
            lambda: not importer.is_running or time.monotonic() >= moment,
            what="the moment of a kill",
        )

    def _is_over(self) -> bool:
        ordinals = {row.number for row in self._ordeal.rows if row.is_valid}
        journal = read_journal(self._run)
        open_states = {RowState.CLAIMED, RowState.PENDING}
        if self._ordeal.reads_back:
            open_states.add(RowState.IN_DOUBT)
        return ordinals <= {n for n, row in journal.items() if row.state not in open_states}

    def _call_the_next_night(self) -> None:
        """Import the same file into another directory: its history knows every row."""
        exit_code, said = self._call(MOST_COMMANDS, (*self._arguments("run"), "-o", "next"))
        stored = Counter(event.row for event in read_events(self._plunk.store))
        twice = sorted(number for number, times in stored.items() if times > 1)
        if exit_code not in {0, 1} or twice:
            self._complain(f"the next night doubled {twice}: {said}")

    def _complain(self, text: str) -> None:
        self._tally.complaints.append(f"{self._ordeal}: {text}")


def write_source(ordeal: Ordeal, place: Path) -> None:
    """Write the file and its mapping."""
    lines = ["row,email,order,keep"]
    lines += [f"{row.number},{row.email},{row.order},{row.keep}" for row in ordeal.rows]
    (place / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    # JSON is YAML.
    (place / "mapping.yaml").write_text(json.dumps(ordeal.mapping, indent=1), encoding="utf-8")
