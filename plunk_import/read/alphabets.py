"""What the languages of an encoding write, and how likely a sign of it is beside its neighbours."""

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol


class Script(Protocol):
    """What tells how likely a sign is in the texts of an encoding."""

    def holds(self, sign: str) -> bool:
        """Tell whether its languages write this sign."""

    def weight(self, before: str, sign: str, after: str) -> float:
        """Weigh a sign that it holds: above 0 speaks for the encoding, below 0 against it."""

    def coherence(self, text: str) -> float:
        """Weigh the text as a whole: that of one language is likelier than a medley."""


@dataclasses.dataclass(frozen=True, slots=True)
class Latin:
    """Letters that stand among those of ASCII.

    Attributes:
        languages: The letters of each language, or of a few that share most of them.

    """

    languages: tuple[str, ...]

    def holds(self, sign: str) -> bool:
        """Tell whether one of the languages has the letter."""
        return sign.isalpha() and any(sign.lower() in letters for letters in self.languages)

    def weight(self, before: str, sign: str, after: str) -> float:
        """Weigh a letter by its case: a word of Latin letters is seldom without one of ASCII."""
        foreign = sum(one.isalpha() and not one.isascii() for one in (before, after))
        return _weight_of_case(before, sign, after) - foreign

    def coherence(self, text: str) -> float:
        """Speak for the encoding where one language has all of the letters."""
        signs = [sign for sign in text.lower() if not sign.isascii() and sign.isalpha()]
        return 0.3 * max(sum(sign in letters for sign in signs) for letters in self.languages)


@dataclasses.dataclass(frozen=True, slots=True)
class Alphabet:
    """Letters of their own, the most frequent first: their words have no letter of ASCII."""

    letters: str

    def holds(self, sign: str) -> bool:
        """Tell whether one of its languages has the letter."""
        return sign.isalpha() and sign.lower() in self.letters

    def weight(self, before: str, sign: str, after: str) -> float:
        """Weigh a letter by how frequent it is, and by its case."""
        foreign = sum(one.isalpha() and one.isascii() for one in (before, after))
        frequency = 0.5 - self.letters.index(sign.lower()) / len(self.letters)
        return _weight_of_case(before, sign, after) + frequency - 3.0 * foreign

    def coherence(self, text: str) -> float:
        """Add nothing: an alphabet is of one language, or of a few that are alike."""
        del text
        return 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Ideographs:
    """Characters of two bytes, the usual ones first in their own set.

    Attributes:
        encoding: The set that has the usual ones.
        leads: The first bytes that these have in it.
        sure: What speaks for the encoding if they are all there is.

    """

    encoding: str
    leads: range
    sure: float

    def holds(self, sign: str) -> bool:
        """Tell whether the character is one of the usual ones."""
        coded = sign.encode(self.encoding, "ignore")
        return len(coded) == 2 and coded[0] in self.leads

    def weight(self, before: str, sign: str, after: str) -> float:
        """Weigh a character: beside letters of ASCII it is most often a mistake."""
        del sign
        foreign = sum(one.isascii() and one.isalpha() for one in (before, after))
        return self.sure - 4.0 * foreign

    def coherence(self, text: str) -> float:
        """Add nothing: what is rare is not held."""
        del text
        return 0.0


def _weight_of_case(before: str, sign: str, after: str) -> float:
    """Weigh what case tells: no capital stands within a word, and names begin with one."""
    if not before.isalpha() and not after.isalpha():
        return 0.5
    if sign.isupper():
        return -2.0 if before.islower() or (before.isalpha() and after.islower()) else 2.0
    if after.isupper():
        return -2.0
    return 2.0 if before.isalpha() or not sign.islower() else 1.5


_WESTERN = (
    "äöüßé",
    "àâæçéèêëîïôœùûüÿ",
    "áéíñóúü",
    "áàâãçéêíóôõú",
    "åäöøæéü",
    "àèéìòù",
)
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýžäôľĺŕ", "áéíóöőúüű", "ăâîşţ", "čćđšž", "äöüß")
_CYRILLIC = Alphabet("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґ")

SCRIPTS: Mapping[str, Script] = MappingProxyType(
    {
        "cp1252": Latin(_WESTERN),
        "cp1250": Latin(_CENTRAL),
        "cp1251": _CYRILLIC,
        "mac_roman": Latin(_WESTERN),
        "cp850": Latin(_WESTERN),
        "cp932": Ideographs("cp932", range(0x81, 0x98), 4.0),
        "gb18030": Ideographs("gb2312", range(0xB0, 0xD8), 3.8),
        "big5": Ideographs("big5", range(0xA4, 0xC7), 4.0),
        "cp949": Ideographs("euc_kr", range(0xB0, 0xC9), 4.0),
        "cp1254": Latin(("çğ\N{LATIN SMALL LETTER DOTLESS I}i\u0307öşüâîû",)),
        "cp1257": Latin(("āčēģīķļņšūž", "ąčęėįšųūž", "äöüõšž")),
        "iso8859_2": Latin(_CENTRAL),
        "iso8859_15": Latin((*_WESTERN, "äöšž")),
        "cp1253": Alphabet("αοιετσνηυρπκμλςώίόάέήγδύχθφβξζψϊϋΐΰ"),
        "koi8_r": _CYRILLIC,
        "cp866": _CYRILLIC,
        "cp1255": Alphabet("יוהלאמתרבשנחדעקםפגצזטכסןץךף"),
        "cp1256": Alphabet("اليمونرتبدعسفقكحةهجشصطخأضذزغىثظءئإؤآ"),
    }
)
"""The encodings to try, the more usual first."""
