"""What makes a row a reject: takes checks over a batch's columns, gives each bad row's problems."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

LONGEST_QUOTE = 60
"""Characters of an offending value that a message repeats."""

_SEPARATOR = "; "


@dataclass(frozen=True, slots=True)
class Check:
    """One rule, in whole columns.

    `bad` is exact. `hint` is a cheaper expression that is true at least wherever `bad` is: every
    row pays for hints, and only the rows they point at pay for `bad`. Neither is ever null.
    """

    code: str
    field: str
    bad: pl.Expr
    hint: pl.Expr
    message: pl.Expr


def check(
    code: str, field: str, bad: pl.Expr, message: pl.Expr, *, hint: pl.Expr | None = None
) -> Check:
    """Make a check whose nulls count as false, and whose message begins with the field."""
    exact = bad.fill_null(value=False)
    cheap = exact if hint is None else hint.fill_null(value=False)
    return Check(code, field, exact, cheap, pl.format(f"{_braces_doubled(field)}: {{}}", message))


def quoted(value: pl.Expr) -> pl.Expr:
    """Show a text as a message repeats it: in quotes, on one line, shortened."""
    short = (
        pl.when(value.str.len_chars() > LONGEST_QUOTE)
        .then(value.str.head(LONGEST_QUOTE - 1) + "…")
        .otherwise(value)
    )
    return pl.struct(short.alias("")).struct.json_encode().str.slice(4).str.head(-1)


def suspicion(checks: Sequence[Check]) -> pl.Expr:
    """Say for each row whether any hint points at it."""
    return pl.any_horizontal([one.hint for one in checks])


def problems(frame: pl.DataFrame, checks: Sequence[Check]) -> pl.DataFrame:
    """Give `_ordinal, _row, _code, _field, _message` of the rows that fail any check.

    Several problems of one row are joined in the order of the checks; a code or a field that
    occurs twice is named once.
    """
    verdicts = frame.select(
        "_ordinal", "_row", *(one.bad.alias(f"bad{n}") for n, one in enumerate(checks))
    )
    failed = [n for n in range(len(checks)) if verdicts[f"bad{n}"].any()]
    if not failed:
        return _no_rejects()
    said = frame.select(checks[n].message.alias(f"message{n}") for n in failed)
    return (
        pl.concat([verdicts, said], how="horizontal")
        .filter(pl.any_horizontal([pl.col(f"bad{n}") for n in failed]))
        .select(
            "_ordinal",
            "_row",
            _code=_joined({n: pl.lit(checks[n].code) for n in failed}),
            _field=_joined({n: pl.lit(checks[n].field) for n in failed}),
            _message=_joined({n: pl.col(f"message{n}") for n in failed}),
        )
    )


def _no_rejects() -> pl.DataFrame:
    texts = dict.fromkeys(("_code", "_field", "_message"), pl.String())
    return pl.DataFrame(schema={"_ordinal": pl.UInt64(), "_row": pl.UInt64(), **texts})


def _joined(parts: dict[int, pl.Expr]) -> pl.Expr:
    shown = [pl.when(pl.col(f"bad{n}")).then(part) for n, part in parts.items()]
    return (
        pl.concat_list(shown)
        .list.drop_nulls()
        .list.unique(maintain_order=True)
        .list.join(_SEPARATOR)
    )


def _braces_doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
