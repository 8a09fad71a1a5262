"""Reports of real commands: a file validated, checked, and sent to a sandbox on a bad day.

What the tests of summary and page show comes from here, so that a part which no command fills
cannot pass for one that works.
"""

import dataclasses
import datetime
import functools
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from plunk_import import (
    Connection,
    Consent,
    Report,
    SandboxSettings,
    SendSettings,
    check_file,
    import_file,
    validate_file,
)
from plunk_import.sandbox import Profile, Sandbox, parse_fault, running

ROWS = 240
LONG = "w" * 3_000
HOSTILE = """<script>alert("x")</script>{{ 7919 * 7919 }}{% raw %}</style></svg><!--"'>&amp;"""
MAPPING: Mapping[str, Any] = {
    "version": 1,
    "email": "email",
    "event": "event",
    "where": "email <> 'test@example.com'",
    "data": {
        "first_name": "name",
        "ltv": {"column": "ltv", "type": "number"},
        "zip": "zip",
        "nickname": {"column": "nick", "persistent": False},
    },
}
# Both lose their reply once stored; @60 meets a server that goes away, @90 one that is busy.
BAD_DAY = ("store-then-drop:@40", "store-then-500:@41", "refuse=1s:@60", "429:@90")


def rows() -> str:
    """Orders and sign-ups of some fifty contacts, with the faults that exports have."""
    lines = ["email,event,name,ltv,zip,nick"]
    for number in range(ROWS):
        event = "order.paid" if number % 3 else "signed_up"
        lines.append(f"c{number % 50}@example.com,{event},Ada {number % 7},{number}.5,0{number},")
    lines[20] = "not an address,order.paid,Bo,1,01,"
    lines[21] = "bo@example.com,order.paid,Bo,twelve,01,"
    lines[22] = "test@example.com,order.paid,Bo,1,01,"
    lines[23] = "kim@gmial.com,order.paid,Kim,1,01,"
    return "\n".join(lines) + "\n"


@dataclasses.dataclass(frozen=True)
class Commands:
    """What each command reported of one file, each run once."""

    folder: Path

    @functools.cached_property
    def source(self) -> Path:
        path = self.folder / "orders.csv"
        path.write_text(rows())
        return path

    @functools.cached_property
    def validate(self) -> Report:
        return validate_file(self.source, MAPPING, directory=self.folder / "validate", show=2)

    @functools.cached_property
    def check(self) -> Report:
        with running(SandboxSettings(workflows=("order.paid",))) as server:
            connection = _connection(server, secret_key=SecretStr(server.secret_key))
            return check_file(
                self.source, MAPPING, directory=self.folder / "check", connection=connection
            )

    @functools.cached_property
    def run(self) -> Report:
        """A run at a server without idempotency keys that misbehaves; nobody can read back."""
        faults = tuple(map(parse_fault, BAD_DAY))
        with running(SandboxSettings(profile=Profile.SPRING, faults=faults)) as server:
            return import_file(
                self.source,
                MAPPING,
                directory=self.folder / "run",
                connection=_connection(server, secret_key=None),
                # One at a time, so that each fault meets just one row.
                settings=SendSettings(rate="100/s", rest_seconds=0, max_in_flight=1),
                consent=Consent(allow_workflows=True, allow_resubscribe=True),
            )

    @functools.cached_property
    def small_run(self) -> Report:
        source = self.folder / "two.csv"
        source.write_text("email,at\nada@example.com,2026-01-31\nbo@example.com,2026-02-01\n")
        mapping = {
            "version": 1,
            "email": "email",
            "event": {"const": "hi"},
            "subscribed": {"const": False},
            "data": {"at": {"column": "at", "type": "date", "persistent": False}},
        }
        return import_file(
            source,
            mapping,
            directory=self.folder / "small",
            sandbox=SandboxSettings(),
            settings=SendSettings(rate="unlimited"),
        )

    @functools.cached_property
    def second_night(self) -> Report:
        """A run with a history that knows a run of the night before."""
        for night, lines in (("first", 40), ("second", 15)):
            source = self.folder / "night.csv"
            source.write_text("".join(rows().splitlines(keepends=True)[:lines]))
            report = import_file(
                source,
                MAPPING,
                directory=self.folder / night,
                sandbox=SandboxSettings(),
                history=self.folder / "history.sqlite",
                settings=SendSettings(rate="unlimited"),
            )
        return report

    @functools.cached_property
    def nothing_left(self) -> Report:
        mapping = {**MAPPING, "where": "email = 'nobody'"}
        return validate_file(self.source, mapping, directory=self.folder / "nothing")

    @functools.cached_property
    def hostile(self) -> Report:
        return saying(self.everything, HOSTILE)

    @functools.cached_property
    def unbroken(self) -> Report:
        return saying(self.everything, LONG)

    @functools.cached_property
    def everything(self) -> Report:
        """The run, with what only the other commands say of the same file."""
        parts = ("first_bodies", "checks", "warnings")
        return self.run.model_copy(
            update={name: getattr(self.check, name) for name in parts}
            | {"first_bodies": self.validate.first_bodies, "reason": "interrupted"}
            | {"comparison": self.second_night.comparison}
        )


def saying(report: Report, text: str) -> Report:
    """Put `text` in every place of a report that holds text, keys of mappings included."""
    return report.model_copy(
        update={
            name: _saying(getattr(report, name), text)
            for name in Report.model_fields
            if name not in {"command", "versions"}
        }
    )


def _saying(value: Any, text: str) -> Any:  # noqa: ANN401  any part of a report
    match value:
        case Enum() | datetime.datetime() | None | bool() | int() | float():
            return value
        case str():
            return value if value in {"ok", "wrong", "unknown"} else text
        case tuple() | list():
            return tuple(_saying(part, text) for part in value)
        case BaseModel():
            parts = {name: _saying(getattr(value, name), text) for name in type(value).model_fields}
            return value.model_copy(update=parts)
        case Mapping():
            return {
                f"{text}{'!' * index}": _saying(part, text)
                for index, part in enumerate(value.values())
            }
    raise TypeError(value)


def _connection(server: Sandbox, *, secret_key: SecretStr | None) -> Connection:
    return Connection(
        api_key=SecretStr(server.public_key), secret_key=secret_key, base_url=server.base_url
    )
