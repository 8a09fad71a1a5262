"""What validation says of a row is what the server does with it.

Exempt is what only we refuse: cells that do not fit the type the mapping declares for them. Sent as
they are, they would be stored, as something else than was meant.
"""

import asyncio
import contextlib
import csv
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

import httpx
import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings, strategies as st

import plunk_import
from plunk_import.sandbox import PUBLIC_KEY, Profile, SandboxSettings, Store, build_app
from plunk_import.validate import open_job
from tests.wild import DOCUMENTS, EMAILS, EVENTS, FLAGS, MOMENTS, NUMBERS, UNLIKE, WILD

Row: TypeAlias = dict[str, str | None]

ROWS = 5_000
DRAWN_ROWS = 600
SEED = 20_260_901
MAPPING: dict[str, Any] = {
    "version": 1,
    "email": "email",
    "event": "event",
    "subscribed": "flag",
    "data": {
        "locale": "text",
        "once": {"column": "text", "persistent": False},
        "number": {"column": "number", "type": "number"},
        "whole": {"column": "whole", "type": "integer", "empty": "delete"},
        "day": {"column": "day", "type": "date"},
        "at": {"column": "moment", "type": "datetime", "persistent": False},
        "document": {"column": "document", "type": "json"},
        "document_once": {"column": "document_once", "type": "json", "persistent": False},
    },
}
SERVER_RULES = {
    "missing_email",
    "invalid_email",
    "missing_event",
    "reserved_event",
    "event_too_long",
    "nul_character",
    "lone_surrogate",
    "too_deep",
    "invalid_boolean",  # of `subscribed`, the only one here
}
OUR_RULES = {
    "reserved_key",
    "invalid_number",
    "number_not_finite",
    "invalid_integer",
    "integer_too_large",
    "invalid_date",
    "invalid_datetime",
    "invalid_json",
}
SELDOM_DRAWN = {"datetime_out_of_range"}
"""What few of the drawn rows break, or none: of moments those of the year 0."""

