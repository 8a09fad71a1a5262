"""Tests of how a proposal finds out who wants mail: it may ask, and is never wrong."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pydantic_core
import pytest

from plunk_import.mapping import load_mapping
from plunk_import.propose import Consent, ConsentCandidate, Proposal, propose
from plunk_import.validate import open_job


def table(name: str) -> list[dict[str, str]]:
    text = Path(__file__).with_name(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


HEADERS = table("consent_headers.csv")
"""Columns of real exports: their cells of those who want mail and of those who do not, and another
column of two values beside them."""

READINGS = table("consent_readings.csv")
"""Columns alone, with typical cells, and what each says: who wants mail ("in"), who left ("out"),
or nothing of it (empty), as with terms, cookies, text messages, bounces and paid plans."""

WANTS = (True, True, False, True, False, False, True, False)
BESIDE = (True, False, True, True, False, True, False, False)


def write(folder: Path, columns: Mapping[str, Sequence[str]]) -> Path:
    rows = len(next(iter(columns.values())))
    named = {"email": [f"p{n}@example.com" for n in range(rows)], **columns}
    path = folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(named), *zip(*named.values(), strict=True)])
    return path


def subscriptions(data: Path, proposal: Proposal) -> list[bool | None]:
    """Read what would be sent for each row by the proposed mapping; None: nothing."""
    path = data.with_suffix(".yaml")
    path.write_text(proposal.text, encoding="utf-8")
    bodies = [
        pydantic_core.from_json(body)
        for batch in open_job(data, load_mapping(path)).batches()
        for body in batch.events["body"]
    ]
    return [body.get("subscribed") for body in bodies]


def outcome(folder: Path, case: Mapping[str, str]) -> str:
    cells = [case["welcome"] if wants else case["unwelcome"] for wants in WANTS]
    others = [case["welcome"] if other else case["unwelcome"] for other in BESIDE]
    data = write(folder, {case["beside"]: others, case["header"]: cells})
    sent = subscriptions(data, propose(data, event="imported"))
    return "right" if sent == list(WANTS) else "asks" if sent == [None] * len(WANTS) else "wrong"


def test_of_the_columns_of_real_exports_nearly_all_are_found_and_none_is_taken_wrongly(
    tmp_path: Path,
) -> None:
    found = {f"{case['source']}: {case['header']}": outcome(tmp_path, case) for case in HEADERS}

    assert [name for name, said in found.items() if said == "wrong"] == []
    asked = [name for name, said in found.items() if said == "asks"]
    assert len(asked) * 10 <= len(HEADERS), asked


def reading(folder: Path, case: Mapping[str, str]) -> str:
    data = write(folder, {case["header"]: case["values"].split("|") * 8})
    text = propose(data, event="imported").text
    if "\nsubscribed:" not in text:
        return ""
    says_who_left = ("who left, so its words stand the other way round", "when someone left")
    return "out" if any(words in text for words in says_who_left) else "in"


def test_a_header_is_read_as_consent_only_where_each_of_its_words_is_understood(
    tmp_path: Path,
) -> None:
    read = {case["header"]: (reading(tmp_path, case), case["reading"]) for case in READINGS}

    assert [header for header, (said, right) in read.items() if said not in {right, ""}] == []
    of_consent = [header for header, (_, right) in read.items() if right]
    asked = [header for header in of_consent if read[header][0] == ""]
    assert len(asked) * 40 <= len(of_consent), asked


DENIALS = (
    *("Newsletter abbestellt", "Newsletter gekündigt", "Newsletter cancelled", "Newsletter off"),
    *("Nieuwsbrief opgezegd", "Newsletter résiliée", "Boletín anulado", "Newsletter widerrufen"),
    *("Einwilligung verweigert", "Consentement refusé", "Toestemming ingetrokken"),
    *("Consentimiento retirado", "Einwilligung zurückgezogen", "Consentement retiré"),
    *("Consent withdrawn", "Newsletter quit", "Mailing list removed", "Subscriber lost"),
    *("Subscribed until revoked", "Former subscriber", "Newsletter nie", "Sin boletín"),
)


@pytest.mark.parametrize("header", DENIALS)
def test_a_denial_in_a_header_is_never_read_as_a_yes(tmp_path: Path, header: str) -> None:
    case = {"header": header, "welcome": "no", "unwelcome": "yes", "beside": "VIP"}
    assert outcome(tmp_path, case) in {"right", "asks"}


YES_NO = ["yes", "no", "no", "yes", "no"]


def test_every_column_of_two_values_may_say_it_and_is_shown_with_its_counts(
    tmp_path: Path,
) -> None:
    data = write(
        tmp_path,
        {
            "VIP": YES_NO,
            "Segment": ["a", "b", "a", "a", "b"],
            "Called": ["x", "", "", "x", ""],
            "City": ["Gent", "Aalst", "Lier", "Gent", "Brugge"],
        },
    )
    proposal = propose(data, event="imported")

    assert '#   VIP: 3 x "no", 2 x "yes"' in proposal.text
    assert '#   Segment: 3 x "a", 2 x "b"' in proposal.text
    assert '#   Called: 2 x "x", 3 x empty' in proposal.text
    assert "#   City" not in proposal.text
    assert subscriptions(data, proposal) == [None] * 5


@pytest.mark.parametrize("columns", [{"City": ["Gent", "Lier"]}, {"VIP": ["yes", "no"]}])
def test_a_proposal_never_says_that_no_column_says_it(
    tmp_path: Path, columns: dict[str, list[str]]
) -> None:
    proposal = propose(write(tmp_path, columns), event="imported")

    assert any(note.startswith("Which column says who wants mail") for note in proposal.notes)
    assert "No column says who" not in proposal.text


@pytest.mark.parametrize(
    ("header", "cells", "sent"),
    [
        ("Newsletter", ["x", "", "", "x"], [True, False, False, True]),
        ("Newsletter", ["yes", "yes", "yes", "yes"], [True] * 4),
        ("Unsubscribed", ["1", "", "", "1"], [False, None, None, False]),
        ("Unsubscribed", ["no", "no", "no", "no"], [True] * 4),
        ("Unsubscribed at", ["2024-01-31", "", "", "2025-12-31"], [False, None, None, False]),
        ("Abmeldedatum Newsletter", ["31.01.2024", "", "30.01.2024", ""], [False, None] * 2),
        ("UNSUB_TIME", ["2022-09-30 14:05:51", "", "2022-10-01 00:00:00", ""], [False, None] * 2),
        ("Subscribed at", ["2024-01-31", "", "2024-02-01", ""], [None] * 4),
        ("Unsubscribe request date", ["2024-01-31", "", "2024-02-01", ""], [None] * 4),
        ("SMS opt-out date", ["2024-01-31", "", "2024-02-01", ""], [None] * 4),
        ("Newsletter", ["yes", "no", "", "yes"], [True, False, None, True]),
        (
            "Status",
            ["Subscribed", "Unsubscribed", "Unconfirmed", "Subscribed"],
            [True, False, False, True],
        ),
        ("Opt-in", ["weekly", "daily", "weekly", "daily"], [None] * 4),
        ("Plan", ["active", "inactive", "active", "inactive"], [None] * 4),
        ("Terms accepted", ["yes", "no", "yes", "no"], [None] * 4),
        ("SMS opt-in", ["yes", "no", "yes", "no"], [None] * 4),
        ("SMS Consent", ["SUBSCRIBED", "UNSUBSCRIBED"] * 2, [None] * 4),
        ("Email verified", ["yes", "no", "yes", "no"], [None] * 4),
        ("Premium subscriber", ["yes", "no", "yes", "no"], [None] * 4),
        ("Subscription", ["yes", "no", "yes", "no"], [None] * 4),
        ("Wants e-mail from partners", ["yes", "no", "yes", "no"], [None] * 4),
    ],
    ids=[
        *("a mark or nothing", "all yes", "left or nothing", "nobody left"),
        *("when they left", "a German day", "a moment", "when they joined", "how", "of texts"),
        "no answer is kept",
        *("states", "words of another matter", "a plan", "terms", "text messages"),
        *("words of text messages", "an address", "a paid plan", "a subscription", "partners"),
    ],
)
def test_what_a_column_says_is_sent_only_where_it_is_sure(
    tmp_path: Path, header: str, cells: list[str], sent: list[bool | None]
) -> None:
    data = write(tmp_path, {header: cells})

    assert subscriptions(data, propose(data, event="imported")) == sent


def test_two_columns_that_are_as_sure_are_left_to_the_author(tmp_path: Path) -> None:
    data = write(tmp_path, {"Newsletter A": YES_NO, "Newsletter B": YES_NO[::-1]})

    assert subscriptions(data, propose(data, event="imported")) == [None] * 5


def test_the_author_is_asked_where_the_file_does_not_tell(tmp_path: Path) -> None:
    data = write(tmp_path, {"VIP": YES_NO, "Letters": ["on paper", "by mail", "", "by mail", ""]})
    asked: list[str] = []

    def answer(candidates: Sequence[ConsentCandidate]) -> Consent:
        asked.extend(candidate.column for candidate in candidates)
        return candidates[0].meaning("no")

    proposal = propose(data, event="imported", ask_consent=answer)

    assert asked == ["VIP"]
    assert subscriptions(data, proposal) == [False, True, True, False, True]


@pytest.mark.parametrize(
    ("welcome", "sent"),
    [("x", [True, False, False, True, False]), ("", [False, True, True, False, True])],
    ids=["the mark", "an empty cell"],
)
def test_the_author_may_say_what_an_empty_cell_means(
    tmp_path: Path, welcome: str, sent: list[bool]
) -> None:
    data = write(tmp_path, {"Called": ["x", "", "", "x", ""]})

    proposal = propose(data, event="imported", ask_consent=lambda found: found[0].meaning(welcome))

    assert subscriptions(data, proposal) == sent


def test_nobody_is_asked_where_the_file_tells(tmp_path: Path) -> None:
    data = write(tmp_path, {"Newsletter": YES_NO})

    def refuse(_: Sequence[ConsentCandidate]) -> Consent:
        raise AssertionError

    propose(data, event="imported", ask_consent=refuse)
