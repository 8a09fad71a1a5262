"""Rows are known by what they are: across mappings, files and nights, on either build."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from pydantic import SecretStr

from plunk_import import Books, Connection, ExitCode, Report, SendSettings, import_file
from plunk_import.errors import WayOn
from plunk_import.sandbox import Profile, Sandbox, SandboxSettings, running

FAST = SendSettings(rate="unlimited", settle_seconds=0)
SIDE_EVENTS = {"contact.subscribed", "contact.unsubscribed"}
QUIET = {"version": 1, "email": "email", "subscribed": {"const": False}}


def written(folder: Path, name: str, *lines: str) -> Path:
    path = folder / f"{name}.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def send(plunk: Sandbox, source: Path, history: Path | None = None, **mapping: Any) -> Report:  # noqa: ANN401
    runs = source.parent / f"runs of {source.stem}"
    runs.mkdir(exist_ok=True)
    return import_file(
        source,
        {**QUIET, **mapping},
        directory=runs / str(len(list(runs.iterdir()))),
        settings=FAST,
        connection=Connection(
            api_key=SecretStr(plunk.public_key),
            secret_key=SecretStr(plunk.secret_key),
            base_url=plunk.base_url,
        ),
        history=history,
    )


def stored(plunk: Sandbox) -> dict[str, int]:
    headers = {"Authorization": f"Bearer {plunk.secret_key}"}
    counts = httpx.get(f"{plunk.base_url}/events/stats", headers=headers).json()
    return {one["name"]: one["count"] for one in counts if one["name"] not in SIDE_EVENTS}


@pytest.fixture(params=list(Profile), ids=str)
def plunk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sandbox]:
    database = tmp_path / "plunk.sqlite"
    settings = SandboxSettings(profile=request.param, database=database, race_seconds=0.0)
    with running(settings) as server:
        yield server


WIDE = (
    "order_id,email,placed,shipped",
    "1,a@example.com,2026-01-01,2026-01-03",
    "2,b@example.com,2026-01-02,",
    "3,c@example.com,2026-01-02,2026-01-05",
)


def test_one_file_can_be_sent_as_two_events(plunk: Sandbox, tmp_path: Path) -> None:
    source = written(tmp_path, "f", "email,at", "ada@example.com,1", "bob@example.com,2")
    for event in ("order.placed", "order.shipped"):
        report = send(plunk, source, event={"const": event}, data={"at": "at"})
        assert report.books == Books(read=2, delivered=2)
    assert stored(plunk) == {"order.placed": 2, "order.shipped": 2}


def test_ids_of_different_things_do_not_meet(plunk: Sandbox, tmp_path: Path) -> None:
    for thing in ("order", "ticket"):
        source = written(tmp_path, thing, f"{thing},email", "1,a@example.com", "2,b@example.com")
        report = send(plunk, source, event={"const": f"{thing}.opened"}, id=[thing])
        assert report.books == Books(read=2, delivered=2)
    assert stored(plunk) == {"order.opened": 2, "ticket.opened": 2}


def test_a_history_knows_each_event_of_a_row_apart(plunk: Sandbox, tmp_path: Path) -> None:
    source, history = written(tmp_path, "wide", *WIDE), tmp_path / "history.sqlite"
    for column, delivered in (("placed", 3), ("shipped", 2)):
        mapping = {"event": {"const": column}, "id": ["order_id"], "where": f"{column} > ''"}
        books = send(plunk, source, history, **mapping).books
        assert (books.delivered, books.skipped) == (delivered, 0)
        again = send(plunk, source, history, **mapping).books
        assert (again.delivered, again.skipped) == (0, delivered)
    assert stored(plunk) == {"placed": 3, "shipped": 2}


def test_a_row_without_an_id_is_never_taken_for_another(plunk: Sandbox, tmp_path: Path) -> None:
    history = tmp_path / "history.sqlite"
    mapping = {"event": {"const": "signup"}, "id": {"columns": ["n"], "empty": "send"}}
    for night, lines in (("mon", ("7,a", ",b", ",c")), ("tue", ("8,d", ",e", ",f"))):
        rows = (f"{line}@example.com" for line in lines)
        report = send(plunk, written(tmp_path, night, "n,email", *rows), history, **mapping)
        assert report.books == Books(read=3, delivered=3)
    assert stored(plunk) == {"signup": 6}


def test_an_id_is_known_again_whatever_its_type(plunk: Sandbox, tmp_path: Path) -> None:
    history = tmp_path / "history.sqlite"
    first = written(tmp_path, "night1", "id,email", "101,e@example.com", "102,f@example.com")
    second = tmp_path / "night2.parquet"
    pl.DataFrame({"id": [101.0, 102.0], "email": ["e@example.com", "f@example.com"]}).write_parquet(
        second
    )
    mapping: dict[str, Any] = {"event": {"const": "paid"}, "id": ["id"]}
    assert send(plunk, first, history, **mapping).books.delivered == 2
    assert send(plunk, second, history, **mapping).books == Books(read=2, skipped=2)
    assert stored(plunk) == {"paid": 2}


def test_floats_in_place_of_known_ids_stop_the_run_before_they_are_sent(
    plunk: Sandbox, tmp_path: Path
) -> None:
    history = tmp_path / "history.sqlite"
    first = written(tmp_path, "night1", "id,email", "101,e@example.com", "102,f@example.com")
    second = written(
        tmp_path, "night2", "id,email", "7.0,d@example.com", "101.0,e@example.com", ",g@example.com"
    )
    mapping: dict[str, Any] = {"event": {"const": "paid"}, "id": ["id"]}
    assert send(plunk, first, history, **mapping).books.delivered == 2
    report = send(plunk, second, history, **mapping)
    assert report.exit_code is ExitCode.STOPPED
    assert report.books == Books(read=3, rejected=1, pending=2)
    assert "Row 2 has an id written as a float" in str(report.reason)
    assert report.way_on is WayOn.NEW_RUN
    assert stored(plunk) == {"paid": 2}