RESERVED = ["email.", "email.x", "contact.subscribed", "contact.unsubscribed", "segment..exit"]
PEOPLE = st.integers(1, 40).map("person{}@example.com".format)
NAMES = st.sampled_from(["paid", "signed up", "é", "Contact.subscribed", "segment.x", "x.entry"])
BAD_TEXTS = st.sampled_from(
    ["a\0b", "\0", "\ufeff", "\ufffe", "\x7f", '"', "\\u0000", "\r\n", "{{x}}"]
)
DEPTHS = st.integers(118, 126)
DEEP = st.one_of(
    DEPTHS.map(lambda depth: "[" * depth + "]" * depth),
    DEPTHS.map(lambda depth: '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)),
    DEPTHS.map(lambda depth: '[{"a":' * (depth // 2) + "1" + "}]" * (depth // 2)),
)
ODD_JSON = st.sampled_from(
    [
        *(r'"\ud83d\ude00"', r'"\ud83d"', r'{"\udc00": 1}', r'{"a\u0000": 1}', r'["\u0000"]'),
        *('{"a":1,"a":2}', '{"value": 1, "persistent": false}', '{"__proto__": 1}', '"\x7f"'),
        *("-0", "1e308", "1E-400"),
    ]
)
TAME = {
    "email": PEOPLE,
    "event": NAMES,
    "flag": st.sampled_from(["yes", "no", ""]),
    "text": WILD.map(lambda text: text.replace("\0", "")),
    "number": st.floats(-1e9, 1e9).map(repr),
    "whole": st.integers(-(2**53), 2**53).map(str),
    "day": st.dates().map(str),
    "moment": st.datetimes().map(str),
    "document": st.just('{"a": [1, null]}'),
    "document_once": st.just("[]"),
}
ODD = {
    "email": EMAILS,
    "event": EVENTS | st.sampled_from(RESERVED),
    "flag": FLAGS,
    "text": WILD | BAD_TEXTS,
    "number": NUMBERS,
    "whole": NUMBERS,
    "day": MOMENTS,
    "moment": MOMENTS,
    "document": DOCUMENTS | DEEP | ODD_JSON,
    "document_once": DOCUMENTS | DEEP | ODD_JSON,
}
# What is drawn differs with the modules that are loaded; of these there are enough at any rate.
RARE = {
    "event": [UNLIKE],
    "number": ["nan", "inf"],
    "whole": ["9007199254740993"],
    "document": [r'"\ud83d"', '{"__proto__": 1}', "[" * 126 + "]" * 126],
}
TIMES_RARE = 16


@dataclass(frozen=True)
class Prediction:
    """What validation said: the body of each good row, the codes of each bad one, by number."""

    rows: list[Row]
    bodies: dict[int, str]
    codes: dict[int, set[str]]


def drawn(columns: Mapping[str, st.SearchStrategy[Any]]) -> list[Row]:
    """Draw rows from strategies: the same ones, as long as the same modules are loaded."""
    rows: list[Row] = []

    @settings(
        max_examples=DRAWN_ROWS,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.fixed_dictionaries(dict(columns)))
    def draw(row: Row) -> None:
        rows.append(row)

    draw()
    return rows


def generated_rows() -> list[Row]:
    """Mix tame cells with odd ones: one in six, so that many a row is good as a whole."""
    random = Random(SEED)  # noqa: S311 - a fixed seed is the point
    tame, odd = drawn(TAME), drawn(ODD)
    rare = [(name, cell) for name, cells in RARE.items() for cell in cells] * TIMES_RARE
    return [
        *({**random.choice(tame), name: cell} for name, cell in rare),
        *(
            {name: random.choice(odd if random.random() < 1 / 6 else tame)[name] for name in TAME}
            for _ in range(ROWS)
        ),
    ]


@pytest.fixture(scope="module")
def prediction(tmp_path_factory: pytest.TempPathFactory) -> Prediction:
    folder = tmp_path_factory.mktemp("prediction")
    rows = generated_rows()
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
    report = plunk_import.validate_file(
        folder / "rows.csv", MAPPING, directory=folder / "out", show=len(rows)
    )
    assert report.books.read == len(rows)
    with (folder / "out" / "rejects.csv").open(newline="", encoding="utf-8") as file:
        codes = {
            int(reject["_row"]): set(reject["_code"].split("; ")) for reject in csv.DictReader(file)
        }
    good = [number for number in range(1, len(rows) + 1) if number not in codes]
    return Prediction(rows, dict(zip(good, report.first_bodies, strict=True)), codes)


def naive(row: Row) -> str:
    """Return the body that a script would send: every cell as it is, JSON spliced in."""
    words = {"yes": True, "true": True, "y": True, "1": True, "t": True}
    words |= {"no": False, "false": False, "n": False, "0": False, "f": False}
    members = {name: json.dumps(row[name]) for name in ("email", "event") if row[name] is not None}
    if flag := row["flag"]:
        members["subscribed"] = json.dumps(words.get(flag.lower(), flag))
    data = {name: json.dumps(row[name]) for name in ("text", "number", "whole", "day", "moment")}
    data["once"] = json.dumps({"value": row["text"], "persistent": False})
    data["document"] = spliced(row["document"])
    data["document_once"] = f'{{"value":{spliced(row["document_once"])},"persistent":false}}'
    return written({**members, "data": written(data)})


def spliced(cell: str | None) -> str:
    text = (cell or "").strip() or "null"
    try:
        json.loads(text)
    except ValueError:
        return json.dumps(cell)
    return text


def written(members: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in members.items()) + "}"


def statuses(folder: Path, profile: Profile, bodies: dict[int, str]) -> dict[int, int]:
    """Send bodies to a sandbox within this process, one after the other; give their statuses."""
    with Store(folder / "sandbox.sqlite") as store:
        app = build_app(SandboxSettings(profile=profile, race_seconds=0), store)
        return asyncio.run(sent(httpx.ASGITransport(app), bodies))


async def sent(transport: httpx.ASGITransport, bodies: dict[int, str]) -> dict[int, int]:
    headers = {"Authorization": f"Bearer {PUBLIC_KEY}", "Content-Type": "application/json"}
    answers = {}
    for number, body in bodies.items():
        request = httpx.Request(
            "POST", "http://sandbox/v1/track", content=body.encode(), headers=headers
        )
        answers[number] = (await transport.handle_async_request(request)).status_code
    return answers


def test_many_of_the_rows_are_told_at_a_glance(prediction: Prediction, tmp_path: Path) -> None:
    pl.DataFrame(prediction.rows).write_csv(tmp_path / "rows.csv")
    with contextlib.closing(open_job(tmp_path / "rows.csv", MAPPING).judged()) as batches:
        sure = sum(batch.sure for batch in batches)
    assert ROWS / 100 < sure <= len(prediction.bodies)


def test_every_rule_is_tried(prediction: Prediction) -> None:
    counts = Counter(code for codes in prediction.codes.values() for code in codes)
    assert counts.keys() - SELDOM_DRAWN == SERVER_RULES | OUR_RULES
    assert all(count > 15 for code, count in counts.items() if code not in SELDOM_DRAWN)
    assert len(prediction.bodies) > ROWS / 10


@pytest.mark.parametrize("profile", list(Profile))
def test_what_is_valid_is_taken(prediction: Prediction, profile: Profile, tmp_path: Path) -> None:
    answers = statuses(tmp_path, profile, prediction.bodies)
    wrong = {number: status for number, status in answers.items() if status != 200}
    assert {number: prediction.bodies[number] for number in wrong} == {}


@pytest.mark.parametrize("profile", list(Profile))
def test_what_breaks_a_rule_of_the_server_is_refused(
    prediction: Prediction, profile: Profile, tmp_path: Path
) -> None:
    refused = {n: codes for n, codes in prediction.codes.items() if codes & SERVER_RULES}
    answers = statuses(tmp_path, profile, {n: naive(prediction.rows[n - 1]) for n in refused})
    wrong = [number for number, status in answers.items() if status < 400]
    assert [(refused[number], prediction.rows[number - 1]) for number in wrong] == []


def test_what_is_refused_is_not_refused_for_how_it_was_sent(
    prediction: Prediction, tmp_path: Path
) -> None:
    good = {n: prediction.rows[n - 1] for n in prediction.bodies}
    tidy = {n: naive(row) for n, row in good.items() if is_tidy(row["email"], row["flag"])}
    assert len(tidy) > len(good) / 2
    answers = statuses(tmp_path, Profile.SPRING, tidy)
    assert [prediction.rows[n - 1] for n, status in answers.items() if status != 200] == []


def is_tidy(*cells: str | None) -> bool:
    return all(cell is None or cell == cell.strip() for cell in cells)
