"""What makes a row a reject: takes checks over suspect rows, gives each bad row's problems."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

LONGEST_QUOTE = 60
"""Characters of an offending value that a message repeats."""

_SEPARATOR = "; "


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: where `bad` is true, the row is a reject; `bad` is never null."""

    code: str
    field: str
    bad: pl.Expr
    message: pl.Expr


def check(code: str, field: str, bad: pl.Expr, message: pl.Expr) -> Check:
    """Make a check whose nulls count as false, and whose message begins with the field."""
    said = pl.concat_str(pl.lit(f"{field}: " if field else ""), message)
    return Check(code, field, bad.fill_null(value=False), said)


def quoted(value: pl.Expr) -> pl.Expr:
    """Show a text as a message repeats it: in quotes, on one line, shortened."""
    short = (
        pl.when(value.str.len_chars() > LONGEST_QUOTE)
        .then(pl.concat_str(value.str.head(LONGEST_QUOTE - 1), pl.lit("…")))
        .otherwise(value)
    )
    return pl.concat_str(pl.lit('"'), escaped(short), pl.lit('"'))


def escaped(text: pl.Expr) -> pl.Expr:
    """Give a text as it stands between the quotes of JSON, null where it is null."""
    document = pl.struct(text.alias("")).struct.json_encode()
    content = document.str.strip_prefix('{"":"').str.strip_suffix('"}')
    return pl.when(text.is_not_null()).then(content)


def problems(frame: pl.DataFrame, checks: Sequence[Check]) -> pl.DataFrame:
    """Give `_ordinal, _row, _code, _field, _message` of the rows that fail any check.

    Several problems of one row are joined in the order of the checks; a code or a field that
    occurs twice is named once.
    """
    verdicts = frame.select(one.bad.alias(_name(n)) for n, one in enumerate(checks))
    failed = [n for n in range(len(checks)) if verdicts[_name(n)].any()]
    if not failed:
        return no_problems()
    return (
        frame.with_columns(verdicts)
        .filter(pl.any_horizontal([_name(n) for n in failed]))
        .select(
            "_ordinal",
            "_row",
            _code=_joined({n: pl.lit(checks[n].code) for n in failed}),
            _field=_joined({n: pl.lit(checks[n].field) for n in failed}),
            _message=_joined({n: checks[n].message for n in failed}),
        )
    )


def no_problems() -> pl.DataFrame:
    """Give the problems of rows that have none."""
    texts = dict.fromkeys(("_code", "_field", "_message"), pl.String())
    return pl.DataFrame(schema={"_ordinal": pl.UInt64(), "_row": pl.UInt64(), **texts})


def _joined(parts: dict[int, pl.Expr]) -> pl.Expr:
    shown = [pl.when(_name(n)).then(part) for n, part in parts.items()]
    return (
        pl.concat_list(shown)
        .list.drop_nulls()
        .list.unique(maintain_order=True)
        .list.join(_SEPARATOR)
    )


def _name(number: int) -> str:
    return f"bad {number}"


class UnfitError(Exception):
    """A value cannot be read as the mapping asks; the message says why and what would do."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A value's column among a batch's cells, and what people call the value."""

    name: str
    field: str

    @property
    def cell(self) -> pl.Expr:
        """The value as the source has it, null where it is empty."""
        return pl.col(self.name)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a cell is read as: JSON text, null where the value is absent or bad.

    Every row pays for the first of the `attempts`; each later one, more careful and more costly,
    reads only the cells that those before it left out, and the last alone would do for all. A row
    with a cell and without a text is held against `checks`, which are exact. An `is_quoted` text
    still wants its quotes.
    """

    attempts: tuple[pl.Expr, ...]
    checks: tuple[Check, ...] = ()
    is_quoted: bool = False
