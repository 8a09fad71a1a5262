"""The words of joining a list and leaving it, of mail and of what is said about them.

Their ideas stand in `consent_vocabulary.toml`, in five languages; the words that change nothing in
`words_of_no_weight.txt`.
"""

import dataclasses
import functools
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources

from plunk_import.propose.shapes import folded, parts_of_name

UNKNOWN = "unknown"
NO_WEIGHT = "no_weight"
_WITHIN_NO_WORD = frozenset({NO_WEIGHT, "yes", "ne", "pas", "unclear"})
_SHORT_WITHIN_WORDS = frozenset({"glue", "never"})
_SHORTEST_WITHIN_WORDS = 3
_START = 2
_COST_OF_UNKNOWN = 1000
_ALTERNATIVES = re.compile(r"\{([^{}]*)\}")
_SPELLED_UMLAUT = re.compile(r"([aou])e")


@dataclasses.dataclass(frozen=True, slots=True)
class _Entry:
    idea: str
    joints: frozenset[int]
    """Where a space may stand within the text, counted in letters."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Reading:
    """The ideas of the beginning of a header, and how far it is from words known as they are."""

    cost: int
    ideas: tuple[str, ...]


def ideas_of(text: str) -> tuple[str, ...]:
    """Read the ideas of a header or a cell, in their order; `UNKNOWN` for a word that has none."""
    words = folded(" ".join(parts_of_name(text))).split()
    return ideas_of_words(words)


def ideas_of_words(words: Sequence[str]) -> tuple[str, ...]:
    """Read the ideas of words in lower case without accents; an umlaut may be spelled `ue`."""
    ideas = _Splitter(words).ideas()
    if UNKNOWN not in ideas:
        return ideas
    respelled = [_SPELLED_UMLAUT.sub(r"\1", word) for word in words]
    of_respelled = _Splitter(respelled).ideas() if respelled != list(words) else ideas
    return ideas if UNKNOWN in of_respelled else of_respelled


class _Splitter:
    """Splits a header into entries of the vocabulary, of all ways the one of the fewest."""

    def __init__(self, words: Sequence[str]) -> None:
        self._text = "".join(words)
        ends = [0]
        for word in words:
            ends.append(ends[-1] + len(word))
        self._bounds = frozenset(ends)
        self._ends = ends

    def ideas(self) -> tuple[str, ...]:
        """Go on from each letter where an entry may end, the cheapest way there kept."""
        best: dict[int, _Reading] = {0: _Reading(0, ())}
        for start in range(len(self._text)):
            if start not in best:
                continue
            so_far = best.pop(start)
            for idea, end, cost in self._steps(start):
                way = _Reading(so_far.cost + cost, (*so_far.ideas, idea))
                if end not in best or way.cost < best[end].cost:
                    best[end] = way
        return best[len(self._text)].ideas

    def _steps(self, start: int) -> Iterator[tuple[str, int, int]]:
        yield from self._entries_at(start)
        if start in self._bounds:
            end = next(bound for bound in self._ends if bound > start)
            is_trifle = end - start == 1 and self._text[start] != "n"
            yield (NO_WEIGHT, end, 1) if is_trifle else (UNKNOWN, end, _COST_OF_UNKNOWN)
        elif self._text[start] == "s":  # as in "Einwilligungsstatus"
            yield from ((idea, end, cost + 1) for idea, end, cost in self._entries_at(start + 1))

    def _entries_at(self, start: int) -> Iterator[tuple[str, int, int]]:
        entries = vocabulary()
        for length in _lengths_by_start().get(self._text[start : start + _START], ()):
            end = start + length
            entry = entries.get(self._text[start:end])
            if entry is not None and end <= len(self._text) and self._fits(entry, start, end):
                yield entry.idea, end, 2 + (start not in self._bounds)

    def _fits(self, entry: _Entry, start: int, end: int) -> bool:
        inner = {bound - start for bound in self._bounds if start < bound < end}
        if not inner <= entry.joints:
            return False
        if start in self._bounds and end in self._bounds:
            return True
        if entry.idea == "never" and start not in self._bounds:
            return False
        is_long = end - start >= _SHORTEST_WITHIN_WORDS or entry.idea in _SHORT_WITHIN_WORDS
        return is_long and entry.idea not in _WITHIN_NO_WORD


@functools.cache
def vocabulary() -> Mapping[str, _Entry]:
    """Load every word with its idea; what has an idea in any language has it in all."""
    folder = resources.files("plunk_import.propose")
    listed = tomllib.loads((folder / "consent_vocabulary.toml").read_text(encoding="utf-8"))
    plain = (folder / "words_of_no_weight.txt").read_text(encoding="utf-8")
    entries = {word: _Entry(NO_WEIGHT, frozenset()) for word in plain.split()}
    for idea, languages in listed.items():
        for words in languages.values():
            for phrase in (phrase for word in words.split() for phrase in _alternatives(word)):
                text = phrase.replace("_", "")
                known = entries.get(text)
                joints = known.joints if known is not None else frozenset()
                entries[text] = _Entry(idea, joints | _joints(phrase))
    return entries


@functools.cache
def _lengths_by_start() -> Mapping[str, tuple[int, ...]]:
    """List how long the words are that begin alike, so that few of them are tried."""
    lengths: dict[str, set[int]] = {}
    for text in vocabulary():
        lengths.setdefault(text[:_START], set()).add(len(text))
    return {start: tuple(sorted(of_start)) for start, of_start in lengths.items()}


def _alternatives(word: str) -> Iterator[str]:
    found = _ALTERNATIVES.search(word)
    if found is None:
        yield word
        return
    for one in found[1].split(","):
        yield from _alternatives(word[: found.start()] + one + word[found.end() :])


def _joints(phrase: str) -> frozenset[int]:
    lengths = [len(part) for part in phrase.split("_")]
    return frozenset(sum(lengths[:n]) for n in range(1, len(lengths)))
