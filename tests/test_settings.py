import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from plunk_import.errors import SettingsError
from plunk_import.settings import HOSTED_BASE_URL, Connection, SendSettings, load_connection


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("API_KEY", "API_KEY_FILE", "SECRET_KEY", "SECRET_KEY_FILE", "BASE_URL"):
        monkeypatch.delenv(f"PLUNK_{name}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_hosted_api_is_the_default() -> None:
    assert load_connection().base_url == HOSTED_BASE_URL


def test_the_environment_gives_key_and_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUNK_API_KEY", " pk_one\n")
    monkeypatch.setenv("PLUNK_BASE_URL", "https://plunk.example.com/")
    connection = load_connection()
    assert connection.public_key.get_secret_value() == "pk_one"
    assert connection.base_url == "https://plunk.example.com"


def test_a_dotenv_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PLUNK_API_KEY=pk_file\nPLUNK_SECRET_KEY=sk_file\nOTHER=1\n")
    monkeypatch.setenv("PLUNK_API_KEY", "pk_environment")
    connection = load_connection()
    assert connection.public_key.get_secret_value() == "pk_environment"
    reading_key = connection.reading_key
    assert reading_key is not None
    assert reading_key.get_secret_value() == "sk_file"


def test_a_key_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("pk_secret\n")
    monkeypatch.setenv("PLUNK_API_KEY_FILE", str(tmp_path / "key"))
    assert load_connection().public_key.get_secret_value() == "pk_secret"


@pytest.mark.parametrize("name", ["API_KEY", "SECRET_KEY"])
def test_a_key_in_two_places_is_refused_as_nobody_knows_which_project_is_meant(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"PLUNK_{name}=pk_file\n")
    monkeypatch.setenv(f"PLUNK_{name}_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingsError, match=f"PLUNK_{name} and PLUNK_{name}_FILE are both set"):
        load_connection()


def test_a_dotenv_file_that_is_no_text_is_told_without_its_content(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PLUNK_API_KEY=pk_\xff\n")
    with pytest.raises(SettingsError, match=r"\.env cannot be used: it is not UTF-8 text"):
        load_connection()


def test_a_dotenv_file_that_may_not_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PLUNK_API_KEY=pk_one\n")

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", forbidden)
    with pytest.raises(SettingsError, match=r"\.env cannot be used: Permission denied"):
        load_connection()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PLUNK_API_KEY_FILE", "nowhere", "nowhere cannot be used: No such file"),
        ("PLUNK_API_KEY_FILE", "/dev/zero", "/dev/zero holds far more than a key"),
        ("PLUNK_API_KEY", "", "No API key"),
    ],
)
def test_a_missing_key_is_told_with_the_remedy(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=told):
        _ = load_connection().public_key


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PLUNK_API_KEY", "pk one", "PLUNK_API_KEY: a key is one word"),
        ("PLUNK_BASE_URL", "plunk.example.com", "PLUNK_BASE_URL: it is not an http"),
        ("PLUNK_BASE_URL", "https://u:p@example.com", "a host and a path, nothing else"),
        ("PLUNK_BASE_URL", "http://plunk.example.com", "plain http"),
        ("PLUNK_BASE_URL", "ftp://plunk.example.com", "it is not an http"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name_and_never_shows_a_value_of_a_key(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=told) as raised:
        load_connection()
    assert "pk one" not in str(raised.value)
    assert "u:p@" not in str(raised.value)


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("PLUNK_API_URL", "PLUNK_BASE_URL"),
        ("PLUNK_URL", "PLUNK_BASE_URL"),
        ("PLUNK_BASEURL", "PLUNK_BASE_URL"),
        ("PLUNK_KEY", "PLUNK_API_KEY"),
        ("plunk_apikey", "PLUNK_API_KEY"),
        ("PLUNK_SECRET", "PLUNK_SECRET_KEY"),
        ("PLUNK_KEYS_LIFETIME", "PLUNK_KEY_LIFETIME"),
    ],
)
@pytest.mark.parametrize("place", ["environment", ".env"])
def test_a_variable_that_is_nearly_ours_is_refused_with_the_one_that_was_meant(
    variable: str, meant: str, place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if place == ".env":
        (tmp_path / ".env").write_text(f"{variable}=hidden\n")
    else:
        monkeypatch.setenv(variable, "hidden")
    told = f"{variable.upper()} is set, but nothing reads it: did you mean {meant}?"
    with pytest.raises(SettingsError, match=re.escape(told)) as raised:
        load_connection()
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    "variable",
    [
        "PLUNK_FROM",
        "PLUNK_PORT",
        "PLUNK_SERVICE_HOST",
        "PLUNK_SERVICE_PORT_HTTP",
        "PLUNK_API_PORT_8080_TCP_ADDR",
        "PLUNK_IMPORT_RATE",
        "PLUNKER_URL",
    ],
)
def test_other_programs_variables_are_theirs(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "theirs")
    assert load_connection().base_url == HOSTED_BASE_URL


