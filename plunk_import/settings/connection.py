"""Where Plunk is, and who we are there: its keys, from the environment or a file."""

import functools
import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from plunk_import.errors import SettingsError
from plunk_import.plunk import HOSTED_KEY_LIFETIME_SECONDS, LEAST_KEY_LIFETIME_SECONDS
from plunk_import.runtime import seconds_of
from plunk_import.settings.checked import Checked
from plunk_import.settings.misspelt import misspelt_variables

_CLOCKS_DIFFER_SECONDS = 300.0
HOSTED_BASE_URL = "https://next-api.useplunk.com"
KEY_REMEDY = (
    "Set PLUNK_API_KEY to the project's public key (pk_…) in the environment or in a `.env` file, "
    "or PLUNK_API_KEY_FILE to a file that holds it. To rehearse without a key add --sandbox."
)


def parse_key_lifetime(text: str) -> timedelta:
    """Read how long a server knows a key: `48h`, `90m` or `2d`.

    Raises:
        ValueError: with a sentence that says what is accepted.

    """
    try:
        # A number without its unit would be seconds to one reader and hours to another.
        seconds = seconds_of(text) if text.strip()[-1:].isalpha() else 0.0
    except ValueError:
        seconds = 0.0
    if seconds <= _CLOCKS_DIFFER_SECONDS:
        raise ValueError(
            f"{text!r} is not a key's lifetime: write 24h, 90m or 2d; more than 5 minutes"
        )
    return timedelta(seconds=seconds)


def _read_lifetime(value: object) -> object:
    """Read a text; leave everything else to pydantic."""
    return parse_key_lifetime(value) if isinstance(value, str) else value


KeyLifetime = Annotated[timedelta, BeforeValidator(_read_lifetime)]


class Connection(BaseSettings, metaclass=Checked):
    """Where Plunk is and who we are there; keys are secrets and never shown.

    Read from `PLUNK_API_KEY`, `PLUNK_SECRET_KEY`, `PLUNK_BASE_URL`, `PLUNK_ALLOW_HTTP`,
    `PLUNK_KEY_LIFETIME`, and from the files that `PLUNK_API_KEY_FILE` and `PLUNK_SECRET_KEY_FILE`
    name. `key_lifetime` is how long the server knows an idempotency key, such as `48h`.
    """

    model_config = SettingsConfigDict(
        env_prefix="PLUNK_",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    base_url: str = HOSTED_BASE_URL
    allow_http: bool = False
    key_lifetime: KeyLifetime | None = None

    @field_validator("api_key", "secret_key")
    @classmethod
    def _trim_key(cls, key: SecretStr | None) -> SecretStr | None:
        return None if key is None else _clean_key(key.get_secret_value())

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, url: str) -> str:
        parts = urlsplit(url.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("it is not an http(s) address such as https://plunk.example.com")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("it may hold a host and a path, nothing else")
        return url.strip().rstrip("/")

    @model_validator(mode="after")
    def _keep_keys_off_clear_text(self) -> Self:
        parts = urlsplit(self.base_url)
        if parts.scheme == "http" and not self.allow_http and not is_loopback(parts.hostname or ""):
            raise ValueError(
                "PLUNK_BASE_URL is plain http, which shows your key to the network; use https, "
                "or set PLUNK_ALLOW_HTTP=true if the network is yours alone"
            )
        return self

    @model_validator(mode="after")
    def _refuse_two_places_for_one_key(self) -> Self:
        # One may come from `.env` and the other from the environment: neither is surely meant.
        twice = [
            f"PLUNK_{name.upper()} and PLUNK_{name.upper()}_FILE are both set, in the environment "
            "or in `.env`: keep one"
            for name in ("api_key", "secret_key")
            if getattr(self, name) and getattr(self, f"{name}_file")
        ]
        if twice:
            raise ValueError("; ".join(twice))
        return self

    @property
    def public_key(self) -> SecretStr:
        """The key that `/v1/track` takes; SettingsError where there is none."""
        key = self.api_key or _read_key_file(self.api_key_file)
        if key is None:
            raise SettingsError(f"No API key. {KEY_REMEDY}")
        return key

    def with_key(self) -> Self:
        """Have the API key read, from its file where it is in one; SettingsError without one."""
        return self.model_copy(update={"api_key": self.public_key, "api_key_file": None})

    @property
    def keys_known_seconds(self) -> float:
        """How long after its first request a key is surely known; some time is left for clocks.

        Unless it was told, what the hosted API keeps there, and the least that operators can set
        elsewhere: nothing in a reply tells it.
        """
        is_hosted = urlsplit(self.base_url).hostname == urlsplit(HOSTED_BASE_URL).hostname
        lifetime = HOSTED_KEY_LIFETIME_SECONDS if is_hosted else LEAST_KEY_LIFETIME_SECONDS
        if self.key_lifetime is not None:
            lifetime = self.key_lifetime.total_seconds()
        return lifetime - max(_CLOCKS_DIFFER_SECONDS, lifetime / 24)

    @property
    def reading_key(self) -> SecretStr | None:
        """The secret key that the read endpoints take, if one is set."""
        return self.secret_key or _read_key_file(self.secret_key_file)


def load_connection(env_file: Path | None = Path(".env")) -> Connection:
    """Read the connection from the environment, then from `env_file`; SettingsError if wrong."""
    try:
        connection = Connection(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings' own argument
        _require_no_misspelling(connection, env_file)
    except SettingsError as error:
        if not isinstance(error.__cause__, ValidationError):
            raise
        lines = [
            f"{_variable_of(problem['loc'])}{problem['msg'].removeprefix('Value error, ')}"
            for problem in error.__cause__.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("\n".join(lines)) from None
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"The file {env_file} cannot be used: {reason}.") from None
    return connection


def _require_no_misspelling(connection: Connection, env_file: Path | None) -> None:
    """Refuse a variable such as PLUNK_API_URL, beside which the hosted API would be sent to."""
    if found := list(misspelt_variables(connection, env_file, others="PLUNK_IMPORT_")):
        raise SettingsError("\n".join(found))


def _variable_of(location: tuple[int | str, ...]) -> str:
    return f"PLUNK_{str(location[0]).upper()}: " if location else ""


def _clean_key(text: str) -> SecretStr:
    key = text.strip()
    if not key or re.search(r"[^\x21-\x7e]", key):
        raise ValueError("a key is one word of printable ASCII, such as pk_…")
    return SecretStr(key)


_LARGEST_KEY_FILE_BYTES = 64 << 10


def _read_key_file(path: Path | None) -> SecretStr | None:
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_KEY_FILE_BYTES + 1)
        if len(content) > _LARGEST_KEY_FILE_BYTES:
            raise SettingsError(f"The key file {path} holds far more than a key. Correct its name.")
        return _clean_key(content.decode("utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it does not hold a key"
        raise SettingsError(f"The key file {path} cannot be used: {reason}.") from None


@functools.lru_cache(maxsize=8)
def is_loopback(host: str) -> bool:
    """Say whether a host is this machine itself.

    Args:
        host: A name or an address, without its port.

    Returns:
        True for `localhost` and addresses of the loopback range.

    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
