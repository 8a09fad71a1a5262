"""Behaviour of plunk_import.history: what was delivered once is known to every later run."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from plunk_import.errors import OutputError, RunLockedError, SettingsError
from plunk_import.storage import History, Journal
from tests.fakes import EPOCH

HASHED = "id2-" + "0123456789abcdef" * 2
"""A key as a mapping with `id` makes it."""
NUMBERED = "0123456789abcdef01234567-12"
"""A key as a mapping without `id` makes it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "delivered.sqlite"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    with History.open(path) as history:
        yield history


def series(*keys: str) -> pl.Series:
    return pl.Series("key", keys, dtype=pl.String)


def add(history: History, *keys: str, scope: str = "a", days: int = 0) -> int:
    return history.add(series(*keys), scope=scope, at=EPOCH + timedelta(days=days))


def known(history: History, *keys: str, scope: str = "a") -> list[bool]:
    return history.known(series(*keys), scope=scope).to_list()


def test_a_new_history_knows_nothing(history: History) -> None:
    assert known(history, HASHED, NUMBERED) == [False, False]
    assert history.count() == 0


def test_keys_are_known_to_later_runs_in_the_order_asked(path: Path) -> None:
    with History.open(path) as history:
        assert add(history, HASHED, NUMBERED, "k") == 3
    with History.open(path) as history:
        assert known(history, "other", "k", NUMBERED, "id2-", HASHED) == [
            False,
            True,
            True,
            False,
            True,
        ]


def test_keys_are_known_at_once(history: History) -> None:
    add(history, "k")
    assert known(history, "k") == [True]


def test_asking_gives_a_boolean_column_of_the_same_name(history: History) -> None:
    for asked in (series(), series("k")):
        answer = history.known(asked, scope="a")
        assert (answer.name, answer.dtype, len(answer)) == ("key", pl.Boolean(), len(asked))


@pytest.mark.parametrize(
    ("key", "other"),
    [
        pytest.param(HASHED, HASHED[:-1], id="one digit less"),
        pytest.param(HASHED, HASHED.upper(), id="upper case"),
        pytest.param(HASHED, HASHED.removeprefix("id2-"), id="the hash alone"),
        pytest.param(NUMBERED, NUMBERED + "0", id="another row"),
        pytest.param("k", "k ", id="a space more"),
        pytest.param("é", "e\u0301", id="composed otherwise"),
    ],
)
def test_keys_that_differ_at_all_are_different(history: History, key: str, other: str) -> None:
    add(history, key)
    assert known(history, other, key) == [False, True]


def test_what_one_project_stored_is_not_skipped_for_another(history: History) -> None:
    add(history, "k", scope="a")
    assert known(history, "k", scope="b") == [False]
    assert add(history, "k", scope="b") == 1
    assert history.count() == 2


def test_adding_again_changes_nothing_not_even_the_time(history: History) -> None:
    assert add(history, "k", "k", days=0) == 1
    assert add(history, "k", days=5) == 0
    assert history.count() == 1
    assert history.prune(EPOCH + timedelta(days=1)) == 1


def test_pruning_forgets_what_was_delivered_before(history: History) -> None:
    add(history, "old", "older", days=0)
    add(history, "new", days=10)
    assert history.prune(EPOCH + timedelta(days=10)) == 2
    assert known(history, "old", "older", "new") == [False, False, True]
    assert history.count() == 1


def test_the_file_shrinks_by_a_vacuum(path: Path) -> None:
    def size() -> int:
        return path.stat().st_size

    with History.open(path) as history:
        add(history, *(f"k{number}" for number in range(70_000)))
    full = size()
    with History.open(path) as history:
        assert history.prune(EPOCH + timedelta(days=1)) == 70_000
        history.vacuum()
    assert size() < full / 10


@settings(max_examples=60)
@given(
    batches=st.lists(
        st.lists(st.one_of(st.integers(0, 60).map(str), st.text(max_size=3)), max_size=20),
        max_size=12,
    ),
    asked=st.lists(st.one_of(st.integers(0, 60).map(str), st.text(max_size=3)), max_size=30),
)
def test_it_answers_as_a_set_would_however_the_keys_came(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str]], asked: list[str]
) -> None:
    path = tmp_path_factory.mktemp("history") / "keys"
    expected: set[str] = set()
    with History.open(path) as history:
        for batch in batches:
            assert add(history, *batch) == len(set(batch) - expected)
            expected |= set(batch)
            assert known(history, *asked) == [key in expected for key in asked]
    with History.open(path) as history:
        assert known(history, *asked) == [key in expected for key in asked]
        assert history.count() == len(expected)


