"""Variables that are true or false, by their words."""

import polars as pl

from plunk_import.mapping import Variable
from plunk_import.validate.checks import Quoted, Reading, Slot, check
from plunk_import.validate.rejects import INVALID_BOOLEAN
from plunk_import.validate.types.cells import filled
from plunk_import.validate.types.kind import Family, Kind

TRUE_WORDS = ("true", "t", "yes", "y", "1")
FALSE_WORDS = ("false", "f", "no", "n", "0")


def read_boolean(
    slot: Slot,
    variable: Variable,
    *,
    decimal_comma: bool,  # noqa: ARG001 - every kind is read alike
) -> Reading:
    """Read a word for true or false, in any case; declared words replace all the default ones."""
    true_words, false_words = variable.true_values, variable.false_values
    if not true_words and not false_words:
        true_words, false_words = TRUE_WORDS, FALSE_WORDS
    meanings = {word.strip().lower(): "true" for word in true_words}
    meanings |= {word.strip().lower(): "false" for word in false_words}
    trimmed = filled(slot.cell)
    meaning = _meaning(trimmed.str.to_lowercase(), meanings)
    unknown = check(
        INVALID_BOOLEAN,
        slot.field,
        trimmed.is_not_null() & meaning.is_null(),
        Quoted(trimmed),
        ", ".join(true_words),
        ", ".join(false_words),
    )
    return Reading(
        (_meaning(slot.cell, meanings), meaning),
        (unknown,),
        sure=slot.cell.is_in(list(meanings)),
    )


def _meaning(words: pl.Expr, meanings: dict[str, str]) -> pl.Expr:
    return words.replace_strict(
        list(meanings), list(meanings.values()), default=None, return_dtype=pl.String
    )


KIND = Kind(
    "boolean",
    read_boolean,
    by_text=frozenset({Family.TEXT, Family.NULL, Family.WHOLE, Family.BOOLEAN}),
)
