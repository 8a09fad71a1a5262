"""How often a source is read, and how many rows are judged: ARCHITECTURE.md says the same."""

import collections
import contextlib
import gc
import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from pydantic import SecretStr

from plunk_import import Connection, Report, SendSettings, import_file, resume, validate_file
from plunk_import.read import Source
from plunk_import.run import Consent
from plunk_import.sandbox import Sandbox, SandboxSettings, running
from plunk_import.validate import Compiled, Job, JudgedBatch

ROWS = 400
PADDING = "x" * 1_000  # so that the file is no small one, which is read once for all
MAPPING = {"version": 1, "email": "email", "event": {"const": "paid"}, "data": {"n": "n"}}
WITH_ID = {**MAPPING, "id": ["n"]}
CONSENT = Consent(allow_workflows=True, allow_resubscribe=True)

_READ = Source.batches.__code__
# What packages offer to nobody is known by the names of its module and of itself.
_PARSED = {("parser.py", "count"), ("parser.py", "parse_clean")}
_READ_WHOLE = {("identity.py", "_read_digest"), ("files.py", "_check_content")}
_JUDGED = (Compiled.judge.__code__, Compiled.validate.__code__)


class Passes:
    """Sees which passes over a source begin, and how many rows are judged or made events of."""

    def __init__(self) -> None:
        self.reads = 0
        self.rows: collections.Counter[str] = collections.Counter()
        self.held: collections.Counter[str] = collections.Counter()
        """How many judged batches there were at most where one more was to be made."""
        self.parsed_bytes = 0
        self.threads: list[str] = []

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:  # noqa: ARG002
        if event != "call":
            return
        if frame.f_code is _READ:
            self.reads += 1
        elif _names(frame) in _PARSED:
            self.parsed_bytes += len(frame.f_locals["block"])
        elif _names(frame) in _READ_WHOLE:
            self.threads.append(threading.current_thread().name)
        elif frame.f_code in _JUDGED and not self._is_part_of_another(frame):
            name = frame.f_code.co_name
            self.rows[name] += frame.f_locals["batch"].size
            alive = sum(isinstance(one, JudgedBatch) for one in gc.get_objects())
            self.held[name] = max(self.held[name], alive)

    def _is_part_of_another(self, frame: FrameType) -> bool:
        """Whether a batch's doubtful rows are looked at again, or a few of its bodies are shown."""
        caller = frame.f_back
        return caller is not None and (
            caller.f_code is Job.bodies.__code__
            or caller.f_code.co_filename == _JUDGED[0].co_filename
        )


def _names(frame: FrameType) -> tuple[str, str]:
    return Path(frame.f_code.co_filename).name, frame.f_code.co_name


@contextlib.contextmanager
def watching() -> Iterator[Passes]:
    passes = Passes()
    before = sys.getprofile()
    threading.setprofile(passes)
    sys.setprofile(passes)
    try:
        yield passes
    finally:
        sys.setprofile(before)
        threading.setprofile(before)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Sandbox]:
    with running(SandboxSettings(database=tmp_path / "plunk.sqlite")) as started:
        yield started


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Valid rows, a reject, and one that repeats another's id."""
    lines = [f"p{number}@example.com,{number},{PADDING}" for number in range(ROWS - 2)]
    lines += [f"nobody,{ROWS},{PADDING}", f"p1@example.com,1,{PADDING}"]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["email,n,padding", *lines]) + "\n")
    return path


def send(
    server: Sandbox, source: Path, mapping: dict[str, object], settings: SendSettings
) -> Report:
    """Send with the public key alone: with the secret one the project is asked about rows, too."""
    return import_file(
        source,
        mapping,
        directory=source.parent / "run",
        connection=connection_to(server),
        settings=settings,
        consent=CONSENT,
    )


def connection_to(server: Sandbox) -> Connection:
    return Connection(api_key=SecretStr(server.public_key), base_url=server.base_url)