def test_batches_larger_than_a_block_are_remembered_whole(path: Path) -> None:
    keys = pl.select(
        key=pl.format("id2-{}", pl.int_range(10**6).cast(pl.String).str.pad_start(32, "0"))
    )["key"]
    with History.open(path) as history:
        assert history.add(keys.head(150_000), scope="a", at=EPOCH) == 150_000
    with History.open(path) as history:
        assert history.known(keys.head(300_000), scope="a").sum() == 150_000
        assert history.known(keys.head(150_000), scope="a").all()
    assert path.stat().st_size < 150_000 * 17


# What goes wrong


def test_two_jobs_do_not_use_it_at_once(path: Path) -> None:
    with (
        History.open(path),
        pytest.raises(RunLockedError, match=rf"history {path} is in use by process \d+"),
    ):
        History.open(path)
    History.open(path).close()


def test_an_empty_file_becomes_a_history(path: Path) -> None:
    path.touch()
    with History.open(path) as history:
        assert add(history, "k") == 1


def of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (name TEXT)")
    connection.close()


def journal_of_a_run(path: Path) -> None:
    Journal.create(path, {}).close()


@pytest.mark.parametrize(
    "prepare",
    [
        pytest.param(lambda path: path.write_text("order_id\n1\n"), id="a text"),
        pytest.param(of_another_program, id="another program's database"),
        pytest.param(journal_of_a_run, id="a journal"),
        pytest.param(Path.mkdir, id="a directory"),
    ],
)
def test_what_is_no_history_is_refused_and_left_alone(
    path: Path, prepare: Callable[[Path], object]
) -> None:
    prepare(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(SettingsError, match=r"history.*--history"):
        History.open(path)
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_missing_directory_is_said_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no directory .*nowhere"):
        History.open(tmp_path / "nowhere" / "keys.sqlite")


def test_a_damaged_history_is_said_to_be_so(path: Path) -> None:
    with History.open(path) as history:
        add(history, *(str(number) for number in range(20_000)))
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(SettingsError, match="damaged"), History.open(path) as history:
        known(history, "k")


def test_nothing_is_remembered_of_a_batch_that_could_not_be_written(path: Path) -> None:
    with History.open(path) as history:
        add(history, "k")
        with sqlite3.connect(path) as connection:
            connection.execute(
                "CREATE TRIGGER full BEFORE INSERT ON deliveries "
                "BEGIN SELECT raise(ABORT, 'no room'); END"
            )
        connection.close()
        with pytest.raises(OutputError, match="no room"):
            add(history, "new")
        assert known(history, "k", "new") == [True, False]


def marked(path: Path, statement: str) -> None:
    History.open(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def of_0_1_0(path: Path) -> None:
    marked(path, "PRAGMA user_version = 1")


def without_its_log(path: Path) -> None:
    marked(path, "UPDATE open_mark SET is_open = 1")


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        pytest.param(of_0_1_0, "older plunk-import, whose keys do not tell events", id="of 0.1.0"),
        pytest.param(without_its_log, r"delivered\.sqlite-wal.*is gone", id="killed, its log lost"),
    ],
)
def test_a_history_that_does_not_know_all_is_refused_with_what_an_empty_one_would_send_again(
    path: Path, prepare: Callable[[Path], None], message: str
) -> None:
    prepare(path)
    with pytest.raises(SettingsError, match=message) as caught:
        History.open(path)
    assert "rows that earlier runs delivered are sent again" in str(caught.value)


def test_an_agreement_is_kept_for_its_project(path: Path) -> None:
    with History.open(path) as history:
        history.agree({"first": 1}, scope="a")
        history.agree({"second": 2}, scope="a")
    with History.open(path) as history:
        assert history.agreement(scope="a") == {"second": 2}
        assert history.agreement(scope="b") is None


def test_millions_of_keys_are_known_range_by_range(tmp_path: Path) -> None:
    number = pl.int_range(2_700_000, dtype=pl.UInt64, eager=True)
    digits = number.hash().cast(pl.String).str.zfill(20) + number.cast(pl.String).str.zfill(12)
    known, unknown = ("id2-" + digits).head(2_600_000), ("id2-" + digits).tail(100_000)
    with History.open(tmp_path / "history") as history:
        assert history.add(known, scope="a", at=EPOCH) == 2_600_000
    with History.open(tmp_path / "history") as history:
        assert history.known(known.sample(100_000, seed=1), scope="a").all()
        assert not history.known(unknown, scope="a").any()
        assert history.add(unknown, scope="a", at=EPOCH) == 100_000
        assert history.known(unknown, scope="a").all()
