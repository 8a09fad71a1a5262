"""The settings of a run: where Plunk is, its keys, and how rows are sent."""

import functools
import ipaddress
import math
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from plunk_import.errors import SettingsError
from plunk_import.plunk import (
    DEFAULT_HEADROOM,
    HOSTED_KEY_LIFETIME_SECONDS,
    LEAST_KEY_LIFETIME_SECONDS,
)

HOSTED_BASE_URL = "https://next-api.useplunk.com"
KEY_REMEDY = (
    "Set PLUNK_API_KEY to the project's public key (pk_…) in the environment or in a `.env` file, "
    "or PLUNK_API_KEY_FILE to a file that holds it. To rehearse without a key add --sandbox."
)


_CLOCKS_DIFFER_SECONDS = 300.0
_LIFETIME = re.compile(r"(\d+(?:\.\d+)?)\s*(m|min|h|d)")
_UNIT_OF_LIFETIME = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def _read_lifetime(value: object) -> object:
    """Read `48h`, `90m` or `2d`; leave everything else to pydantic."""
    if not isinstance(value, str):
        return value
    found = _LIFETIME.fullmatch(value.strip().lower())
    lifetime = timedelta()
    if found is not None and len(found[1]) <= 6:
        lifetime = timedelta(**{_UNIT_OF_LIFETIME[found[2]]: float(found[1])})
    if lifetime <= timedelta(seconds=_CLOCKS_DIFFER_SECONDS):
        raise ValueError(f"{value!r} is not a lifetime of a key: write it as 24h, 90m or 2d")
    return lifetime


KeyLifetime = Annotated[timedelta, BeforeValidator(_read_lifetime)]


class Connection(BaseSettings):
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
        return Connection(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings' own argument
    except ValidationError as error:
        lines = [
            f"{_variable_of(problem['loc'])}{problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors(include_input=False, include_url=False)
        ]
        raise SettingsError("\n".join(lines)) from None
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"The file {env_file} cannot be used: {reason}.") from None


def _variable_of(location: tuple[int | str, ...]) -> str:
    return f"PLUNK_{str(location[0]).upper()}: " if location else ""


def _clean_key(text: str) -> SecretStr:
    key = text.strip()
    if not key or re.search(r"[^\x21-\x7e]", key):
        raise ValueError("a key is one word of printable ASCII, such as pk_…")
    return SecretStr(key)


def _read_key_file(path: Path | None) -> SecretStr | None:
    if path is None:
        return None
    try:
        return _clean_key(path.read_text(encoding="utf-8"))
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


class SendSettings(BaseModel):
    """How rows are sent: pace, patience and what stops a run.

    Durations are in seconds. `rate` is `auto`, `unlimited`, or a number a time such as
    `1000/min` or `100/s`. `max_rejects` and `accept_rejects` are numbers of rows or, below 1,
    shares of them: more than the one stop a run, up to the other its exit code is 0. `max_drop` is
    the share, below 1, by which a file may fall short of the last run in the history.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: str = "auto"
    max_in_flight: Annotated[int, Field(ge=1, le=1000)] = 10
    headroom: Annotated[float, Field(ge=0, lt=1)] = DEFAULT_HEADROOM
    patience_seconds: PositiveFloat = 600.0
    request_timeout_seconds: PositiveFloat = 60.0
    connect_timeout_seconds: PositiveFloat = 10.0
    attempts: PositiveInt = 6
    in_doubt: Literal["hold", "resend"] = "hold"
    settle_seconds: Annotated[float, Field(ge=0)] = 30.0
    rest_seconds: Annotated[float, Field(ge=0)] = 5.0
    # Kubernetes kills 30 s after SIGTERM, and the files are still to be written then.
    grace_seconds: Annotated[float, Field(ge=0)] = 20.0
    window_rows: PositiveInt = 20_000
    max_rejects: Annotated[float, Field(ge=0)] | None = None
    max_drop: Annotated[float, Field(gt=0, lt=1)] | None = None
    accept_rejects: Annotated[float, Field(ge=0)] = 0
    until: datetime | None = None
    max_duration_seconds: PositiveFloat | None = None
    limit: PositiveInt | None = None

    @field_validator("rate")
    @classmethod
    def _check_rate(cls, text: str) -> str:
        parse_rate(text)
        return text.strip()

    @property
    def target_rate(self) -> "Rate":
        """The `rate` in requests per second, or how to find it."""
        return parse_rate(self.rate)

    def for_another_try(self, changes: "SendSettings | None") -> Self:
        """Go on with the same, but for the fields set in `changes`, and without earlier limits."""
        kept = self.model_dump(exclude={"limit", "until", "max_duration_seconds"})
        changed = {} if changes is None else changes.model_dump(exclude_unset=True)
        return self.model_validate({**kept, **changed})


_SECONDS_OF_UNIT = {
    **dict.fromkeys(("s", "sec", "second"), 1),
    **dict.fromkeys(("m", "min", "minute"), 60),
    **dict.fromkeys(("h", "hour"), 3600),
}

Rate = float | Literal["auto", "unlimited"]
"""Requests per second, or how to find them."""


def parse_rate(text: str) -> Rate:
    """Read `auto`, `unlimited` or a rate such as `1000/min`, `100/s`, `5000/h`; per second.

    Raises:
        ValueError: with a sentence that says what is accepted.

    """
    wanted = text.strip().lower()
    if wanted == "auto":
        return "auto"
    if wanted == "unlimited":
        return "unlimited"
    count, slash, unit = wanted.partition("/")
    try:
        number = float(count.replace("_", "").replace(",", ""))
        seconds = _SECONDS_OF_UNIT[unit.strip()] if slash else 0
    except (ValueError, KeyError):
        seconds = 0
    if not seconds or not math.isfinite(number) or number <= 0:
        raise ValueError(
            f"{text!r} is not a rate: write auto, unlimited, or a number above zero with its "
            "unit, such as 1000/min, 100/s or 5000/h"
        )
    return number / seconds


def read_rate(text: str) -> Rate:
    """Read a rate as `parse_rate` does; SettingsError where it is none."""
    try:
        return parse_rate(text)
    except ValueError as error:
        raise SettingsError(f"{error}.") from error
