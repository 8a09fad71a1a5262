"""Text cells of each declared type: takes a slot, gives how its text is read.

A cell is null where it is absent, and without white space around it unless it is a string.
"""

import polars as pl

from plunk_import import jsontext
from plunk_import.checks import Check, check, quoted
from plunk_import.readings import Reading, Slot
from plunk_import.rules import LARGEST_INTEGER, nul_check

TRUE_WORDS = ("true", "t", "yes", "y", "1")
FALSE_WORDS = ("false", "f", "no", "n", "0")

_WHOLE = r"^[+-]?[0-9]+$"
_WHOLE_WITH_ZEROS = r"^[+-]?[0-9]+(?:\.0*)?$"
_WITH_COMMA = (
    r"^[+-]?(?:(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?$"
    r"|^[+-]?(?i:nan|inf|infinity)$"
)
_TOO_LARGE = "{} is beyond 2^53 and would be rounded: declare `type: string` to send it whole"


def encoded(text: pl.Expr) -> pl.Expr:
    """Give a text as a JSON string, null where it is null."""
    document = pl.struct(text.alias("")).struct.json_encode()
    return pl.when(text.is_not_null()).then(document.str.strip_prefix('{"":').str.strip_suffix("}"))


def shortest(number: pl.Expr) -> pl.Expr:
    """Give a number as JSON in its shortest form: 12.5, 12, 1e+16."""
    return number.cast(pl.String).str.strip_suffix(".0")


def string(slot: Slot) -> Reading:
    """Read a text as it is."""
    cell = pl.col(slot.cell)
    return Reading(cell, encoded(cell), (nul_check(slot.field, cell),))


def number(slot: Slot, *, decimal_comma: bool) -> Reading:
    """Read a number, as a double."""
    cell, parsed = pl.col(slot.cell), pl.col(slot.parsed)
    plain = _with_point(cell) if decimal_comma else cell
    example = "a decimal comma, such as 1.234,5" if decimal_comma else "a decimal point, as 1234.5"
    checks = (
        check(
            "invalid_number",
            slot.field,
            cell.is_not_null() & parsed.is_null(),
            pl.format(f"{{}} is no number: expected digits with {example}", quoted(cell)),
        ),
        check(
            "number_not_finite",
            slot.field,
            ~parsed.is_finite(),
            pl.format("{} is no finite number that a double can hold", quoted(cell)),
        ),
        check(
            "integer_too_large",
            slot.field,
            plain.str.contains(_WHOLE) & _is_too_large(plain),
            pl.format(_TOO_LARGE, quoted(cell)),
            hint=parsed.abs() >= LARGEST_INTEGER,
        ),
    )
    return Reading(plain.cast(pl.Float64, strict=False), shortest(parsed), checks)


def integer(slot: Slot, *, decimal_comma: bool) -> Reading:
    """Read a whole number; 12.0 is one, 1e3 is not: a spreadsheet wrote it and lost digits."""
    cell, parsed = pl.col(slot.cell), pl.col(slot.parsed)
    plain = _with_point(cell) if decimal_comma else cell
    digits = plain.cast(pl.Int64, strict=False)
    by_way_of_double = plain.cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)
    is_odd = cell.is_not_null() & digits.is_null()
    is_whole = plain.str.contains(_WHOLE_WITH_ZEROS).fill_null(value=False)
    checks = (
        check(
            "invalid_integer",
            slot.field,
            cell.is_not_null() & ~is_whole,
            pl.format("{} is no whole number: expected digits, such as 1234", quoted(cell)),
            hint=is_odd,
        ),
        check(
            "integer_too_large",
            slot.field,
            is_whole & _is_too_large(plain.str.replace(r"\.0*$", "")),
            pl.format(_TOO_LARGE, quoted(cell)),
            hint=is_odd | (parsed.abs() > LARGEST_INTEGER),
        ),
    )
    return Reading(digits.fill_null(by_way_of_double), parsed.cast(pl.String), checks)


def boolean(slot: Slot, true_words: tuple[str, ...], false_words: tuple[str, ...]) -> Reading:
    """Read a word for true or false, in any case; declared words replace all the default ones."""
    if not true_words and not false_words:
        true_words, false_words = TRUE_WORDS, FALSE_WORDS
    cell, parsed = pl.col(slot.cell), pl.col(slot.parsed)
    words = {word.strip().lower(): "true" for word in true_words}
    words |= {word.strip().lower(): "false" for word in false_words}
    unknown = check(
        "invalid_boolean",
        slot.field,
        cell.is_not_null() & parsed.is_null(),
        pl.format(
            "{} is no word for true ({}) or false ({})",
            quoted(cell),
            pl.lit(", ".join(true_words)),
            pl.lit(", ".join(false_words)),
        ),
    )
    meaning = cell.str.to_lowercase().replace_strict(
        list(words), list(words.values()), default=None, return_dtype=pl.String
    )
    return Reading(meaning, parsed, (unknown,))


def json_text(slot: Slot, *, levels: int) -> Reading:
    """Read JSON; `null` is absent."""
    cell, parsed = pl.col(slot.cell), pl.col(slot.parsed)
    text, codes = parsed.struct.field("text"), parsed.struct.field("codes")
    return Reading(
        jsontext.examined(cell, levels=levels),
        text,
        tuple(_json_check(slot, code, codes) for code in jsontext.CODES),
        absent=text.is_null() & (codes.list.len() == 0).fill_null(value=True),
    )


def _json_check(slot: Slot, code: str, codes: pl.Expr) -> Check:
    said = {
        "invalid_json": "{} is not JSON",
        "too_deep": "{} is nested deeper than Plunk can store",
        "integer_too_large": "{} holds a whole number beyond 2^53, which would be rounded",
        "number_not_finite": "{} holds a number that no double can hold",
        "nul_character": "{} holds a NUL character: remove it",
        "lone_surrogate": "{} holds half of a surrogate pair",
    }
    found = codes.list.contains(pl.lit(code))
    return check(code, slot.field, found, pl.format(said[code], quoted(pl.col(slot.cell))))


def _with_point(text: pl.Expr) -> pl.Expr:
    """Rewrite 1.234,5 as 1234.5; null where the text is not of that form."""
    return pl.when(text.str.contains(_WITH_COMMA)).then(
        text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    )


def _is_too_large(digits: pl.Expr) -> pl.Expr:
    size = digits.cast(pl.Int128, strict=False).abs()
    return ~(size <= LARGEST_INTEGER).fill_null(value=False)
