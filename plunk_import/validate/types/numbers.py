"""Numbers and truths written as text: takes a slot, gives how its cells are read."""

import polars as pl

from plunk_import.plunk import LARGEST_INTEGER
from plunk_import.validate.checks import Reading, Slot, check, quoted

_WHOLE = r"^[+-]?[0-9]+$"
_WHOLE_WITH_ZEROS = r"^[+-]?[0-9]+(?:\.0*)?$"
# Up to 15 digits a double gives back just as they were written.
_CANONICAL = r"^(?:0|-?[1-9][0-9]{0,14})$"
_SHORTEST = r"^(?:0|-?(?:0|[1-9][0-9]{0,8})\.[0-9]{0,5}[1-9]|-?[1-9][0-9]{0,14})$"
_WITH_COMMA = (
    r"^[+-]?(?:(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]+)?$"
    r"|^[+-]?(?i:nan|inf|infinity)$"
)
_TOO_LARGE = "{} is beyond 2^53 and would be rounded: declare `type: string` to send it whole"


def number(slot: Slot, *, decimal_comma: bool) -> Reading:
    """Read a number, as a double."""
    trimmed = filled(slot.cell)
    plain = _with_point(trimmed) if decimal_comma else trimmed
    value = _double(plain)
    is_finite = value.is_finite()
    is_too_large = plain.str.contains(_WHOLE) & _is_beyond_double(plain)
    example = "a decimal comma, such as 1.234,5" if decimal_comma else "a decimal point, as 1234.5"
    shown = quoted(trimmed)
    return Reading(
        (
            *(() if decimal_comma else (_if_like(_SHORTEST, slot.cell), _safe(_double(slot.cell)))),
            pl.when(is_finite & ~is_too_large).then(shortest(value)),
        ),
        (
            check(
                "invalid_number",
                slot.field,
                trimmed.is_not_null() & value.is_null(),
                pl.format(f"{{}} is no number: expected digits with {example}", shown),
            ),
            check(
                "number_not_finite",
                slot.field,
                ~is_finite,
                pl.format("{} is no finite number that a double can hold", shown),
            ),
            check("integer_too_large", slot.field, is_too_large, pl.format(_TOO_LARGE, shown)),
        ),
    )


def integer(slot: Slot, *, decimal_comma: bool) -> Reading:
    """Read a whole number; 12.0 is one, 1e3 is not: a spreadsheet wrote it and lost digits."""
    trimmed = filled(slot.cell)
    plain = _with_point(trimmed) if decimal_comma else trimmed
    is_whole = plain.str.contains(_WHOLE_WITH_ZEROS).fill_null(value=False)
    digits = plain.str.replace(r"\.0*$", "")
    is_too_large = is_whole & _is_beyond_double(digits)
    shown = quoted(trimmed)
    return Reading(
        (
            *(() if decimal_comma else (_if_like(_CANONICAL, slot.cell), _safe(_whole(slot.cell)))),
            pl.when(is_whole & ~is_too_large).then(_whole(digits).cast(pl.String)),
        ),
        (
            check(
                "invalid_integer",
                slot.field,
                trimmed.is_not_null() & ~is_whole,
                pl.format("{} is no whole number: expected digits, such as 1234", shown),
            ),
            check("integer_too_large", slot.field, is_too_large, pl.format(_TOO_LARGE, shown)),
        ),
    )


def filled(cell: pl.Expr) -> pl.Expr:
    """Give a cell without the white space around it, null where nothing is left."""
    trimmed = cell.str.strip_chars()
    return pl.when(trimmed != "").then(trimmed)


def shortest(number: pl.Expr) -> pl.Expr:
    """Give a number as JSON in its shortest form: 12.5, 12, 1e+16."""
    return number.cast(pl.String).str.strip_suffix(".0")


def _if_like(pattern: str, cell: pl.Expr) -> pl.Expr:
    """Give the cells that are JSON already: telling costs less than reading and writing them."""
    return pl.when(cell.str.contains(pattern)).then(cell)


def _safe(number: pl.Expr) -> pl.Expr:
    """Give the numbers that need no closer look; whole ones from 2^53 on may have lost digits."""
    return pl.when(number.abs() < LARGEST_INTEGER).then(shortest(number))


def _double(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Float64, strict=False)


def _whole(text: pl.Expr) -> pl.Expr:
    return text.cast(pl.Int64, strict=False)


def _is_beyond_double(digits: pl.Expr) -> pl.Expr:
    size = digits.cast(pl.Int128, strict=False).abs()
    return ~(size <= LARGEST_INTEGER).fill_null(value=False)


def _with_point(text: pl.Expr) -> pl.Expr:
    """Rewrite 1.234,5 as 1234.5; null where the text is not of that form."""
    return pl.when(text.str.contains(_WITH_COMMA)).then(
        text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    )
