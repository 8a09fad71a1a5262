"""The whole way, from a file to a Plunk that keeps what it is sent."""

import csv
import gzip
import json
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
from pydantic import SecretStr

from plunk_import import (
    Connection,
    ExitCode,
    MappingError,
    OutputError,
    PlunkImportError,
    Report,
    RunDirectoryError,
    Runtime,
    SandboxSettings,
    SendSettings,
    SettingsError,
    SourceError,
    import_file,
    resolve,
    resume,
    status,
    validate_file,
)
from plunk_import.errors import WayOn
from plunk_import.sandbox import Profile, running
from tests import SAMPLES
from tests.fakes import ALL_ALLOWED, FakeClock, ScriptedTransport, delivered, refused, reused

EXPECTED = json.loads((SAMPLES / "expected.json").read_text())
NOWHERE = Connection(api_key=SecretStr("pk_test"), base_url="http://127.0.0.1:1")
FAST = SendSettings(rate="unlimited")
MAPPING = {"version": 1, "email": "email", "event": "event", "data": {"n": "n"}, "marker": "off"}


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def stored_events(path: Path) -> list[tuple[str, str, Any]]:
    """What a sandbox's database keeps: address, event name and data of each event."""
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT contacts.email, events.name, events.data FROM events "
            "JOIN contacts ON contacts.id = events.contact_id ORDER BY events.rowid"
        ).fetchall()
    database.close()
    return [(email, name, json.loads(data or "null")) for email, name, data in rows]


