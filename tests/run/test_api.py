"""How the public functions are called, from plain and from async programs."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from pydantic import SecretStr

import plunk_import
from plunk_import import (
    Connection,
    ExitCode,
    MappingError,
    PlunkImportError,
    RunDirectoryError,
    RunningLoopError,
    SandboxSettings,
    SendSettings,
    SettingsError,
    SourceError,
)

MAPPING = {"version": 1, "email": "email", "event": "event"}
WAITING = ("import_file", "resume", "resolve", "verify", "check_file")
FUNCTIONS = (*WAITING, "status", "validate_file")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "a.csv").write_text("email,event\nada@example.com,hi\nbob@example.com,hi\n")
    return tmp_path / "a.csv"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_help_shows_every_parameter_and_says_what_it_is_for(name: str) -> None:
    function = getattr(plunk_import, name)
    parameters = inspect.signature(function).parameters
    assert {one.kind for one in parameters.values()} <= {
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        inspect.Parameter.KEYWORD_ONLY,
    }
    if name == "resolve":  # its arguments are those of `resume`
        assert set(parameters) < set(inspect.signature(plunk_import.resume).parameters)
    else:
        assert [one for one in parameters if f"    {one}: " not in function.__doc__] == []


@pytest.mark.parametrize("name", [*WAITING, "validate_file"])
def test_the_async_form_takes_the_same_arguments(name: str) -> None:
    plain, waiting = getattr(plunk_import, name), getattr(plunk_import, f"a{name}")
    assert inspect.signature(waiting) == inspect.signature(plain)
    assert inspect.iscoroutinefunction(waiting)


CALLS: dict[str, Callable[[Path], Any]] = {
    "import_file": lambda file: plunk_import.import_file(file, MAPPING, sandbox=SandboxSettings()),
    "resume": plunk_import.resume,
    "resolve": plunk_import.resolve,
    "verify": plunk_import.verify,
    "check_file": lambda file: plunk_import.check_file(file, MAPPING),
}


@pytest.mark.parametrize("name", WAITING)
def test_inside_a_running_loop_the_error_names_the_async_form(
    name: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    async def notebook() -> None:
        CALLS[name](source)

    with pytest.raises(RunningLoopError, match=rf"await plunk_import\.a{name}\("):
        anyio.run(notebook)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_the_async_form_works_inside_a_running_loop(source: Path, tmp_path: Path) -> None:
    async def notebook() -> plunk_import.Report:
        return await plunk_import.aimport_file(
            source,
            MAPPING,
            directory=tmp_path / "run",
            sandbox=SandboxSettings(),
            settings=SendSettings(rate="unlimited"),
        )

    assert anyio.run(notebook).exit_code is ExitCode.DELIVERED


def test_going_on_keeps_what_the_run_began_with_but_for_the_fields_that_are_set(
    source: Path, tmp_path: Path
) -> None:
    settings = SendSettings(rate="unlimited", max_in_flight=3, limit=1)
    plunk_import.import_file(
        source, MAPPING, directory=tmp_path / "run", sandbox=SandboxSettings(), settings=settings
    )
    report = plunk_import.resume(tmp_path / "run", settings=SendSettings(attempts=2))
    assert report.books.delivered == 2
    kept = {name: report.settings[name] for name in ("rate", "max_in_flight", "attempts", "limit")}
    assert kept == {"rate": "unlimited", "max_in_flight": 3, "attempts": 2, "limit": None}


CONNECTION = Connection(api_key=SecretStr("pk_one"), base_url="http://127.0.0.1:9")

WRONG_CALLS: dict[str, tuple[type[PlunkImportError], Callable[[Path], Any]]] = {
    "no file at all": (SourceError, lambda _: plunk_import.validate_file([], MAPPING)),
    "a file that is not there": (
        SourceError,
        lambda file: plunk_import.validate_file(file.with_name("b.csv"), MAPPING),
    ),
    "a mapping that is not there": (
        MappingError,
        lambda file: plunk_import.validate_file(file, file.with_name("b.yaml")),
    ),
    "a rate that is none": (
        SettingsError,
        lambda file: plunk_import.validate_file(file, MAPPING, rate="quick"),
    ),
    "no key": (SettingsError, lambda file: plunk_import.import_file(file, MAPPING)),
    "a key file that is not there": (
        SettingsError,
        lambda file: plunk_import.import_file(
            file, MAPPING, connection=Connection(api_key_file=file.with_name("key"))
        ),
    ),
    "a history that cannot be one": (
        SettingsError,
        lambda file: plunk_import.import_file(
            file, MAPPING, sandbox=SandboxSettings(), history=file
        ),
    ),
    "a directory without a run": (RunDirectoryError, lambda file: plunk_import.resume(file.parent)),
    "settings with a rate that is none": (
        SettingsError,
        lambda _: SendSettings(rate="quick"),
    ),
    "settings with a field that is none": (
        SettingsError,
        lambda _: SendSettings(pace="1/s"),  # type: ignore[call-arg]
    ),
    "a connection that leads nowhere": (SettingsError, lambda _: Connection(base_url="ftp://x")),
    "a mapping with a problem": (
        MappingError,
        lambda file: plunk_import.validate_file(file, {"version": 1}),
    ),
    "a mapping that is none": (
        MappingError,
        lambda file: plunk_import.validate_file(file, cast("Any", None)),
    ),
    "a source that is none": (
        SourceError,
        lambda _: plunk_import.check_file(cast("Any", 7), MAPPING, connection=CONNECTION),
    ),
    "a directory that is a file": (RunDirectoryError, plunk_import.status),
}


OF_A_WRONG_KIND: dict[str, object] = {
    "directory": 7,
    "history": "a\0b",
    "name": "",
    "rate": 7,
    "limit": -1,
    "rows": True,
    "show": "x",
    "connection": "sk_live_hidden",
    "settings": {"rate": "1/s"},
    "sandbox": True,
    "consent": True,
    "runtime": 7,
}
ARGUMENTS = [
    (name, one)
    for name in (*WAITING, "validate_file", "status")
    for one in inspect.signature(getattr(plunk_import, name)).parameters
    if one in OF_A_WRONG_KIND
]


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_an_argument_of_a_wrong_kind_is_named_and_nothing_is_made(
    name: str, argument: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    positional = [source, MAPPING] if name.endswith("_file") else [source]
    positional = [] if argument == "directory" and len(positional) == 1 else positional
    with pytest.raises(SettingsError, match=rf"{name}\({argument}=…\): expected ") as caught:
        getattr(plunk_import, name)(*positional, **{argument: OF_A_WRONG_KIND[argument]})
    assert "hidden" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize(("kind", "call"), WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_whatever_is_wrong_with_a_call_is_an_error_of_ours(
    kind: type[PlunkImportError],
    call: Callable[[Path], Any],
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("API_KEY", "API_KEY_FILE", "SECRET_KEY", "SECRET_KEY_FILE", "BASE_URL"):
        monkeypatch.delenv(f"PLUNK_{name}", raising=False)
    with pytest.raises(kind) as caught:
        call(source)
    assert caught.value.exit_code is ExitCode.CANNOT_START


def test_a_key_is_read_from_its_file_once(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("pk_one\n")
    connection = Connection(api_key_file=tmp_path / "key").with_key()
    (tmp_path / "key").unlink()
    assert connection.public_key == SecretStr("pk_one")


def test_a_resumed_run_knows_the_columns_that_directories_stand_for(tmp_path: Path) -> None:
    for day in ("2026-01-01", "2026-01-02"):
        folder = tmp_path / "events" / f"day={day}"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("email,n\nada@example.com,1\n")
    mapping = {**MAPPING, "event": {"const": "hi"}, "data": {"n": "n", "day": "day"}}
    settings = SendSettings(rate="unlimited", limit=1)
    run, sandbox = tmp_path / "run", SandboxSettings()
    before = plunk_import.import_file(
        tmp_path / "events", mapping, directory=run, sandbox=sandbox, settings=settings
    )
    report = plunk_import.resume(run)
    assert report.books.delivered == 2
    assert report.files == before.files