def test_a_name_near_one_that_is_set_is_another_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLUNK_API_URL", "https://elsewhere.example.com")
    monkeypatch.setenv("PLUNK_BASE_URL", "https://plunk.example.com")
    monkeypatch.setenv("PLUNK_SECRET", "theirs")
    monkeypatch.setenv("PLUNK_SECRET_KEY_FILE", "key")
    assert load_connection().base_url == "https://plunk.example.com"


@pytest.mark.parametrize("url", ["http://127.0.0.1:4100", "http://localhost:4100", "http://[::1]"])
def test_plain_http_is_for_loopback(url: str) -> None:
    assert Connection(base_url=url).base_url == url


def test_plain_http_elsewhere_is_for_those_who_say_so() -> None:
    assert Connection(base_url="http://plunk:3000", allow_http=True).base_url == "http://plunk:3000"


@pytest.mark.parametrize(
    ("text", "hours"), [("48h", 48), ("90m", 1.5), ("90 min", 1.5), ("2d", 48), ("1h30m", 1.5)]
)
def test_the_lifetime_of_keys_is_written_as_every_duration(
    text: str, hours: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUNK_KEY_LIFETIME", text)
    assert load_connection().key_lifetime == timedelta(hours=hours)


@pytest.mark.parametrize(
    "text", ["24", "86400", "5m", "0h", "soon", "-2d", "1e9d", "9" * 400 + "h"]
)
def test_what_is_no_lifetime_of_a_key_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLUNK_KEY_LIFETIME", text)
    with pytest.raises(SettingsError, match=r"PLUNK_KEY_LIFETIME: .* is not a key's lifetime"):
        load_connection()


def test_no_key_is_in_the_repr() -> None:
    text = repr(Connection(api_key="pk_hidden", secret_key="sk_hidden"))  # type: ignore[arg-type]
    assert "hidden" not in text


def test_delivery_is_frozen_and_knows_its_defaults() -> None:
    settings = SendSettings()
    assert (settings.rate, settings.max_in_flight, settings.in_doubt) == ("auto", 10, "hold")
    with pytest.raises(ValidationError):
        settings.rate = "1/s"


def test_what_is_in_flight_is_waited_for_less_long_than_kubernetes_waits_for_a_process() -> None:
    assert SendSettings().grace_seconds <= 20


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": "quick"},
        {"max_in_flight": 0},
        {"headroom": 1.0},
        {"in_doubt": "guess"},
        {"max_rejects": -1},
        {"surprise": 1},
    ],
    ids=str,
)
def test_an_impossible_delivery_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SendSettings.model_validate(wrong)


def test_delivery_survives_the_journal() -> None:
    settings = SendSettings(rate="100/s", until=datetime(2026, 1, 1, tzinfo=UTC), max_rejects=0.1)
    assert SendSettings.model_validate(settings.model_dump(mode="json")) == settings
