"""Rejects and rows in doubt of JSON sources come back with each value as its JSON says."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import SecretStr

import plunk_import
from plunk_import import Connection, Report, Runtime, SandboxSettings, SendSettings
from tests.fakes import ALL_ALLOWED, FakeClock, ScriptedTransport, refused

MAPPING: Mapping[str, Any] = {
    "version": 1,
    "email": "email",
    "event": {"const": "x"},
    "data": {"v": "v", "amount": "amount", "label": {"column": "amount", "type": "string"}},
    "where": "amount > 0 OR amount IS NULL",
    "marker": None,
}
BESIDE = '{"email":"zoe@x.co","v":"a text","amount":0.5}\n{"email":"cy@x.co","v":[],"amount":-1}\n'
VALUES = {
    "a whole number": "1",
    "a fraction as it is written": "1.50",
    "an exponent": "1E22",
    "beyond 2^53": "9007199254740993",
    "truth": "true",
    "a text": '"x"',
    "a text like a number": '"007"',
    "an empty text": '""',
    "a backslash": '"C:\\\\new"',
    "an escape": '"\\u00e9\\ud83d\\ude00"',
    "nothing": "null",
    "an object with keys of its own": '{"a":1}',
    "an object of another shape": '{"b":{"c":[null,1,"1",{}]},"d":1.0}',
    "a list of all kinds": '[null,1,"1",{},[],true,1E22,9007199254740993]',
}


def validated(source: Path, out: Path) -> Report:
    return plunk_import.validate_file(source, MAPPING, directory=out, show=9)


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.fixture(params=["ndjson", "json"])
def rows(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file with a rejected row of each value, among rows of other kinds."""
    lines = [f'{{"email":"bad","v":{value},"amount":2}}' for value in VALUES.values()]
    text = "\n".join(lines) + "\n" + BESIDE
    if request.param == "json":
        text = "[" + text.strip().replace("\n", ",") + "]"
    path: Path = tmp_path / f"rows.{request.param}"
    path.write_text(text)
    return path


def test_every_value_of_a_reject_is_as_its_json_says(rows: Path, tmp_path: Path) -> None:
    report = validated(rows, tmp_path / "first")
    assert report.to_mend == "rejects.ndjson"
    text = (tmp_path / "first" / report.to_mend).read_text()
    for line, value in zip(text.splitlines(), VALUES.values(), strict=True):
        assert f'"v":{value},"amount":2.0,"_row":' in line
        assert list(json.loads(line)) == [
            *("email", "v", "amount", "_row", "_line", "_code", "_field", "_message", "_stage"),
            *("_raw", "_origin", "_types"),
        ]
    assert not (tmp_path / "first" / "rejects.parquet").exists()
    assert (tmp_path / "first" / "rejects.csv").read_text().count("invalid_email") == len(VALUES)


def test_mended_rows_are_sent_as_if_they_had_been_right_from_the_start(
    rows: Path, tmp_path: Path
) -> None:
    validated(rows, tmp_path / "first")
    rejects = tmp_path / "first" / "rejects.ndjson"
    for number in range(len(VALUES)):  # each alone: its neighbours must not be needed
        line = rejects.read_text("utf-8").splitlines()[number]
        one = tmp_path / f"mended{number}.ndjson"
        one.write_text(line.replace('"bad"', '"ann@x.co"') + "\n", encoding="utf-8")
        right = tmp_path / f"right{number}.ndjson"
        value = list(VALUES.values())[number]
        right.write_text(f'{{"email":"ann@x.co","v":{value},"amount":2}}\n{BESIDE}')
        expected = validated(right, tmp_path / f"right{number}")
        report = validated(one, tmp_path / f"out{number}")
        assert report.first_bodies == tuple(
            body for body in expected.first_bodies if "ann@x.co" in body
        )
        assert report.rejects.keys() == expected.rejects.keys()
        assert report.books.read == 1


def test_rows_that_nobody_mended_are_rejected_again_with_the_same_codes(
    rows: Path, tmp_path: Path
) -> None:
    first = validated(rows, tmp_path / "first")
    again = validated(tmp_path / "first" / "rejects.ndjson", tmp_path / "second")
    third = validated(tmp_path / "second" / "rejects.ndjson", tmp_path / "third")
    assert first.books.rejected == again.books.rejected == third.books.rejected == len(VALUES)
    texts = [
        [
            {name: value for name, value in line.items() if name not in ("_row", "_line")}
            for line in lines_of(tmp_path / out / "rejects.ndjson")
        ]
        for out in ("first", "second", "third")
    ]
    assert texts[0] == texts[1] == texts[2]


TORN = {
    "no JSON": ('{"email":"a@x.co","v":}', "invalid_record"),
    "no object": ("[1]", "invalid_record"),
    "a scalar": ("17", "invalid_record"),
    "half a pair": ('{"email":"a@x.co","v":"\\ud800"}', "lone_surrogate"),
    "too deep": ('{"email":"a@x.co","v":' + "[" * 200 + "]" * 200 + "}", "too_deep"),
}


