"""The encodings that a text may have if it is not UTF-8, by the words that they make of it."""

import dataclasses
import re

from plunk_import.read.alphabets import SCRIPTS, Script

_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_OPENING = "“„«\N{LEFT SINGLE QUOTATION MARK}\N{SINGLE LOW-9 QUOTATION MARK}"
_CLOSING = f"”»“{_APOSTROPHE}"
_DASHES = "\N{EN DASH}\N{EM DASH}"
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_IN_WORD = r"[^\s,;|\"\x00-\x1f\x7f-\x9f\u200b-\u200f]"
_WORD = re.compile(rf"{_IN_WORD}*(?=[^\x00-\x7f]){_IN_WORD}+")
_WORDS_SHOWN = 3
_LONGEST_WORD = 20
_MOST_CANDIDATES = 4
_LEAST_SHARE = 4
"""What is this many times less plausible than the best is not worth showing."""
_SAMPLE_BYTES = 1 << 16


@dataclasses.dataclass(frozen=True, slots=True)
class EncodingCandidate:
    """An encoding, and some words that the text holds if it is the right one."""

    encoding: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.encoding} ({', '.join(self.words)})" if self.words else self.encoding


def encoding_candidates(sample: bytes) -> tuple[EncodingCandidate, ...]:
    """Rank the encodings that a text may have, the most plausible first.

    Args:
        sample: Bytes of a text that is not UTF-8.

    Returns:
        One to four; of those that make the same text of it only the most usual.

    """
    telling = b"\n".join(line for line in sample.splitlines() if not line.isascii())
    texts = {name: telling[:_SAMPLE_BYTES].decode(name, "replace") for name in SCRIPTS}
    scores = {name: _plausibility(text, SCRIPTS[name]) for name, text in texts.items()}
    best, *others = sorted(texts, key=lambda name: -scores[name])
    least = max(scores[best] / _LEAST_SHARE, 0.01)
    kept = [
        best,
        *(name for name in others if scores[name] >= least and _UNREADABLE not in texts[name]),
    ]
    distinct = {texts[name]: name for name in reversed(kept)}
    shown = [name for name in kept if name in distinct.values()][:_MOST_CANDIDATES]
    return tuple(EncodingCandidate(name, _words(texts[name])) for name in shown)


def _plausibility(text: str, script: Script) -> float:
    """Weigh each sign that is not ASCII by the signs beside it, as its languages would have it."""
    padded = f" {text} "
    return script.coherence(text) + sum(
        _weight(padded[place - 1 : place + 2], script)
        for place, sign in enumerate(padded)
        if not sign.isascii()
    )


def _weight(signs: str, script: Script) -> float:
    before, sign, after = tuple(signs)
    if script.holds(sign):
        return script.weight(before, sign, after)
    if sign == _APOSTROPHE and before.isalpha() and after.isalpha():
        return 2.5
    is_opening = sign in _OPENING and not before.isalnum() and not after.isspace()
    is_closing = sign in _CLOSING and not before.isspace() and not after.isalnum()
    is_price = sign in "€£" and not before.isalpha() and not after.isalpha()
    return 1.8 if is_opening or is_closing or is_price or sign in _DASHES + "°…§¿¡" else -2.0


def _words(text: str) -> tuple[str, ...]:
    found = dict.fromkeys(word[:_LONGEST_WORD] for word in _WORD.findall(text))
    return tuple(found)[:_WORDS_SHOWN]
