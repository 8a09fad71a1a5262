"""An import by a cluster whose workers are killed; `python -m tests.torture.cluster` does more."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.torture.cluster.audit import (
    complaints_of_files,
    complaints_of_requests,
    complaints_of_store,
)
from tests.torture.cluster.ordeal import ClusterOrdeal, cluster_ordeal
from tests.torture.evidence import StoredEvent, read_events, read_report
from tests.torture.ordeal import Row
from tests.torture.processes import LONGEST_SECONDS, PROGRAM, Plunk, environment, wait_until
from tests.torture.trial import ALLOWED

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.ordeal
@pytest.mark.parametrize("server", ["sandbox", "nginx"])
def test_workers_that_are_killed_lose_and_double_nothing(server: str) -> None:
    drawn = ("--rows", "3000", "--contacts", "200", "--kills", "5", "--seed", "3")
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture.cluster", *drawn, "--server", server],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 5 killed" in done.stdout
    assert "0 complaints" in done.stdout


@pytest.mark.ordeal
def test_an_interrupt_at_the_terminal_ends_the_shards_in_good_order(tmp_path: Path) -> None:
    ordeal = cluster_ordeal(1, rows=600, contacts=50, workers=2, kills=0)
    ordeal.write(tmp_path)
    cluster = ("--dask", "local:2", "--shards", "2", "-o", str(tmp_path / "import"))
    command = [str(PROGRAM), "run", "rows.csv", "-m", "mapping.yaml", *ALLOWED, *cluster]
    with Plunk(tmp_path, "autumn") as plunk:
        variables = environment(plunk.base_url, has_secret_key=True)
        with subprocess.Popen(
            [*command, "--rate", "20/s"],
            cwd=tmp_path,
            env=variables,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as started:
            assert started.stderr is not None
            wait_until(lambda: plunk.traces() > 3, what="the first deliveries")
            os.killpg(started.pid, signal.SIGINT)  # as a terminal does
            _, said = started.communicate(timeout=LONGEST_SECONDS)
        assert started.returncode == 130, said
        assert "Traceback" not in said
        books = read_report(tmp_path / "import" / "merged")["books"]
        assert 0 < books["delivered"] < len(ordeal.valid)
        assert books["in_doubt"] == 0
        done = subprocess.run(
            [*command, "--rate", "unlimited"],
            cwd=tmp_path,
            env=variables,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 1  # for the rejects
        assert said_of(complaints_of_store(ordeal, read_events(plunk.store), ())) == ""


def has_begun_a_worker(process: int) -> bool:
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in children.read_text().split():
            with contextlib.suppress(OSError):
                if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                    return True
    return False


@pytest.mark.ordeal
def test_an_interrupt_while_the_cluster_starts_is_told_in_a_line(tmp_path: Path) -> None:
    cluster_ordeal(1, rows=600, contacts=50, workers=2, kills=0).write(tmp_path)
    command = [str(PROGRAM), "validate", "rows.csv", "-m", "mapping.yaml", "--dask", "local:2"]
    with subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as started:
        assert started.stderr is not None
        wait_until(lambda: has_begun_a_worker(started.pid), what="the start of a worker")
        os.killpg(started.pid, signal.SIGINT)
        _, said = started.communicate(timeout=LONGEST_SECONDS)
    assert started.returncode == 130, said
    assert said == "Error: Interrupted: nothing was sent.\n"


A, B = "a@example.com", "b@example.com"
ROWS = (
    Row(1, A, "o1"),
    Row(2, B, "o2"),
    Row(3, "nobody", "o3", code="invalid_email"),
    Row(4, A, "o4"),
    Row(5, B, "o5", keep="no"),
)
ORDEAL = ClusterOrdeal(1, ROWS, (), max_in_flight=1, between_commits=0)


def event(row: int, email: str, last: int) -> StoredEvent:
    return StoredEvent(row, f"e{row}", row, email, last)


WELL = (event(1, A, 4), event(2, B, 2), event(4, A, 4))
KEYS = {"k1": 1, "k2": 2, "k4": 4}


def said_of(complaints: Iterable[str]) -> str:
    return "; ".join(complaints)


def test_what_was_stored_once_in_order_gives_no_cause_to_complain() -> None:
    assert said_of(complaints_of_store(ORDEAL, WELL, ())) == ""


@pytest.mark.parametrize(
    ("events", "complaint"),
    [
        pytest.param(WELL[:2], "lost: 4", id="lost"),
        pytest.param((*WELL, WELL[1]), "more often than it should be: 2", id="doubled"),
        pytest.param((*WELL, event(5, B, 2)), "more often than it should be: 5", id="left out"),
        pytest.param((WELL[2], *WELL[:2]), f"{A} has its rows in another order: 1", id="order"),
        pytest.param((event(1, A, 1), WELL[1], event(4, A, 1)), f"{A} has the value 1", id="stale"),
    ],
)
def test_what_is_stored_otherwise_is_said(events: tuple[StoredEvent, ...], complaint: str) -> None:
    assert complaint in said_of(complaints_of_store(ORDEAL, events, ()))


def test_another_order_is_well_where_the_report_names_the_contact() -> None:
    events = (WELL[2], *WELL[:2])
    assert said_of(complaints_of_store(ORDEAL, events, {A})) == ""


@pytest.mark.parametrize(
    ("asked", "kills", "complaint"),
    [
        pytest.param("k1 k2 k4", 0, "", id="each once"),
        pytest.param("k1 k2 k2 k4", 1, "", id="one again after a kill"),
        pytest.param("k1 k2 k2 k4", 0, "1 requests were repetitions", id="one again"),
        pytest.param("k1 k2 k2 k2 k4", 1, "2 requests were repetitions", id="more than were open"),
        pytest.param("k1 k4", 0, "never asked for: 2", id="lost"),
        pytest.param("k1 k2 k4 k9", 0, "keys that are of no row: k9", id="a stranger"),
        pytest.param("k4 k1 k2", 0, f"{A} was asked for in another order: 1", id="order"),
    ],
)
def test_requests_tell_what_was_lost_or_repeated(asked: str, kills: int, complaint: str) -> None:
    found = said_of(complaints_of_requests(ORDEAL, KEYS, asked.split(), named=(), kills=kills))
    assert found == complaint or (complaint and complaint in found)


def left_in(place: Path, change: Callable[[dict[str, Any]], None] = lambda _: None) -> Path:
    """Write the files of an import, changed by what a test says."""
    books = {"read": 5, "filtered": 1, "rejected": 1, "delivered": 3}
    books |= dict.fromkeys(("skipped", "in_doubt", "pending"), 0)
    names = ("rejects", "events", "contacts", "exit_code", "fields", "warnings")
    left: dict[str, Any] = {
        "report.json": {"books": books, **dict.fromkeys(names, 0)},
        "results.csv": ["row,event_id,attempts", "1,x,1", "2,y,1", "4,z,1"],
        "rejects.csv": ["_row", "3"],
        "in_doubt.csv": ["_row"],
    }
    change(left)
    place.mkdir()
    for name, content in left.items():
        text = "\n".join(content) if isinstance(content, list) else json.dumps(content)
        (place / name).write_text(text)
    return place


def _another_attempt(left: dict[str, Any]) -> None:
    left["results.csv"][1] = "1,other,2"


def _a_row_less(left: dict[str, Any]) -> None:
    left["results.csv"].pop()


def _other_books(left: dict[str, Any]) -> None:
    left["report.json"]["books"] |= {"delivered": 2, "pending": 1}


def _another_reject(left: dict[str, Any]) -> None:
    left["rejects.csv"][1] = "2"


@pytest.mark.parametrize(
    ("change", "kills", "complaint"),
    [
        pytest.param(lambda _: None, 0, "", id="alike"),
        pytest.param(_another_attempt, 1, "", id="another attempt after a kill"),
        pytest.param(_another_attempt, 0, "1 rows took another attempt", id="another attempt"),
        pytest.param(_a_row_less, 0, "results.csv is not that of one process", id="a row less"),
        pytest.param(_another_reject, 0, "rejects.csv is not that", id="another reject"),
        pytest.param(_other_books, 0, "the books say", id="other books"),
    ],
)
def test_merged_files_are_held_against_those_of_one_process(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], kills: int, complaint: str
) -> None:
    whole, merged = left_in(tmp_path / "whole"), left_in(tmp_path / "merged", change)
    found = said_of(complaints_of_files(ORDEAL, merged, whole, kills))
    assert found == complaint or (complaint and complaint in found)


def test_an_ordeal_is_the_same_for_the_same_seed_and_repeats_ids_across_shards() -> None:
    drawn = {"rows": 2_000, "contacts": 50, "workers": 4, "kills": 6}
    ordeal = cluster_ordeal(5, **drawn)
    assert ordeal == cluster_ordeal(5, **drawn)
    assert ordeal != cluster_ordeal(6, **drawn)
    assert len(ordeal.kills) == 6
    first = {row.order: row.email for row in ordeal.rows if row.is_valid}
    repeated = [row for row in ordeal.rows if row.code == "duplicate_id"]
    assert any(first[row.order] != row.email for row in repeated)
