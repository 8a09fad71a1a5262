"""Tests of how the words of a header and of cells are read: split, denied, said twice."""

import csv
import itertools
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from plunk_import.propose import propose


def proposed(folder: Path, header: str, cells: list[str]) -> str:
    path = folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [[f"p{n}@example.com", cell] for n, cell in enumerate(cells * 8)]
        csv.writer(file).writerows([["email", header], *rows])
    lines = propose(path, event="imported").text.splitlines()
    found = next((line for line in lines if line.startswith("subscribed: ")), "")
    return found.removeprefix("subscribed: ").split("  #")[0]


YES = "%s"
NO = "{column: %s, true: [no], false: [yes]}"


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("issubscribedtonewsletter", YES),
        ("hasoptedoutofemail", NO),
        ("Newsletterempfaenger", YES),
        ("Werbeeinwilligungsstatus", YES),
        ("Newsletter (yes/no)", YES),
        ("Si no desea recibir publicidad", ""),
        ("No desea recibir publicidad", NO),
        ("No mailings wanted (opt-out)", ""),
        ("No emails (opt-out)", NO),
        ("No opt-out", ""),
        ("Ne souhaite plus recevoir de mails", NO),
        ("Plus de mails", ""),
        ("Opt-in/Opt-out", ""),
        ("Email opt-in", YES),
        ("App opt-in", ""),
        ("No email", NO),
        ("Without email", ""),
        ("Do not mail", ""),
        ("Email rejected", ""),
        ("Marketing rejected", NO),
        ("Email enabled", ""),
        ("Newsletter enabled", YES),
        ("Accepts offers", ""),
        ("Wants offers", YES),
    ],
    ids=lambda value: value if "%" not in value else "",
)
def test_a_header_is_split_into_known_words_and_read_as_a_whole(
    tmp_path: Path, header: str, line: str
) -> None:
    said = proposed(tmp_path, header, ["yes", "no", "no"])

    assert said.replace('"', "") == (line % header if line else "")


@pytest.mark.parametrize(
    ("header", "cells", "welcome", "unwelcome"),
    [
        (
            "E-Mail-Abonnentenstatus",
            ["Abonniert", "Nie abonniert"],
            ["Abonniert"],
            ["Nie abonniert"],
        ),
        ("Email Status", ["Single Opt-In", "Opted-Out"], ["Single Opt-In"], ["Opted-Out"]),
        ("Send Marketing Materials", ["Send", "Do Not Send"], ["Send"], ["Do Not Send"]),
        ("Marketing status", ["Subscribed", "No consent"], ["Subscribed"], ["No consent"]),
        ("Newsletter", ["Inscrit", "En attente"], ["Inscrit"], ["En attente"]),
        ("Email status", ["Subscribed", "Hard bounced"], ["Subscribed"], ["Hard bounced"]),
        ("Do not allow Emails", ["Do Not Allow", "Allow"], ["Allow"], ["Do Not Allow"]),
        ("Status", ["Abonné", "Résilié"], [], []),
        ("Newsletter", ["Subscribed", "Lapsed"], [], []),
        ("Newsletter", ["Subscribed", "Not unsubscribed"], [], []),
        ("SMS status", ["Subscribed", "Unsubscribed"], [], []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_cells_are_read_by_the_same_words_and_each_one_must_be_understood(
    tmp_path: Path, header: str, cells: list[str], welcome: list[str], unwelcome: list[str]
) -> None:
    true, false = ", ".join(welcome), ", ".join(unwelcome)
    line = f"{{column: {header}, true: [{true}], false: [{false}]}}" if welcome else ""

    assert proposed(tmp_path, header, cells).replace('"', "") == line


def written_out(word: str) -> set[str]:
    """Write out each ending of a word, its spaces left out."""
    parts = [part.split("}") for part in word.split("{")]
    heads = [[parts[0][0]], *(part[0].split(",") for part in parts[1:])]
    tails = ["", *(part[1] for part in parts[1:])]
    texts = itertools.product(*heads)
    return {
        "".join(itertools.chain(*zip(text, tails, strict=True))).replace("_", "") for text in texts
    }


def test_no_word_has_two_ideas() -> None:
    listed = (resources.files("plunk_import.propose") / "consent_vocabulary.toml").read_text(
        "utf-8"
    )
    ideas: dict[str, set[str]] = {}
    for idea, languages in tomllib.loads(listed).items():
        for word in itertools.chain(*map(written_out, " ".join(languages.values()).split())):
            ideas.setdefault(word, set()).add(idea)

    assert {word: of for word, of in ideas.items() if len(of) > 1} == {}
