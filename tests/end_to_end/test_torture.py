"""The whole program, killed, starved and interrupted; `python -m tests.torture` does more of it."""

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from plunk_import.storage import RowState
from tests.torture.audit import Audit
from tests.torture.evidence import read_events, read_journal, read_report
from tests.torture.ordeal import Ordeal, Row, Severity, ordeal_of
from tests.torture.processes import Importer, Plunk, call, environment, wait_until
from tests.torture.trial import ALLOWED, Tally, go_through, write_source

pytestmark = pytest.mark.ordeal

SHORT = Severity(most_rows=30, most_kills=2)
# Both profiles, and the secret key always, never and only in the end; with kills of both sides.
SEEDS = range(114, 120)
CALM = ("--rate", "unlimited")
RUN = ("run", "rows.csv", "-m", "mapping.yaml", "-o", "run", *ALLOWED)
RESUME = ("resume", "run", *ALLOWED)


def plain(count: int, *, contacts: int = 7, profile: str = "autumn") -> Ordeal:
    """Rows without anything wrong with them, over a few contacts."""
    rows = tuple(
        Row(number, f"person{number % contacts}@example.com", f"order-{number}")
        for number in range(1, count + 1)
    )
    mapping = {**ordeal_of(0, SHORT).mapping}
    mapping.pop("id", None)
    return Ordeal(0, profile, "never", rows, mapping, (), ("run",))


@contextmanager
def rehearsal(ordeal: Ordeal, place: Path, *faults: str) -> Iterator[tuple[Plunk, Audit]]:
    """A sandbox, the source of an ordeal, and what holds the one against the other."""
    write_source(ordeal, place)
    with Plunk(place, ordeal.profile, faults=faults) as plunk:
        yield plunk, Audit(ordeal, place / "run", plunk.store, plunk.kills, set())


def resumed_to_the_end(
    audit: Audit, place: Path, variables: dict[str, str], command: tuple[str, ...] = RESUME
) -> list[str]:
    exit_code, said = call(*command, *CALM, directory=place, variables=variables)
    assert exit_code == 0, said
    return [*audit.after_a_command(exit_code), *audit.at_the_end()]


def test_every_row_ends_once_whatever_fails_and_whoever_is_killed() -> None:
    whole = Tally()
    with ThreadPoolExecutor(3) as pool:
        for tally in pool.map(go_through, (ordeal_of(seed, SHORT) for seed in SEEDS)):
            whole.add(tally)
    assert not whole.complaints, "\n".join(whole.complaints)
    assert whole.runs == len(SEEDS)
    assert whole.importer_kills > 0
    assert whole.server_kills > 0
    assert len(whole.faults) > 8