@pytest.mark.parametrize("mapping", [MAPPING, WITH_ID], ids=["without an id", "with an id"])
def test_validate_judges_every_row_once(mapping: dict[str, object], source: Path) -> None:
    with watching() as passes:
        report = validate_file(source, mapping, directory=source.parent / "out")
    assert report.books.rejected == 1 + (mapping is WITH_ID)
    assert passes.reads == 1
    assert passes.rows == {"judge": ROWS}


@pytest.mark.parametrize("mapping", [MAPPING, WITH_ID], ids=["without an id", "with an id"])
def test_run_judges_every_row_once_and_reads_it_once_more_to_send_it(
    mapping: dict[str, object], server: Sandbox, source: Path
) -> None:
    with watching() as passes:
        report = send(server, source, mapping, SendSettings(rate="unlimited"))
    assert report.books.delivered == ROWS - 1 - (mapping is WITH_ID)
    assert passes.reads == 2
    assert passes.rows == {"judge": ROWS, "validate": ROWS}


def test_resume_reads_the_rows_once_to_send_those_that_are_left(
    server: Sandbox, source: Path
) -> None:
    first = send(server, source, WITH_ID, SendSettings(rate="unlimited", max_rejects=1))
    assert first.books.delivered == 0
    with watching() as passes:
        report = resume(
            source.parent / "run",
            connection=connection_to(server),
            settings=SendSettings(rate="unlimited", max_rejects=None),
            consent=CONSENT,
        )
    assert report.books.delivered == ROWS - 2
    assert passes.reads == 1
    assert passes.rows == {"validate": ROWS}


def deliver(journal: Path, rows: int) -> None:
    """Note in a journal that its first rows were delivered."""
    with contextlib.closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers "
            "WHERE n < ?) INSERT INTO rows (ordinal, state, key, email, event, settled_at) "
            "SELECT n, 2, 'key-' || n, 'p@example.com', 'paid', n FROM numbers",
            (rows,),
        )


def source_of_blocks(folder: Path) -> Path:
    """Make a source that is read in several blocks, whose last row is a reject."""
    lines = [f'p{n}@example.com,{n},"{"x" * 30_000}"' for n in range(ROWS - 1)]
    path = folder / "rows.csv"
    path.write_text("\n".join(["email,n,padding", *lines, "nobody,0,x"]) + "\n")
    return path


def test_run_holds_no_block_that_is_sent_and_few_that_are_judged(
    server: Sandbox, tmp_path: Path
) -> None:
    with watching() as passes:
        report = send(server, source_of_blocks(tmp_path), MAPPING, SendSettings(rate="unlimited"))
    assert report.books.delivered == ROWS - 1
    assert passes.rows == {"judge": ROWS, "validate": ROWS}
    assert passes.held["validate"] == 0
    assert passes.held["judge"] <= 2


def test_resume_begins_to_read_at_the_first_block_that_is_not_finished(
    server: Sandbox, tmp_path: Path
) -> None:
    source = source_of_blocks(tmp_path)
    send(server, source, MAPPING, SendSettings(rate="unlimited", max_rejects=0))
    deliver(tmp_path / "run" / "journal.sqlite", ROWS - 10)
    with watching() as passes:
        report = resume(
            tmp_path / "run",
            connection=connection_to(server),
            settings=SendSettings(rate="unlimited", max_rejects=None),
            consent=CONSENT,
        )
    assert report.books.delivered == ROWS - 1
    assert report.books.pending == 0
    assert 0 < passes.parsed_bytes < 5 << 20 < source.stat().st_size / 2
    assert passes.rows["validate"] < ROWS / 2


def test_resume_reads_the_fingerprint_of_the_source_while_it_looks_for_damage(
    server: Sandbox, source: Path
) -> None:
    send(server, source, MAPPING, SendSettings(rate="unlimited", max_rejects=0))
    with watching() as passes:
        resume(source.parent / "run", connection=connection_to(server), consent=CONSENT)
    assert len(passes.threads) == len(set(passes.threads)) == 2


def test_resume_of_a_finished_run_looks_at_no_row(server: Sandbox, source: Path) -> None:
    send(server, source, WITH_ID, SendSettings(rate="unlimited"))
    with watching() as passes:
        resume(source.parent / "run", connection=connection_to(server), consent=CONSENT)
    assert passes.rows == {}