def write_rows(path: Path, *rows: str, header: str = "email,event,n") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("API_KEY", "API_KEY_FILE", "SECRET_KEY", "SECRET_KEY_FILE", "BASE_URL"):
        monkeypatch.delenv(f"PLUNK_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("sample", sorted(EXPECTED))
def test_each_sample_is_delivered_but_for_its_bad_rows(sample: str, tmp_path: Path) -> None:
    source = next(p for p in SAMPLES.glob(f"{sample}.*") if p.suffix in {".csv", ".parquet"})
    run = tmp_path / "run"
    report = import_file(
        source, SAMPLES / f"{sample}.yaml", directory=run, settings=FAST, sandbox=SandboxSettings()
    )
    expected = EXPECTED[sample]
    rejects = {
        row["_row"]: sorted(set(row["_code"].split("; "))) for row in read_csv(run / "rejects.csv")
    }
    assert rejects == {row: sorted(codes) for row, codes in expected["rejects"].items()}
    results = read_csv(run / "results.csv")
    assert len(results) == expected["rows"] - expected["filtered"] - len(rejects)
    assert all(row["event_id"] and row["contact_id"] for row in results)
    assert [int(row["row"]) for row in results] == sorted(int(row["row"]) for row in results)
    kept = Counter((email, name) for email, name, _ in stored_events(run / "sandbox.sqlite"))
    kept -= Counter({key: n for key, n in kept.items() if key[1].startswith("contact.")})
    assert kept == Counter((row["email"], row["event"]) for row in results)
    assert report.books.delivered == len(results)
    assert report.exit_code is ExitCode.INCOMPLETE


@pytest.mark.parametrize("profile", list(Profile), ids=str)
def test_many_rows_of_few_contacts_lose_nothing_and_keep_their_order(
    profile: Profile, tmp_path: Path
) -> None:
    contacts, rows = 50, 2_000
    lines = [f"c{row % contacts}@example.com,visit,{row}" for row in range(rows)]
    source = write_rows(tmp_path / "visits.csv", *lines)
    report = import_file(
        source,
        MAPPING,
        directory=tmp_path / "run",
        settings=SendSettings(rate="unlimited", max_in_flight=20),
        sandbox=SandboxSettings(profile=profile, race_seconds=0.001),
    )
    assert report.exit_code is ExitCode.DELIVERED
    assert len(stored_events(tmp_path / "run" / "sandbox.sqlite")) == rows
    with sqlite3.connect(tmp_path / "run" / "sandbox.sqlite") as database:
        last = dict(database.execute("SELECT email, json_extract(data, '$.n') FROM contacts"))
    database.close()
    assert last == {f"c{c}@example.com": str(rows - contacts + c) for c in range(contacts)}


def test_a_report_is_frozen_and_its_json_is_what_was_given(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1", "nobody,hi,2")
    report = validate_file(source, MAPPING, directory=tmp_path / "run", show=1)
    with pytest.raises(ValueError, match="frozen"):
        report.verdict = "fine"
    written = json.loads((tmp_path / "run" / "report.json").read_text())
    assert written == json.loads(report.model_dump_json())
    assert written["books"]["rejected"] == 1
    assert written["first_bodies"] == ['{"email":"ada@example.com","event":"hi","data":{"n":"1"}}']


def test_validate_leaves_rejects_that_can_be_mended_and_imported_again(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1", "nobody,email.x,2")
    validate_file(source, MAPPING, directory=tmp_path / "first")
    text = (tmp_path / "first" / "rejects.csv").read_text()
    header, reject = text.splitlines()
    assert header == "email,event,n,_row,_line,_code,_field,_message,_stage,_raw,_origin"
    assert reject.startswith("nobody,email.x,2,2,3,invalid_email; reserved_event,email; event,")
    mended = tmp_path / "mended.csv"
    mended.write_text(text.replace("nobody,email.x", "bob@example.com,x"))
    report = validate_file(mended, MAPPING, directory=tmp_path / "second")
    assert report.exit_code is ExitCode.DELIVERED


def test_rows_that_where_drops_are_counted_as_filtered(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1", "nobody,hi,2")
    report = validate_file(source, {**MAPPING, "where": "n = '1'"}, directory=tmp_path / "run")
    assert (report.books.read, report.books.filtered, report.books.rejected) == (2, 1, 0)


def test_what_plunk_refuses_is_in_the_rejects_with_its_own_words(tmp_path: Path) -> None:
    error = {"field": "email", "code": "blocked", "message": "Not this one"}
    transport = ScriptedTransport(
        refused(422, "VALIDATION_ERROR"),
        refused(422, "VALIDATION_ERROR", "Request validation failed", errors=[error]),
        delivered(),
    )
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1", "ada@example.com,hi,2")
    report = run_scripted(source, tmp_path / "run", transport)
    (reject,) = read_csv(tmp_path / "run" / "rejects.csv")
    assert (reject["_code"], reject["_field"], reject["_message"], reject["_stage"]) == (
        "blocked",
        "email",
        "Not this one",
        "api",
    )
    assert reject["n"] == "1"
    assert report.rejects["blocked"].count == 1
    assert report.exit_code is ExitCode.INCOMPLETE


def test_a_row_in_doubt_is_named_with_its_reason_and_the_request_to_ask_about(
    tmp_path: Path,
) -> None:
    transport = ScriptedTransport(
        refused(422, "VALIDATION_ERROR"), refused(500, "INTERNAL_SERVER_ERROR", "boom")
    )
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    report = run_scripted(source, tmp_path / "run", transport)
    (doubt,) = read_csv(tmp_path / "run" / "in_doubt.csv")
    assert doubt["_request_id"] == "req-1"
    assert "500" in doubt["_reason"]
    assert report.books.in_doubt == 1


def test_a_refused_key_stops_before_the_first_row_and_says_what_to_do(tmp_path: Path) -> None:
    transport = ScriptedTransport(refused(401, "INVALID_API_KEY", "Invalid public API key."))
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    report = run_scripted(source, tmp_path / "run", transport)
    assert report.exit_code is ExitCode.STOPPED
    assert report.books.pending == 1
    assert "PLUNK_API_KEY" in (report.reason or "")
    assert len(transport.requests) == 1


def run_scripted(source: Path, directory: Path, transport: ScriptedTransport) -> Report:
    return import_file(
        source,
        MAPPING,
        directory=directory,
        settings=FAST,
        connection=NOWHERE,
        consent=ALL_ALLOWED,
        runtime=Runtime(clock=FakeClock(), transport=transport),
    )


def test_the_key_is_in_no_file_that_a_run_leaves(tmp_path: Path) -> None:
    transport = ScriptedTransport(
        refused(422, "VALIDATION_ERROR"),
        refused(500, "X", "the key pk_test is odd"),
        delivered(),
    )
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1", "bob@example.com,hi,2")
    report = run_scripted(source, tmp_path / "run", transport)
    assert "pk_test" not in report.model_dump_json()
    for path in (tmp_path / "run").rglob("*"):
        assert path.is_dir() or b"pk_test" not in path.read_bytes(), path


def test_files_that_hold_addresses_are_for_their_owner_only(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    (tmp_path / "run").mkdir(mode=0o755)
    import_file(
        source, MAPPING, directory=tmp_path / "run", settings=FAST, sandbox=SandboxSettings()
    )
    open_to_others = [p.name for p in (tmp_path / "run").iterdir() if p.stat().st_mode & 0o077]
    assert open_to_others == []


def test_several_files_are_one_run_with_their_names_on_every_line(tmp_path: Path) -> None:
    one = write_rows(tmp_path / "one.csv", "ada@example.com,hi,1", "nobody,hi,2")
    two = write_rows(tmp_path / "two.csv", "bob@example.com,hi,3")
    import_file(
        [one, two], MAPPING, directory=tmp_path / "run", settings=FAST, sandbox=SandboxSettings()
    )
    results = read_csv(tmp_path / "run" / "results.csv")
    assert [(row["file"], row["row"]) for row in results] == [(str(one), "1"), (str(two), "1")]
    (reject,) = read_csv(tmp_path / "run" / "rejects.csv")
    assert (reject["_file"], reject["_row"]) == (str(one), "2")


def test_a_run_goes_on_in_the_directory_it_was_begun_in(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", *(f"c{n}@example.com,hi,{n}" for n in range(5)))
    part = SendSettings(rate="unlimited", max_in_flight=1)
    broken = ScriptedTransport(
        refused(422, "VALIDATION_ERROR"),
        delivered(),
        delivered(),
        refused(403, "PROJECT_DISABLED"),
    )
    database = tmp_path / "plunk.sqlite"
    with running(SandboxSettings(database=database)) as plunk:
        there = Connection(api_key=SecretStr(plunk.public_key), base_url=plunk.base_url)
        first = import_file(
            source,
            MAPPING,
            directory=tmp_path / "run",
            settings=part,
            connection=there,
            consent=ALL_ALLOWED,
            runtime=Runtime(clock=FakeClock(), transport=broken),
        )
        assert (first.books.delivered, first.books.pending) == (2, 3)
        second = resume(tmp_path / "run", connection=there)
    assert second.books.delivered == 5
    assert [data["n"] for _, _, data in stored_events(database)] == ["2", "3", "4"]


def test_a_history_that_cannot_serve_is_told_first_and_leaves_no_run_behind(
    tmp_path: Path,
) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    with pytest.raises(SettingsError, match="not a history") as raised:
        import_file(
            source,
            MAPPING,
            directory=tmp_path / "run",
            sandbox=SandboxSettings(),
            history=source,
        )
    assert raised.value.exit_code is ExitCode.CANNOT_START
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("again", [resume, import_file])
def test_a_run_that_stopped_at_a_wrong_key_goes_on_with_the_right_one(
    again: Callable[..., Report], tmp_path: Path
) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    first = run_scripted(
        source, tmp_path / "run", ScriptedTransport(refused(401, "INVALID_API_KEY"))
    )
    assert first.exit_code is ExitCode.STOPPED
    mended = Connection(api_key=SecretStr("pk_right"), base_url="http://127.0.0.1:2")
    transport = ScriptedTransport(refused(422, "VALIDATION_ERROR"), delivered())
    runtime = Runtime(clock=FakeClock(), transport=transport)
    if again is resume:
        report = resume(tmp_path / "run", connection=mended, consent=ALL_ALLOWED, runtime=runtime)
    else:
        report = import_file(
            source,
            MAPPING,
            directory=tmp_path / "run",
            connection=mended,
            consent=ALL_ALLOWED,
            runtime=runtime,
        )
    assert report.exit_code is ExitCode.DELIVERED
    assert report.server == "http://127.0.0.1:2"


def test_a_run_that_has_sent_rows_does_not_go_on_with_another_key(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    run_scripted(
        source,
        tmp_path / "run",
        ScriptedTransport(refused(422, "VALIDATION_ERROR"), refused(500, "X")),
    )
    other = Connection(api_key=SecretStr("pk_other"), base_url=NOWHERE.base_url)
    with pytest.raises(RunDirectoryError, match=r"PLUNK_API_KEY or PLUNK_BASE_URL"):
        resume(tmp_path / "run", connection=other)


@pytest.mark.parametrize("takes_keys", [False, True], ids=["ignores keys", "takes keys"])
def test_resolving_says_when_only_the_secret_key_could_settle(
    takes_keys: bool, tmp_path: Path
) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    probe = refused(400, "BAD_REQUEST") if takes_keys else refused(422, "VALIDATION_ERROR")
    run_scripted(source, tmp_path / "run", ScriptedTransport(probe, refused(500, "X")))
    transport = ScriptedTransport(probe, reused(200))
    report = resolve(
        tmp_path / "run",
        connection=NOWHERE,
        runtime=Runtime(clock=FakeClock(), transport=transport),
    )
    if takes_keys:
        assert report.books.delivered == 1
    else:
        assert report.exit_code is ExitCode.CANNOT_START
        assert "PLUNK_SECRET_KEY" in (report.reason or "")
        assert len(transport.requests) == 1


def test_a_rehearsal_s_directory_does_not_serve_for_the_real_thing(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    rehearsal = tmp_path / "run"
    import_file(source, MAPPING, directory=rehearsal, settings=FAST, sandbox=SandboxSettings())
    transport = ScriptedTransport(delivered())
    with pytest.raises(RunDirectoryError, match=r"the project .* is not what it was"):
        run_scripted(source, rehearsal, transport)
    assert transport.requests == []


@pytest.mark.parametrize("change", ["source", "mapping"])
def test_a_run_does_not_go_on_with_another_source_or_mapping(change: str, tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    import_file(
        source, MAPPING, directory=tmp_path / "run", settings=FAST, sandbox=SandboxSettings()
    )
    mapping = MAPPING if change == "source" else {**MAPPING, "data": {}}
    if change == "source":
        write_rows(source, "ada@example.com,hi,2")
    with pytest.raises(RunDirectoryError, match=f"the {change} .* is not what it was"):
        import_file(
            source, mapping, directory=tmp_path / "run", settings=FAST, sandbox=SandboxSettings()
        )


def test_another_s_directory_is_never_written_into(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "results.csv").write_text("mine")
    with pytest.raises(RunDirectoryError, match="holds no run to resume"):
        validate_file(source, MAPPING, directory=tmp_path / "run")
    assert (tmp_path / "run" / "results.csv").read_text() == "mine"


BAD_INPUT = {
    "no such file": (SourceError, "missing.csv", {}),
    "empty file": (SourceError, "empty.csv", {}),
    "header only": (SourceError, "header.csv", {}),
    "missing column": (MappingError, "good.csv", {"email": "Emial"}),
    "unknown mapping key": (MappingError, "good.csv", {"emial": "email"}),
}


@pytest.mark.parametrize(("kind", "name", "change"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_refused_before_anything_is_sent_and_leaves_nothing(
    kind: type[PlunkImportError], name: str, change: dict[str, str], tmp_path: Path
) -> None:
    write_rows(tmp_path / "good.csv", "ada@example.com,hi,1")
    write_rows(tmp_path / "header.csv")
    (tmp_path / "empty.csv").touch()
    transport = ScriptedTransport(delivered())
    with pytest.raises(kind) as raised:
        import_file(
            tmp_path / name,
            {**MAPPING, **change},
            directory=tmp_path / "run",
            settings=FAST,
            connection=NOWHERE,
            runtime=Runtime(clock=FakeClock(), transport=transport),
        )
    assert raised.value.exit_code is ExitCode.CANNOT_START
    assert transport.requests == []
    assert not (tmp_path / "run").exists()


@pytest.mark.usefixtures("no_keys")
def test_without_a_key_nothing_starts(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    with pytest.raises(SettingsError, match="PLUNK_API_KEY"):
        import_file(source, MAPPING, directory=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_place_that_is_not_writable_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        import_file(source, MAPPING, directory=tmp_path / "file" / "run", sandbox=SandboxSettings())


def test_limit_sends_the_first_rows_only_and_its_books_are_about_those(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", *(f"c{n}@example.com,hi,{n}" for n in range(9)))
    report = import_file(
        source,
        MAPPING,
        directory=tmp_path / "run",
        settings=SendSettings(rate="unlimited", limit=3),
        sandbox=SandboxSettings(),
    )
    assert (report.books.read, report.books.delivered) == (3, 3)


def test_more_bad_rows_than_allowed_stop_a_run_before_it_sends(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1", "x,hi,2", "y,hi,3")
    report = import_file(
        source,
        MAPPING,
        directory=tmp_path / "run",
        settings=SendSettings(rate="unlimited", max_rejects=0.5),
        sandbox=SandboxSettings(),
    )
    assert report.exit_code is ExitCode.STOPPED
    assert report.books.pending == 1
    assert report.way_on == status(tmp_path / "run").way_on is WayOn.ALLOW_REJECTS
    assert len(read_csv(tmp_path / "run" / "rejects.csv")) == 2


def test_parquet_rows_in_the_rejects_can_be_read_by_people(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"email": ["nobody"], "event": ["hi"], "n": [1.5], "tags": [["a", "b"]], "o": [{"x": 1}]}
    )
    frame.write_parquet(tmp_path / "a.parquet")
    validate_file(tmp_path / "a.parquet", MAPPING, directory=tmp_path / "run")
    (reject,) = read_csv(tmp_path / "run" / "rejects.csv")
    assert (reject["n"], reject["tags"], reject["o"]) == ("1.5", '["a","b"]', '{"x":1}')


def test_parquet_rejects_keep_their_types_so_that_they_can_be_imported_again(
    tmp_path: Path,
) -> None:
    rows = {"email": ["nobody", "ada@example.com"], "event": ["hi", "hi"], "n": [1.5, 2.5]}
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    validate_file(tmp_path / "a.parquet", MAPPING, directory=tmp_path / "run")
    rejects = pl.read_parquet(tmp_path / "run" / "rejects.parquet")
    assert rejects.select("n", "_row", "_code").rows() == [(1.5, 1, "invalid_email")]
    mended = rejects.with_columns(email=pl.lit("bob@example.com"))
    mended.write_parquet(tmp_path / "mended.parquet")
    report = validate_file(
        tmp_path / "mended.parquet", MAPPING, directory=tmp_path / "again", show=1
    )
    assert report.first_bodies[0].endswith('"data":{"n":1.5}}')


@pytest.mark.parametrize(
    ("moment", "sent", "code"),
    [
        pytest.param("while sending", 2, ExitCode.STOPPED, id="while rows are sent"),
        pytest.param("before", 0, ExitCode.CANNOT_START, id="before the first row"),
    ],
)
def test_a_source_written_over_meanwhile_leaves_an_exit_code_that_is_true(
    moment: str, sent: int, code: ExitCode, tmp_path: Path
) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1", "bob@example.com,hi,2")
    written = source.read_bytes()

    def answer(request: httpx.Request) -> httpx.Response:
        is_probe = b"@example.com" not in request.content
        if is_probe == (moment == "before"):
            write_rows(source, "cy@example.com,hi,3")
        return refused(422, "VALIDATION_ERROR") if is_probe else delivered()

    with pytest.raises(SourceError) as caught:
        run_scripted(source, tmp_path / "run", ScriptedTransport(answer))
    assert caught.value.exit_code is code
    source.write_bytes(written)
    assert status(tmp_path / "run", write=True).books.delivered == sent
    assert len(read_csv(tmp_path / "run" / "results.csv")) == sent
    assert ("--write" in str(caught.value)) == bool(sent)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(2, id="a small file"),
        pytest.param(20_000, id="a file of several blocks", marks=pytest.mark.ordeal),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "csv.gz", "ndjson", "parquet", "xlsx"])
@pytest.mark.parametrize("is_removed", [False, True], ids=["replaced", "removed"])
def test_the_file_that_was_opened_is_imported_to_its_end_whatever_takes_its_place(
    is_removed: bool, ending: str, rows: int, tmp_path: Path
) -> None:
    if rows > 2 and ending not in ("csv", "parquet"):
        rows = 100
    source, other = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    write_table(source, [(f"p{n}@example.com", "hi", n) for n in range(rows)])
    write_table(other, [("cy@example.com", "hi", 3)])

    def answer(request: httpx.Request) -> httpx.Response:
        if source.exists() and source.stat().st_ino != other_inode:
            source.unlink() if is_removed else other.replace(source)
        is_probe = b"@example.com" not in request.content
        return refused(422, "VALIDATION_ERROR") if is_probe else delivered()

    other_inode = other.stat().st_ino
    report = run_scripted(source, tmp_path / "run", ScriptedTransport(answer))
    assert (report.exit_code, report.books.delivered) == (ExitCode.DELIVERED, rows)
    assert any("was replaced or removed meanwhile" in note for note in report.notes)
    results = (tmp_path / "run" / "results.csv").read_bytes()
    assert results.count(b"\n") == rows + 1
    for again in (status(tmp_path / "run"), status(tmp_path / "run", write=True)):
        assert (again.exit_code, again.books.delivered) == (ExitCode.DELIVERED, rows)
        assert not any("meanwhile" in note for note in again.notes)
    assert (tmp_path / "run" / "results.csv").read_bytes() == results


def test_a_run_that_stopped_goes_on_with_the_file_that_was_replaced(tmp_path: Path) -> None:
    source = write_rows(tmp_path / "a.csv", "ada@example.com,hi,1", "bob@example.com,hi,2")

    def answer(request: httpx.Request) -> httpx.Response:
        if b"@example.com" in request.content:
            write_rows(tmp_path / "b.csv", "cy@example.com,hi,3").replace(source)
            return refused(401, "INVALID_API_KEY")
        return refused(422, "VALIDATION_ERROR")

    stopped = run_scripted(source, tmp_path / "run", ScriptedTransport(answer))
    assert (stopped.exit_code, stopped.books.pending) == (ExitCode.STOPPED, 2)
    sent: list[bytes] = []

    def deliver(request: httpx.Request) -> httpx.Response:
        sent.append(request.content)
        is_probe = b"@example.com" not in request.content
        return refused(422, "VALIDATION_ERROR") if is_probe else delivered()

    runtime = Runtime(clock=FakeClock(), transport=ScriptedTransport(deliver))
    report = resume(tmp_path / "run", connection=NOWHERE, consent=ALL_ALLOWED, runtime=runtime)
    assert (report.exit_code, report.books.delivered) == (ExitCode.DELIVERED, 2)
    assert not any(b"cy@example.com" in body for body in sent)


def write_table(path: Path, rows: list[tuple[str, str, int]]) -> None:
    frame = pl.DataFrame(rows, schema=["email", "event", "n"], orient="row")
    match path.name.partition(".")[2]:
        case "csv":
            frame.write_csv(path)
        case "csv.gz":
            path.write_bytes(gzip.compress(frame.write_csv().encode()))
        case "ndjson":
            frame.write_ndjson(path)
        case "parquet":
            frame.write_parquet(path, row_group_size=1000)
        case "xlsx":
            frame.write_excel(path)
