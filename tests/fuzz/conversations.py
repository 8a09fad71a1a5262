"""Imports into a hostile server: each row ends as what the server said of it, and nothing leaks."""

import csv
import dataclasses
import datetime
import random
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio
import click
from pydantic import SecretStr

from plunk_import import (
    Connection,
    Consent,
    PlunkImportError,
    Report,
    Runtime,
    SendSettings,
    import_file,
)
from plunk_import.report import summarize
from tests.fuzz.hostile import serving
from tests.fuzz.replies import KEY, Meaning, Scripted, script

ROWS = 12
ENDS = frozenset({"accounted for"})
"""How a conversation may end."""

_FACTOR = 200.0
_PATIENCE_SECONDS = 3.0
_FILES = {"results.csv": "delivered", "rejects.csv": "rejected", "in_doubt.csv": "in doubt"}
_OWN_COLUMNS = re.compile(r"_\w+|event_id|contact_id|timestamp|request_id")
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_FORMULA = re.compile(r"[=+\-@\t\r]")


class HurriedClock:
    """The machine's clock, many times as fast."""

    def __init__(self) -> None:
        self._start = datetime.datetime.now(datetime.UTC)
        self._began = time.monotonic()

    def now(self) -> float:
        return (time.monotonic() - self._began) * _FACTOR

    def wall(self) -> datetime.datetime:
        return self._start + datetime.timedelta(seconds=self.now())

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(max(0.0, seconds) / _FACTOR)


@dataclasses.dataclass(frozen=True)
class Conversation:
    """An import of `ROWS` rows whose replies are drawn by a seed."""

    seed: int


def conversations(replies: int, *, seed: int) -> list[Conversation]:
    """Plan enough conversations for so many replies: each row gets one at the least."""
    return [Conversation(seed + number) for number in range(-(-replies // ROWS))]


def outcome(conversation: Conversation, folder: Path) -> str:
    """Hold one conversation: `accounted for`, or what must never be."""
    place = folder / str(conversation.seed)
    place.mkdir()
    with serving(script(random.Random(conversation.seed))) as (server, address):  # noqa: S311
        try:
            report = _imported(place, address)
        except PlunkImportError as error:
            return f"ended: {error}"
        except BaseException as error:  # noqa: BLE001 - whatever comes is the finding
            return f"escaped: {type(error).__name__}: {error}"
        served = dict(server.served)
    if not served:
        return "nothing was sent"
    faults = [*_faults(report, served, place / "run"), *_leaks(report, place / "run")]
    return f"wrong: {faults}" if faults else "accounted for"


def _imported(place: Path, address: str) -> Report:
    rows = "".join(f"p{row}@example.com\n" for row in range(ROWS))
    (place / "rows.csv").write_text(f"email\n{rows}")
    return import_file(
        place / "rows.csv",
        {"version": 1, "email": "email", "event": {"const": "x"}},
        directory=place / "run",
        connection=Connection(api_key=SecretStr(KEY), base_url=address),
        settings=SendSettings(
            rate="unlimited", max_in_flight=3, request_timeout_seconds=_PATIENCE_SECONDS
        ),
        consent=Consent(allow_workflows=True, allow_resubscribe=True),
        runtime=Runtime(clock=HurriedClock()),
    )


def _cells(place: Path, name: str) -> list[dict[str, str]]:
    with (place / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _faults(report: Report, served: dict[str, list[Scripted]], place: Path) -> Iterator[str]:
    books = report.books
    ended = books.rejected + books.delivered + books.in_doubt + books.pending
    if books.read != ROWS or books.read != ended:
        yield f"the books do not balance: {books}"
    found = {row["email"]: how for name, how in _FILES.items() for row in _cells(place, name)}
    for row in range(ROWS):
        email = f"p{row}@example.com"
        replies = served.get(email, [])
        how = found.get(email, "pending")
        if how != _due(replies):
            yield f"{email} is {how} after {[reply.name for reply in replies]}"
    for email, replies in served.items():
        if any(reply.meaning is not Meaning.NOT_YET for reply in replies[:-1]):
            yield f"{email} was sent again after {[reply.name for reply in replies]}"


def _due(replies: Sequence[Scripted]) -> str:
    if not replies or replies[-1].meaning in (Meaning.NOT_YET, Meaning.NO_USE):
        return "pending"
    return str(replies[-1].meaning.value)


def _leaks(report: Report, place: Path) -> Iterator[str]:
    """Look for keys, control characters and formulas in what people and spreadsheets open."""
    for file in place.iterdir():
        if KEY.encode() in file.read_bytes():
            yield f"the key is in {file.name}"
    for name in _FILES:
        for row in _cells(place, name):
            for column, cell in row.items():
                if _OWN_COLUMNS.fullmatch(column) and _FORMULA.match(cell or ""):
                    yield f"{name}: {column} starts as a formula: {cell!r}"
                if _UNPRINTABLE.search(cell or ""):
                    yield f"{name}: {column} is not printable: {cell!r}"
    told = "\n".join(
        [click.unstyle(summarize(report)), (place / "report.html").read_text(encoding="utf-8")]
    )
    if found := _UNPRINTABLE.search(told):
        yield f"what is told is not printable: {found.group()!r}"
    if KEY in told:
        yield "the key is told"
