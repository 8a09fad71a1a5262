"""Tests of proposals: what is proposed for a file holds for that file as it stands."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import hypothesis
import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from plunk_import.errors import OutputError, SettingsError, SourceError
from plunk_import.mapping import Identity, LoadedMapping, Mapping, SourceOptions, load_mapping
from plunk_import.propose import Names, Proposal, propose, write_proposal
from plunk_import.read import ROW, header_line_of
from plunk_import.validate import open_job
from tests import SAMPLES, TESTS_DIR
from tests.mapped import knowing_duplicates

SCHEMA_FILE = "plunk-mapping.schema.json"
SHAPES = TESTS_DIR / "shapes"
SHAPES_EXPECTED: dict[str, Any] = json.loads((SHAPES / "expected.json").read_text("utf-8"))
SAMPLES_EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text("utf-8"))


def loaded(proposal: Proposal, folder: Path) -> LoadedMapping:
    path = folder / "mapping.yaml"
    path.write_text(proposal.text, encoding="utf-8")
    return load_mapping(path)


def rejected(data: Path, mapping: LoadedMapping) -> tuple[int, dict[str, list[str]]]:
    job = open_job(data, mapping)
    filtered, rejects = 0, {}
    for batch in knowing_duplicates(job).batches():
        filtered += batch.filtered
        for row, codes in batch.rejects.select(ROW, "_code").iter_rows():
            rejects[str(row)] = sorted(codes)
    return filtered, rejects


def proposed(
    rows: list[list[str]],
    folder: Path,
    *,
    event: str | None = None,
    names: Names = "keep",
    row_limit: int = 1_000_000,
) -> tuple[Proposal, Mapping]:
    data = folder / "data.csv"
    with data.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    proposal = propose(data, event=event, names=names, row_limit=row_limit)
    return proposal, loaded(proposal, folder).mapping


def table(**columns: list[str]) -> list[list[str]]:
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


ADDRESSES = [f"p{n}@example.com" for n in (1, 2, 1, 3)]
EVENTS = ["bought", "left", "bought", "bought"]


@pytest.mark.parametrize("name", SHAPES_EXPECTED)
def test_a_shape_is_proposed_for_so_that_only_bad_rows_are_rejected(
    name: str, tmp_path: Path
) -> None:
    expected = SHAPES_EXPECTED[name]
    mapping = loaded(propose(SHAPES / name, event=expected["event"]), tmp_path)
    assert rejected(SHAPES / name, mapping) == (expected["filtered"], expected["rejects"])


@pytest.mark.parametrize("name", ["shopify_orders", "mailchimp_audience", "stripe_payments"])
def test_a_known_export_is_proposed_for_as_by_hand(name: str, tmp_path: Path) -> None:
    expected = SAMPLES_EXPECTED[name]
    data = SAMPLES / f"{name}.csv"
    filtered, rejects = rejected(data, loaded(propose(data), tmp_path))
    assert filtered == expected["filtered"]
    assert rejects == {row: sorted(codes) for row, codes in expected["rejects"].items()}


def test_a_parquet_file_is_proposed_for_so_that_only_bad_rows_are_rejected(tmp_path: Path) -> None:
    data = SAMPLES / "product_events.parquet"
    filtered, rejects = rejected(data, loaded(propose(data), tmp_path))
    assert filtered == 0
    assert set(rejects) <= set(SAMPLES_EXPECTED["product_events"]["rejects"])


def test_the_shapes_are_what_their_script_makes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, SHAPES / "make_shapes.py", "--into", tmp_path], check=True)
    for name in (*SHAPES_EXPECTED, "expected.json"):
        if name.endswith(".parquet"):
            assert_frame_equal(pl.read_parquet(tmp_path / name), pl.read_parquet(SHAPES / name))
        else:
            assert (tmp_path / name).read_bytes() == (SHAPES / name).read_bytes()


def test_the_first_line_tells_editors_where_the_schema_is() -> None:
    first, second, *_ = propose(SAMPLES / "stripe_payments.csv").text.splitlines()
    assert first == f"# yaml-language-server: $schema={SCHEMA_FILE}"
    assert f"plunk-import schema > {SCHEMA_FILE}" in second


def test_each_column_shows_a_sample_its_empty_cells_and_its_different_values(
    tmp_path: Path,
) -> None:
    city = ["Gent", "", "Gent\n# id: [x]", "x" * 99]
    proposal, _ = proposed(table(Email=ADDRESSES, event=EVENTS, city=city), tmp_path)
    assert 'city: city  # "Gent"; 1 empty, 3 different' in proposal.text
    assert 'email: Email  # "p…@example.com"; 0 empty, 3 different' in proposal.text
    assert "p1@example.com" not in proposal.text


@pytest.mark.parametrize(
    ("rows", "event", "message"),
    [
        (
            table(name=["Ada"], event=["x"]),
            None,
            'no column holds e-mail addresses.*"name", "event"',
        ),
        (table(email=["Ada", "Zoë"], event=["x", "y"]), None, "no column holds e-mail addresses"),
        (table(email=ADDRESSES), None, "`--event NAME`"),
        (table(email=ADDRESSES), "email.opened", "--event: Plunk keeps"),
        (table(email=ADDRESSES), "", "--event: an event name cannot be empty"),
    ],
    ids=["no address column", "no addresses", "no event", "reserved event", "empty event"],
)
def test_what_cannot_be_proposed_is_said(
    rows: list[list[str]], event: str | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises((SourceError, SettingsError), match=message):
        proposed(rows, tmp_path, event=event)


def test_a_missing_file_is_said() -> None:
    with pytest.raises(SourceError, match="no such file"):
        propose("nowhere.csv")


@pytest.mark.parametrize(
    ("given", "column", "const"),
    [("signed_up", None, "signed_up"), ("what", "what", None), (None, "event", None)],
    ids=["a name", "a column", "nothing"],
)
def test_the_event_is_a_name_a_column_or_found(
    given: str | None, column: str | None, const: str | None, tmp_path: Path
) -> None:
    rows = table(email=ADDRESSES, event=EVENTS, what=["a", "b", "a", "b"])
    event = proposed(rows, tmp_path, event=given)[1].event
    assert (event.column, event.const) == (column, const)


@pytest.mark.parametrize(
    ("name", "cells", "subscribed"),
    [
        ("newsletter", ["yes", "no", "", "yes"], ("newsletter", (), ())),
        ("Opt-in", ["ja", "nein", "ja", ""], ("Opt-in", ("ja",), ("nein",))),
        ("unsubscribed", ["true", "false"] * 2, ("unsubscribed", ("false",), ("true",))),
        (
            "Consent",
            ["SUBSCRIBED", "NEVER_SUBSCRIBED"] * 2,
            ("Consent", ("SUBSCRIBED",), ("NEVER_SUBSCRIBED",)),
        ),
        ("newsletter", ["weekly", "daily", "", ""], None),
    ],
)
def test_who_wants_mail_is_found_by_name_and_words(
    name: str, cells: list[str], subscribed: tuple[Any, ...] | None, tmp_path: Path
) -> None:
    rows = table(**{"email": ADDRESSES, "event": EVENTS, name: cells})
    _, mapping = proposed(rows, tmp_path)
    found = mapping.subscribed
    told = found and (found.column, tuple(sorted(found.true_values)), found.false_values)
    assert told == subscribed


@pytest.mark.parametrize(
    ("header", "cells", "reason"),
    [
        ("empty", ["", "", "", " "], "empty in every row"),
        ("same", ["x", "x", "x", "x"], "the same in every row"),
        ("Password", ["a", "b", "c", "d"], "secret"),
        ("card_number", ["1", "2", "3", "4"], "secret"),
        ("hash", ["$2b$12$abcdefgh", "$2b$12$ijklmnop", "$2y$10$q", ""], "hashed passwords"),
        ("cc", ["4111 1111 1111 1111", "5555555555554444", "378282246310005", ""], "cards"),
    ],
)
def test_a_useless_or_secret_column_is_left_out_with_its_reason(
    header: str, cells: list[str], reason: str, tmp_path: Path
) -> None:
    rows = table(**{"email": ADDRESSES, "event": EVENTS, header: cells})
    proposal, mapping = proposed(rows, tmp_path)
    assert header not in mapping.data
    line = next(line for line in proposal.text.splitlines() if f"# {header}:" in line)
    assert reason in line
    assert "4111" not in proposal.text
    assert "$2b$" not in proposal.text


def test_an_id_is_used_only_where_it_is_unique_in_the_rows_sent(tmp_path: Path) -> None:
    base = {"email": ADDRESSES, "event": EVENTS}
    _, unique = proposed(table(**base, order_id=["a1", "a2", "a3", "a4"]), tmp_path)
    assert unique.id == Identity(columns=("order_id",))
    assert not unique.data["order_id"].persistent
    text, repeated = proposed(table(**base, order_id=["a1", "a2", "a1", "a4"]), tmp_path)
    assert repeated.id is None
    assert "# id: [order_id]  # not used: 1 rows repeat an earlier one's" in text.text
    _, empty = proposed(table(**base, order_id=["a1", "a2", "", "a4"]), tmp_path)
    assert empty.id is None


def test_rows_of_nobody_are_filtered(tmp_path: Path) -> None:
    rows = table(email=["a@x.co", "", "", "b@x.co"], event=EVENTS, request_id=["1", "2", "3", "4"])
    _, mapping = proposed(rows, tmp_path)
    assert mapping.where == "\"email\" <> ''"


def test_the_time_of_an_event_travels_along_as_one_shot(tmp_path: Path) -> None:
    times = ["2026-01-31", "2026-02-01", "2026-02-01", "2026-02-02"]
    _, mapping = proposed(table(email=ADDRESSES, event=EVENTS, date=times), tmp_path)
    assert (mapping.data["date"].type, mapping.data["date"].persistent) == ("date", False)


def test_counts_of_the_first_rows_are_said_to_be_so(tmp_path: Path) -> None:
    rows = table(email=ADDRESSES, event=EVENTS)
    proposal, _ = proposed(rows, tmp_path, row_limit=3)
    assert "# from the first 3 rows." in proposal.text
    assert "Only the first 3 rows were looked at." in proposal.notes


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("keep", ["First Name", "external_id", "external_id_2", "created_at", "a.b"]),
        ("snake", ["first_name", "external_id", "external_id_2", "created_at", "a_b"]),
        ("camel", ["firstName", "externalId", "externalId_2", "created_at", "aB"]),
    ],
)
def test_names_keep_the_style_and_never_a_reserved_one(
    names: Names, expected: list[str], tmp_path: Path
) -> None:
    headers = ["First Name", "id", "external_id", "createdAt", "a.b"]
    columns = {header: ["some", "others", "some", "more"] for header in headers}
    rows = table(email=ADDRESSES, **columns)

    _, mapping = proposed(rows, tmp_path, event="x", names=names)

    named = {variable.column: name for name, variable in mapping.data.items()}
    assert [named[header] for header in headers] == expected


def test_a_name_that_gives_way_says_why(tmp_path: Path) -> None:
    rows = table(email=ADDRESSES, id=["a", "b", "c", "d"], plan=["pro", "free", "pro", "free"])

    proposal, _ = proposed(rows, tmp_path, event="x")

    assert proposal.text.count("for itself, so it goes under another one") == 1
    assert "keeps the name `id`" in proposal.text


def test_a_proposal_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    write_proposal(Proposal("version: 1\n", ()), path)
    with pytest.raises(OutputError, match="never overwritten"):
        write_proposal(Proposal("other", ()), path)
    assert path.read_text() == "version: 1\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_proposal(Proposal("x", ()), tmp_path / "no" / "mapping.yaml")


def test_a_first_line_with_an_address_is_a_row(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("ada@example.com,1.5\nbob@example.com,2.5\n")
    proposal = propose(file, event="happened")
    mapping = loaded(proposal, tmp_path)
    assert mapping.mapping.source.columns == ("column_1", "column_2")
    assert mapping.mapping.email.column == "column_1"
    assert "ada" not in proposal.text
    assert proposal.notes[0].startswith("The first line holds an address")
    assert sum(part.events.height for part in open_job(file, mapping).batches()) == 2


TITLED = {
    "a line": "Orders, all of them\n",
    "lines with quotes, and an empty one": 'Orders\nmade by "us", 2026\n\n',
    "a row of a sheet": "Orders,,\n,,\n",
    "a line that is narrower": "Orders,made by us\n",
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "in a directory"])
@pytest.mark.parametrize("delimiter", [",", ";"], ids=["comma", "semicolon"])
@pytest.mark.parametrize("title", TITLED.values(), ids=TITLED.keys())
def test_a_header_below_a_title_is_found(
    title: str, delimiter: str, packed: bool, tmp_path: Path
) -> None:
    rows = "Email,Name,Event\na@example.com,Ada,bought\nb@example.com,Bob,left\n"
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "a.csv"
    file.write_text((title + rows).replace(",", delimiter))
    source = file.parent if packed else file
    proposal = propose(source)
    mapping = loaded(proposal, tmp_path)
    assert mapping.mapping.source.header_line == title.count("\n") + 1
    assert mapping.mapping.email.column == "Email"
    assert proposal.notes[0].startswith("What stands above this line is taken for a title")
    assert sum(part.events.height for part in open_job(source, mapping).batches()) == 2


def test_a_header_below_a_title_is_found_in_a_sheet(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    lines = [["Orders"], [], ["Email", "Event", "Event", None], ["a@x.co", "bought", 1, 2]]
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for line, cells in enumerate(lines):
            sheet.write_row(line, 0, cells)
    proposal = propose(file)
    mapping = loaded(proposal, tmp_path)
    assert mapping.mapping.source.header_line == 3
    assert [line for line in proposal.notes if "is read as" in line] == [
        "Column 3 is called 'Event' like one before it: it is read as 'Event_2'.",
        "Column 4 has no name: it is read as 'column_4'.",
    ]
    assert sum(part.events.height for part in open_job(file, mapping).batches()) == 1


PLAIN = {
    "one column": "Email\na@example.com\nb@example.com\n",
    "rows of other widths": "Email,Name\na@example.com,Ada,x\nb@example.com,Bob,y\n",
    "a header with gaps": "Email,,\na@example.com,Ada,x\nb@example.com,Bob,y\n",
    "one row": "Email,Name\na@example.com,Ada\n",
}


@pytest.mark.parametrize("content", PLAIN.values(), ids=PLAIN.keys())
def test_a_header_on_the_first_line_is_not_declared(content: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(content)
    assert header_line_of([file], SourceOptions()) is None


@pytest.mark.parametrize(
    ("encoding", "names", "shown"),
    [
        ("cp1252", ["Müller", "Zoë"], "cp1252 (Müller, Zoë)"),
        ("cp1252", ["“Hello”", "“Bye”"], "cp1252 (“Hello”, “Bye”)."),
        ("cp1250", ["Wałęsa", "Śliwiński"], "cp1250 (Wałęsa, Śliwiński); cp1252 (Wa³êsa"),
        ("cp1251", ["Иван", "Анна"], "cp1251 (Иван, Анна); cp1253 ("),
        ("mac_roman", ["Noël", "Élise"], "mac_roman (Noël, Élise)"),
        ("cp850", ["Noël", "Élise"], "cp850 (Noël, Élise)"),
    ],
)
def test_what_is_not_utf_8_is_shown_in_each_encoding_that_it_may_have(
    tmp_path: Path, encoding: str, names: list[str], shown: str
) -> None:
    rows = "".join(f"p{n}@example.com,{name}\n" for n, name in enumerate(names))
    (tmp_path / "a.csv").write_bytes(f"email,name\n{rows}".encode(encoding))

    proposal = propose(tmp_path / "a.csv", event="happened")

    said = "This is not UTF-8. See which words are right, and declare it: "
    (note,) = [note for note in proposal.notes if note.startswith(said)]
    assert note.removeprefix(said).startswith(shown)
    assert f"# {note}" in proposal.text
    assert f"encoding: {encoding.replace('_', '-')}" in proposal.text


# The reader takes no NUL in a header. `*` and `^…$` are patterns of names to polars.
HEADERS = st.one_of(
    st.sampled_from(["*", "^x$", "^.*$", "^$", "^Address.*$"]),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"),
        min_size=1,
        max_size=12,
    ).filter(lambda name: not name.startswith("_")),
)
CELLS = st.one_of(
    st.sampled_from(["", "no", "1_000", "a: #b", "1,5", "2026-01-01", "'x", "\\N", "{}", "0x1"]),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=8),
)


@hypothesis.settings(max_examples=150)
@hypothesis.given(data=st.data(), names=st.sampled_from(["keep", "camel", "snake"]))
def test_any_header_and_cell_gives_a_mapping_of_the_same_columns(
    data: st.DataObject, names: Names, tmp_path_factory: pytest.TempPathFactory
) -> None:
    headers = data.draw(st.lists(HEADERS, min_size=1, max_size=5, unique=True))
    own = {"Address of all", "What happened"}
    headers = [name for name in headers if name not in own]
    rows = data.draw(
        st.lists(st.tuples(*(CELLS for _ in headers)), min_size=2, max_size=5), label="rows"
    )
    frame = pl.DataFrame(
        [["a@example.com", "x", *row] for row in rows],
        schema=["Address of all", "What happened", *headers],
        orient="row",
        strict=False,
    ).cast(pl.String)
    folder = tmp_path_factory.mktemp("any")
    frame.write_parquet(folder / "data.parquet")
    proposal = propose(folder / "data.parquet", event="happened", names=names)
    mapping = loaded(proposal, folder)
    assert mapping.mapping.email.column is not None
    named = {variable.column for variable in mapping.mapping.data.values() if variable.column}
    assert named <= set(frame.columns)
    rejected(folder / "data.parquet", mapping)


@hypothesis.settings(max_examples=100)
@hypothesis.given(name=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_any_event_name_is_written_so_that_it_is_read_again(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("event")
    reserved = ("contact.subscribed", "contact.unsubscribed")
    hypothesis.assume(name not in ("email", "", *reserved))
    hypothesis.assume(not name.startswith(("email.", "segment.")))

    _, mapping = proposed(table(email=ADDRESSES), folder, event=name)

    assert mapping.event.const == name


def wide(columns: int, folder: Path) -> Path:
    path = folder / "wide.csv"
    names = ["email", *(f"c{n}" for n in range(1, columns))]
    path.write_text(",".join(names) + "\nada@example.com" + ",1" * (columns - 1) + "\n")
    return path


def test_more_columns_than_anybody_reads_are_refused_with_a_way_on(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"wide.csv: it has 20,000 columns.*5,000.*by hand"):
        propose(wide(20_000, tmp_path), event="hi")


def test_each_column_of_a_wide_file_costs_the_same(tmp_path: Path) -> None:
    """Calls of functions are counted, since they are the same on every machine."""
    propose(wide(20, tmp_path), event="hi")  # imports what is needed
    calls = {columns: calls_of_proposing(wide(columns, tmp_path)) for columns in (100, 200, 400)}
    assert calls[400] - calls[200] < 2.2 * (calls[200] - calls[100])


def calls_of_proposing(path: Path) -> int:
    calls = 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        propose(path, event="hi")
    finally:
        sys.setprofile(before)
    return calls