@pytest.mark.parametrize(("line", "code"), TORN.values(), ids=TORN.keys())
def test_a_torn_line_keeps_its_text_until_its_cells_are_mended(
    line: str, code: str, tmp_path: Path
) -> None:
    (tmp_path / "rows.ndjson").write_text(f"{BESIDE}{line}\n")
    for source, out in (("rows.ndjson", "first"), ("first/rejects.ndjson", "second")):
        report = validated(tmp_path / source, tmp_path / out)
        assert list(report.rejects) == [code]
        (told,) = lines_of(tmp_path / out / "rejects.ndjson")
        assert (told["_raw"], told["_code"], told["email"]) == (line, code, None)
    told |= {"email": "ann@x.co", "v": 1, "amount": 3}
    (tmp_path / "mended.ndjson").write_text(json.dumps(told) + "\n")
    (body,) = map(json.loads, validated(tmp_path / "mended.ndjson", tmp_path / "z").first_bodies)
    assert body["data"] == {"v": 1, "amount": 3, "label": "3"}


def test_bytes_of_no_meaning_come_back_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "rows.ndjson").write_bytes(BESIDE.encode() + b'{"email":"zo\xeb@x.co"}\n')
    validated(tmp_path / "rows.ndjson", tmp_path / "first")
    again = validated(tmp_path / "first" / "rejects.ndjson", tmp_path / "second")
    assert list(again.rejects) == ["invalid_encoding"]
    (told,) = lines_of(tmp_path / "second" / "rejects.ndjson")
    assert told["_raw"] == '{"email":"zo\\xeb@x.co"}'


def imported(source: Path, out: Path) -> Report:
    return plunk_import.import_file(
        source,
        {**MAPPING, "where": "amount > 0"},
        directory=out,
        sandbox=SandboxSettings(database=out.parent / "plunk.sqlite"),
        history=out.parent / "history.sqlite",
    )


def test_a_row_without_id_is_known_again_wherever_it_comes_back(tmp_path: Path) -> None:
    text = BESIDE + '{"email":"ann","v":1,"amount":2}\n{"email":"bob","v":{"b":1},"amount":3}\n'
    (tmp_path / "rows.ndjson").write_text(text)
    imported(tmp_path / "rows.ndjson", tmp_path / "first")
    rejects = tmp_path / "first" / "rejects.ndjson"
    books = []
    for number, name in enumerate(("ann", "bob")):
        rejects.write_text(rejects.read_text().replace(f'"{name}"', f'"{name}@x.co"', 1))
        report = imported(rejects, tmp_path / f"again{number}")
        books.append((report.books.delivered, report.books.skipped, report.books.rejected))
    assert books == [(1, 0, 1), (1, 1, 0)]


@pytest.mark.parametrize("ending", ["ndjson", "parquet"])
def test_rows_in_doubt_keep_their_values_and_what_they_are_known_by(
    ending: str, tmp_path: Path
) -> None:
    """What was stored without a reply is in doubt; given back it is the same event."""
    values: Sequence[object] = [1, {"a": 1}] if ending == "ndjson" else [{"a": 1}, {"a": None}]
    cells = {"email": ["ann@x.co", "bo@x.co"], "v": values, "amount": [2, 3]}
    source = tmp_path / f"rows.{ending}"
    if ending == "ndjson":
        records = [{name: cells[name][n] for name in cells} for n in range(2)]
        source.write_text("".join(json.dumps(record) + "\n" for record in records))
    else:
        pl.DataFrame(cells).write_parquet(source)
    failed = [refused(500, "INTERNAL_SERVER_ERROR", "boom") for _ in values]
    report = plunk_import.import_file(
        source,
        MAPPING,
        directory=tmp_path / "first",
        settings=SendSettings(rate="unlimited"),
        connection=Connection(api_key=SecretStr("pk_test"), base_url="http://127.0.0.1:1"),
        consent=ALL_ALLOWED,
        runtime=Runtime(
            clock=FakeClock(),
            transport=ScriptedTransport(refused(422, "VALIDATION_ERROR"), *failed),
        ),
    )
    assert report.books.in_doubt == 2
    kept = tmp_path / "first" / f"in_doubt.{ending}"
    rows = lines_of(kept) if ending == "ndjson" else pl.read_parquet(kept).to_dicts()
    assert [row["v"] for row in rows] == list(values)
    assert [row["_reason"] for row in rows] == [row["_reason"] for row in report.iter_doubts()]
    again = validated(kept, tmp_path / "again")
    bodies = [json.loads(body)["data"]["v"] for body in again.first_bodies]
    assert bodies == ([1, {"a": 1}] if ending == "ndjson" else [{"a": 1}, {"a": None}])


def test_rejects_of_json_are_read_from_python_as_they_are(tmp_path: Path) -> None:
    text = BESIDE + '{"email":"ann","v":1,"amount":2}\n{"email":"bob","v":{"b":1},"amount":3}\n'
    (tmp_path / "rows.ndjson").write_text(text)
    report = validated(tmp_path / "rows.ndjson", tmp_path / "first")
    dicts = list(report.iter_rejects())
    assert [one["v"] for one in dicts] == [1, {"b": 1}]
    frame = report.rejects_frame()
    assert frame["amount"].to_list() == [2.0, 3.0]
    assert frame["v"].to_list() == ["1", '{"b":1}']
    for one in dicts:
        one["email"] = "mended@x.co"
    again = plunk_import.validate_file(dicts, MAPPING, directory=tmp_path / "rows", show=2)
    assert [json.loads(body)["data"]["v"] for body in again.first_bodies] == [1, {"b": 1}]


def test_a_report_without_rejects_has_an_empty_frame(tmp_path: Path) -> None:
    (tmp_path / "rows.ndjson").write_text(BESIDE)
    report = validated(tmp_path / "rows.ndjson", tmp_path / "first")
    assert {"email", "v", "amount", "_row", "_code"} <= set(report.rejects_frame().columns)
    assert list(report.iter_rejects()) == []