@pytest.mark.parametrize(
    ("number", "exit_code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143)],
    ids=["SIGINT", "SIGTERM"],
)
def test_a_signal_ends_a_run_in_good_order(
    tmp_path: Path, number: signal.Signals, exit_code: int
) -> None:
    with rehearsal(plain(60), tmp_path, "late=500ms:0.2") as (plunk, audit):
        variables = environment(plunk.base_url, has_secret_key=False)
        with Importer([*RUN, "--rate", "20/s"], tmp_path, variables) as importer:
            wait_until(lambda: plunk.traces() > 3, what="the first deliveries")
            importer.send(number)
            assert importer.end() == exit_code, importer.said
        assert list(audit.after_a_command(exit_code)) == []
        books = read_report(tmp_path / "run")["books"]
        assert 0 < books["delivered"] < 60
        assert books["in_doubt"] == 0
        assert resumed_to_the_end(audit, tmp_path, variables) == []


def test_a_second_signal_ends_a_run_at_once_and_it_still_resumes(tmp_path: Path) -> None:
    with rehearsal(plain(20, profile="autumn"), tmp_path, "hang=60s:@3,@4") as (plunk, audit):
        variables = environment(plunk.base_url, has_secret_key=False)
        with Importer([*RUN, *CALM], tmp_path, variables) as importer:
            wait_until(lambda: len(plunk.store.rows("SELECT 1 FROM faults")) == 2, what="a hang")
            importer.send(signal.SIGINT)
            wait_until(lambda: "once more stops at once" in importer.said, what="the first word")
            assert importer.is_running
            importer.send(signal.SIGINT)
            assert importer.process.wait(10) == 130
            assert "resume" in importer.said
        assert list(audit.after_a_kill()) == []
        exit_code, said = call(*RESUME, *CALM, directory=tmp_path, variables=variables)
        # A client that has gone may leave its keys in flight, so that no key can tell.
        assert exit_code in {0, 1}, said
        assert list(audit.after_a_command(exit_code)) == []
        assert read_report(tmp_path / "run")["books"]["pending"] == 0


def test_a_run_that_goes_on_gives_a_slow_server_time_to_finish_what_was_in_flight(
    tmp_path: Path,
) -> None:
    ordeal = plain(3, contacts=1, profile="spring")
    # The first request is the probe.
    with rehearsal(ordeal, tmp_path, "late-store=3s:@2") as (plunk, audit):
        variables = environment(plunk.base_url, has_secret_key=False)
        with Importer([*RUN, *CALM], tmp_path, variables) as importer:
            wait_until(lambda: plunk.traces() == 1, what="the first request")
            importer.kill()
        assert list(audit.after_a_kill()) == []
        exit_code, said = call(*RESUME, directory=tmp_path, variables=variables)
        assert exit_code == 1, said
        assert list(audit.after_a_command(exit_code)) == []
        assert [event.row for event in read_events(plunk.store)] == [1, 2, 3]


def test_a_second_process_is_told_who_holds_the_run_directory(tmp_path: Path) -> None:
    with rehearsal(plain(60), tmp_path) as (plunk, audit):
        variables = environment(plunk.base_url, has_secret_key=False)
        with Importer([*RUN, "--rate", "2/s"], tmp_path, variables) as importer:
            wait_until(lambda: plunk.traces() > 0, what="the first delivery")
            for arguments in (RESUME, RUN):
                exit_code, said = call(*arguments, directory=_aside(tmp_path), variables=variables)
                assert exit_code == 2, said
                assert f"process {importer.process.pid}" in said
            importer.send(signal.SIGTERM)
            assert importer.end() == 143
        assert resumed_to_the_end(audit, tmp_path, variables) == []


def _aside(place: Path) -> Path:
    """Another directory to call from, where the same names lead to the same files."""
    aside = place / "aside"
    aside.mkdir(exist_ok=True)
    for name in ("rows.csv", "mapping.yaml", "run"):
        if not (aside / name).exists():
            (aside / name).symlink_to(place / name)
    return aside


@pytest.mark.parametrize("kilobytes", [8, 64, 160])
def test_a_run_that_may_write_no_larger_files_says_so_and_loses_nothing(
    tmp_path: Path, kilobytes: int
) -> None:
    # The shell counts in blocks of 512 bytes.
    limit = ("sh", "-c", f'ulimit -f {2 * kilobytes}; exec "$@"', "sh")
    with rehearsal(plain(300), tmp_path) as (plunk, audit):
        variables = environment(plunk.base_url, has_secret_key=False)
        exit_code, said = call(*RUN, *CALM, directory=tmp_path, variables=variables, prefix=limit)
        assert_starved(audit, tmp_path, exit_code, said)
        assert resumed_to_the_end(audit, tmp_path, variables, command=RUN) == []
        assert resumed_to_the_end(audit, tmp_path, variables) == []


@pytest.mark.parametrize("kilobytes", [16, 128])
def test_a_run_on_a_full_disk_says_so_and_loses_nothing(tmp_path: Path, kilobytes: int) -> None:
    (tmp_path / "run").mkdir()
    with (
        small_disk(tmp_path / "run", kilobytes=kilobytes) as grow,
        rehearsal(plain(300), tmp_path) as (plunk, audit),
    ):
        variables = environment(plunk.base_url, has_secret_key=False)
        exit_code, said = call(*RUN, *CALM, directory=tmp_path, variables=variables)
        assert_starved(audit, tmp_path, exit_code, said)
        grow()
        assert resumed_to_the_end(audit, tmp_path, variables, command=RUN) == []
        assert resumed_to_the_end(audit, tmp_path, variables) == []


def assert_starved(audit: Audit, place: Path, exit_code: int, said: str) -> None:
    """A clear error, and an exit code that does not deny what was sent."""
    assert "Traceback" not in said
    assert "Error: " in said
    assert "disk" in said or "space" in said
    assert exit_code == (3 if (place / "run" / "journal.sqlite").exists() else 2), said
    assert list(audit.after_a_kill()) == []
    assert RowState.IN_DOUBT not in {row.state for row in read_journal(place / "run").values()}


@contextmanager
def small_disk(place: Path, *, kilobytes: int) -> Iterator["Grow"]:
    """A disk of its own, so small that it is full at once; gives what makes it larger."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place], check=False
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield Grow(place)
    finally:
        subprocess.run(["umount", place], check=True)


class Grow:
    """Makes a mounted disk larger."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def __call__(self) -> None:
        subprocess.run(["mount", "-o", "remount,size=64m", self._place], check=True)
