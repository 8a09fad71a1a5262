"""The encodings that a text of single bytes may have, by the words that they make of it."""

import dataclasses
import re
from collections.abc import Mapping
from types import MappingProxyType

_WESTERN = "àâäáãåæçèéêëìíîïñòóôöõøœßùúûüÿ"
_CENTRAL = "ąćęłńóśźżáčďéěíňřšťúůýžäöüßőűâăîşţđ"
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ"
_LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "cp1252": _WESTERN,
        "cp1250": _CENTRAL,
        "cp1251": _CYRILLIC,
        "mac_roman": _WESTERN,
        "cp850": _WESTERN,
    }
)
"""The encodings to try, the more usual first, each with the small letters of its languages."""

_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_OPENING = "“„«\N{LEFT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}"
_CLOSING = f"”»“{_APOSTROPHE}"
_DASHES = "\N{EN DASH}\N{EM DASH}"
_WORD = re.compile(rf"\w*[^\W\x00-\x7f]\w*|\w+{_APOSTROPHE}\w+|[“„«]\w+|\w+[”»]")
_WORDS_SHOWN = 3
_LONGEST_WORD = 20
_SAMPLE_BYTES = 1 << 16


@dataclasses.dataclass(frozen=True, slots=True)
class EncodingCandidate:
    """An encoding, and some words that the text holds if it is the right one."""

    encoding: str
    words: tuple[str, ...]


def encoding_candidates(sample: bytes) -> tuple[EncodingCandidate, ...]:
    """Rank the encodings that a text may have, the most plausible first.

    Args:
        sample: Bytes of a text that is not UTF-8.

    Returns:
        At least one; of those that make the same text of it only the most usual.

    """
    telling = b"\n".join(line for line in sample.splitlines() if not line.isascii())
    texts = {name: telling[:_SAMPLE_BYTES].decode(name, "replace") for name in _LETTERS}
    scores = {name: _plausibility(text, _LETTERS[name]) for name, text in texts.items()}
    ranked = sorted(texts, key=lambda name: -scores[name])
    best, *others = ranked
    kept = [best, *(name for name in others if scores[name] > 0)]
    distinct = {texts[name]: name for name in reversed(kept)}
    return tuple(
        EncodingCandidate(name, _words(texts[name])) for name in kept if name in distinct.values()
    )


def _plausibility(text: str, letters: str) -> float:
    """Weigh each sign that is not ASCII by the signs beside it, as its languages would have it."""
    padded = f" {text} "
    return sum(
        _weight(padded[place - 1 : place + 2], letters)
        for place, sign in enumerate(padded)
        if not sign.isascii()
    )


def _weight(signs: str, letters: str) -> float:
    before, sign, after = tuple(signs)
    if sign.lower() in letters and sign.isalpha():
        return _weight_of_letter(before, sign, after, is_cyrillic=letters is _CYRILLIC)
    if sign == _APOSTROPHE and before.isalpha() and after.isalpha():
        return 2.0
    is_opening = sign in _OPENING and not before.isalnum() and not after.isspace()
    is_closing = sign in _CLOSING and not before.isspace() and not after.isalnum()
    is_dash = sign in _DASHES and before.isspace() == after.isspace()
    is_price = sign in "€£" and not before.isalpha() and not after.isalpha()
    is_other = sign in "°…§"
    return 1.5 if is_opening or is_closing or is_dash or is_price or is_other else -2.0


def _weight_of_letter(before: str, sign: str, after: str, *, is_cyrillic: bool) -> float:
    if sign.isupper() and before.islower():
        return -2.0
    if sign.islower() and after.isupper():
        return -2.0
    if sign.islower() and not before.isalpha() and after.isalpha():
        return 1.5  # less likely than a name's capital
    neighbours = [one for one in (before, after) if one.isalpha()]
    if not neighbours:
        return 0.5
    # A Russian word has no ASCII letter; a Western one is seldom without.
    foreign = sum(one.isascii() is is_cyrillic for one in neighbours)
    return 2.0 - foreign * (3.0 if is_cyrillic else 1.0)


def _words(text: str) -> tuple[str, ...]:
    found = dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(text))
    return tuple(found)[:_WORDS_SHOWN]
