"""The checks that make a row a reject, and how they are applied to whole columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import polars as pl

from plunk_import.read import ORDINAL, ROW
from plunk_import.validate.batch import REJECT_SCHEMA
from plunk_import.validate.notices import Notice
from plunk_import.validate.rejects import RejectCode

LONGEST_QUOTE = 60
"""Characters of an offending value that a message repeats."""

_BEFORE, _AFTER = pl.lit('{"":"'), pl.lit('"}')
"""What JSON has around the one text of a struct."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """A text of the row, quoted as a message repeats it: on one line, shortened."""

    value: pl.Expr

    def expr(self) -> pl.Expr:
        """Write it."""
        value = self.value
        short = (
            pl.when(value.str.len_chars() > LONGEST_QUOTE)
            .then(pl.concat_str(value.str.head(LONGEST_QUOTE - 1), pl.lit("…")))
            .otherwise(value)
        )
        return pl.concat_str(pl.lit('"'), escaped(short), pl.lit('"'))


Shown: TypeAlias = str | pl.Expr | Quoted


@dataclass(frozen=True, slots=True)
class Check:
    """One rule: where `bad` is true, the row is rejected or noticed; `bad` is never null.

    `shown` are texts for the places in the code's message.
    """

    code: RejectCode | Notice
    field: str
    bad: pl.Expr
    shown: tuple[Shown, ...]

    @property
    def message(self) -> pl.Expr:
        """What is said of a bad row; made when it is asked for, since few rules are ever broken."""
        places = [_place(one) for one in self.shown]
        message = pl.format(self.code.message, *places) if places else pl.lit(self.code.message)
        return pl.concat_str(pl.lit(f"{self.field}: " if self.field else ""), message)


def check(code: RejectCode | Notice, field: str, bad: pl.Expr, *shown: Shown) -> Check:
    """Make a rule whose nulls count as false.

    Args:
        code: What a row is rejected with, or noticed for.
        field: The member of the event that it is about, "" for the row as a whole.
        bad: Where a row breaks the rule.
        shown: Texts for the places in the code's message.

    """
    return Check(code, field, bad.fill_null(value=False), shown)


def _place(shown: Shown) -> pl.Expr:
    match shown:
        case str():
            return pl.lit(shown)
        case Quoted():
            return shown.expr()
    return shown


def escaped(text: pl.Expr) -> pl.Expr:
    """Escape a text as it stands between the quotes of JSON; null stays null."""
    document = pl.struct(text.alias("")).struct.json_encode()
    content = document.str.strip_prefix(_BEFORE).str.strip_suffix(_AFTER)
    return pl.when(text.is_not_null()).then(content)


def problems(frame: pl.DataFrame, checks: Sequence[Check]) -> pl.DataFrame:
    """Find the rows that fail any check: a frame of `REJECT_SCHEMA`.

    The problems of one row stand in the order of the checks.
    """
    verdicts = frame.select(one.bad.alias(_name(n)) for n, one in enumerate(checks))
    failed = [n for n in range(len(checks)) if verdicts[_name(n)].any()]
    if not failed:
        return no_problems()
    return (
        frame.with_columns(verdicts)
        .filter(pl.any_horizontal([_name(n) for n in failed]))
        .select(
            ORDINAL,
            ROW,
            _code=_listed({n: pl.lit(checks[n].code.code) for n in failed}),
            _field=_listed({n: pl.lit(checks[n].field) for n in failed}),
            _message=_listed({n: checks[n].message for n in failed}),
        )
    )


def no_problems() -> pl.DataFrame:
    """Make the frame of no rejects at all."""
    return pl.DataFrame(schema=REJECT_SCHEMA)


def _listed(parts: dict[int, pl.Expr]) -> pl.Expr:
    shown = [pl.when(_name(n)).then(part) for n, part in parts.items()]
    return pl.concat_list(shown).list.drop_nulls()


def _name(number: int) -> str:
    return f"bad {number}"


_ANY_COLUMN = "a column"


class UnfitError(Exception):
    """A value cannot be read as the mapping asks; the message says why and what would do."""

    def of(self, column: str | None) -> "UnfitError":
        """Name the column where the message speaks of one; None: it comes of an expression."""
        said = str(self)
        if column is None or not said.startswith(_ANY_COLUMN):
            return self
        return UnfitError(f'column "{column}"{said.removeprefix(_ANY_COLUMN)}')


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

    `sure` is true only where a cell certainly has a text, and costs less than the text; left out,
    the first attempt tells. Where it `is_text`, the text is the cell's own with escapes, and `sure`
    holds if there is nothing to escape.
    """

    attempts: tuple[pl.Expr, ...]
    checks: tuple[Check, ...] = ()
    is_quoted: bool = False
    sure: pl.Expr | None = None
    is_text: bool = False

    @property
    def surely_has_text(self) -> pl.Expr:
        """Tell where a cell certainly has a text; it may have one elsewhere too."""
        return self.attempts[0].is_not_null() if self.sure is None else self.sure
