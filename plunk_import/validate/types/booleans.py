"""Words for true and false."""

import polars as pl

from plunk_import.validate.checks import Reading, Slot, check, quoted
from plunk_import.validate.types.numbers import filled

TRUE_WORDS = ("true", "t", "yes", "y", "1")


FALSE_WORDS = ("false", "f", "no", "n", "0")


def boolean(slot: Slot, true_words: tuple[str, ...], false_words: tuple[str, ...]) -> Reading:
    """Read a word for true or false, in any case; declared words replace all the default ones."""
    if not true_words and not false_words:
        true_words, false_words = TRUE_WORDS, FALSE_WORDS
    meanings = {word.strip().lower(): "true" for word in true_words}
    meanings |= {word.strip().lower(): "false" for word in false_words}
    trimmed = filled(slot.cell)
    meaning = _meaning(trimmed.str.to_lowercase(), meanings)
    unknown = check(
        "invalid_boolean",
        slot.field,
        trimmed.is_not_null() & meaning.is_null(),
        pl.format(
            "{} is no word for true ({}) or false ({})",
            quoted(trimmed),
            pl.lit(", ".join(true_words)),
            pl.lit(", ".join(false_words)),
        ),
    )
    return Reading((_meaning(slot.cell, meanings), meaning), (unknown,))


def _meaning(words: pl.Expr, meanings: dict[str, str]) -> pl.Expr:
    return words.replace_strict(
        list(meanings), list(meanings.values()), default=None, return_dtype=pl.String
    )
