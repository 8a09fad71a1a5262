"""The people of the samples and the shapes that describe a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

# Each name with the ASCII spelling that its owner uses in an address.
FIRST_NAMES = {
    "Zoë": "zoe", "Søren": "soren", "Łukasz": "lukasz", "Anaïs": "anais", "José": "jose",
    "Émilie": "emilie", "Jürgen": "juergen", "Siobhán": "siobhan", "Ayşe": "ayse",
    "Thảo": "thao", "Björn": "bjorn", "Юлия": "yulia", "明美": "akemi", "Νίκος": "nikos",
    "ליאור": "lior", "Ada": "ada",
}  # fmt: skip
LAST_NAMES = {
    "Vandenbroucke": "vandenbroucke", "O'Brien": "o'brien", "Müller-Weiß": "mueller-weiss",
    "García Ruiz": "garcia", "Nowakówna": "nowakowna", "D'Hondt": "dhondt", "Çelik": "celik",
    "Nguyễn": "nguyen", "Ångström": "angstrom", "Иванова": "ivanova", "佐藤": "sato",
    "Παππάς": "pappas", "Lefèvre, Jr.": "lefevre", "de Smet": "desmet",
}  # fmt: skip
DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "studio.example")


@dataclass(frozen=True, slots=True)
class Place:
    """A home: where goods go, and how its telephone numbers start."""

    street: str
    city: str
    postcode: str
    province_code: str
    province: str
    country: str
    timezone: str
    dialling: str


PLACES = (
    Place("Veldstraat 12", "Gent", "9000", "", "", "BE", "europe/brussels", "+32"),
    Place("Rue Haute 7, bte 3", "Liège", "4000", "", "", "BE", "europe/brussels", "+32"),
    Place("Königsallee 1", "Düsseldorf", "40212", "", "", "DE", "europe/berlin", "+49"),
    Place("Calle Ancha 5, 2º", "Málaga", "29001", "MA", "Málaga", "ES", "europe/madrid", "+34"),
    Place("Ørestads Vej 9", "København", "02300", "", "", "DK", "europe/copenhagen", "+45"),
    Place("4 Main St", "Salem", "01970", "MA", "Massachusetts", "US", "america/new_york", "+1"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who occurs in a sample, with one address and one home."""

    first: str
    last: str
    email: str
    place: Place
    phone: str

    @property
    def name(self) -> str:
        """First and last name as one text."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Cells that replace a record's good ones, and the reject codes they must lead to."""

    cells: Mapping[str, Any]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One file's rows, with what its mapping filters out and what an importer must reject."""

    rows: Sequence[Mapping[str, Any]]
    filtered: int
    rejects: Mapping[int, tuple[str, ...]]

    def expectation(self) -> dict[str, Any]:
        """Return the sample's entry in ``expected.json``; its rows are numbered from 1."""
        rejects = {str(row): sorted(codes) for row, codes in sorted(self.rejects.items())}
        return {"rows": len(self.rows), "filtered": self.filtered, "rejects": rejects}


def invite(rng: Random, count: int) -> list[Person]:
    """Return that many people, no two of one name; at most 224."""
    names = [(first, last) for first in FIRST_NAMES for last in LAST_NAMES]
    return [_person(rng, first, last) for first, last in rng.sample(names, count)]


def _person(rng: Random, first: str, last: str) -> Person:
    ascii_first, ascii_last = FIRST_NAMES[first], LAST_NAMES[last]
    local = rng.choice(
        (
            f"{ascii_first}.{ascii_last}",
            f"{ascii_first}_{ascii_last}",
            f"{ascii_last}.{ascii_first}",
            f"{ascii_first}.{ascii_last}+shop",
            f"{ascii_first.capitalize()}.{ascii_last.capitalize()}",
        )
    )
    place = rng.choice(PLACES)
    phone = f"{place.dialling}{rng.randrange(400_000_000, 499_999_999)}"
    return Person(first, last, f"{local}@{rng.choice(DOMAINS)}", place, phone)


def token(rng: Random, alphabet: str, length: int) -> str:
    """Return an opaque id of that many characters."""
    return "".join(rng.choice(alphabet) for _ in range(length))


def money(cents: int) -> str:
    """Write an amount in cents with two decimals and a point."""
    return f"{cents // 100}.{cents % 100:02d}"
