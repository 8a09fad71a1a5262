"""ISO 8601 as people write it: the grammar of dates and times, and how their parts are read.

Besides the extended form (2026-12-31T23:59:59Z) there are the basic one (20261231T235959Z), a space
for the T, offsets of hours alone as PostgreSQL writes them, and the 24th hour that ends a day.
"""

import polars as pl

from plunk_import.validate.types.clock_text import DATE_FORMAT

_DAY = r"(?<year>[0-9]{4})(?:-(?<month>[0-9]{2})-(?<date>[0-9]{2})|(?<packed>[0-9]{4}))"
_CLOCK = (
    r"(?<hour>[0-9]{2})(?::?(?<minute>[0-9]{2})(?::?(?<second>[0-9]{2})"
    r"(?:[.,](?<fraction>[0-9]+))?)?)?"
)
_OFFSET = r"(?<offset>[Zz]|UTC|[+-][0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2})?)?)"
DATE = f"^{_DAY}$"
MOMENT = f"^{_DAY}(?:[Tt ]{_CLOCK}(?: ?{_OFFSET})?)?$"

# Days that exist whatever the year, and the leap days but for those of centuries; the rest needs a
# calendar.
SURE_DATE = (
    r"(?:[1-9][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"|[1-9][0-9](?:0[48]|[2468][048]|[13579][26])-02-29)"
)
SURE_MOMENT = rf"^{SURE_DATE}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"

_IN_PARTS = "; write year, month and day"
_UNREAD = {
    r"^[0-9]{4}-?W[0-9]{2}(?:-?[1-7])?(?:[Tt ]|$)": f"dates of weeks are not read{_IN_PARTS}",
    r"^[0-9]{4}-?[0-9]{3}(?:[Tt ]|$)": f"days of the year are not read{_IN_PARTS}",
    r"^[0-9]{4}-[0-9]{2}$": f"it has no day{_IN_PARTS}",
    r"^[0-9]{4}$": f"it is a year alone{_IN_PARTS}",
    r"^0000-00-00(?:[Tt ]|$)": (
        "MySQL writes so where there is no date; leave the cell empty, or name the word in "
        "`source: {null_values: […]}`"
    ),
    r"^-?[0-9]{9,10}(?:\.[0-9]*)?$": "if it is seconds since 1970, declare `format: epoch`",
    r"^-?[0-9]{12,13}$": "if it is milliseconds since 1970, declare `format: epoch_ms`",
}
"""How dates are written that are not read, and what is said of each."""
OUT_OF_RANGE = (
    r"^(?:[+-]?infinity|[+-]?[0-9]{5,}-[0-9]{2}-[0-9]{2}.*|-[0-9]{4,}-.*|[0-9-]{8,}.* BC)$"
)
"""How PostgreSQL and ISO 8601 write what is before the year 1, after 9999, or never."""


def read_date(cell: pl.Expr) -> pl.Expr:
    """Read a trimmed date; null where it is not one."""
    return _day(cell.str.extract_groups(DATE))


def read_moments(cells: pl.DataFrame) -> pl.DataFrame:
    """Read `cell`: a date, with or without a time of day, with or without an offset.

    Returns:
        `local`, a datetime without zone, null where the cell is none; and `is_utc`, whether the
        cell told its offset.

    """
    parts = cells.select(parts=pl.col("cell").str.extract_groups(MOMENT))
    offset = pl.col("offset")
    digits = offset.str.replace_all(":", "").str.slice(1)
    return (
        parts.with_columns(day=_day(pl.col("parts")))
        .unnest("parts")
        .select(
            "offset",
            "day",
            hour=_number("hour"),
            minute=_number("minute"),
            second=_number("second"),
            ms=_whole(pl.col("fraction").str.head(3).str.pad_end(3, "0")),
            sign=pl.when(offset.str.starts_with("-")).then(-1).otherwise(1),
            ahead_hours=_whole(digits.str.slice(0, 2)),
            ahead_minutes=_whole(digits.str.slice(2, 2)),
            ahead_seconds=_whole(digits.str.slice(4, 2)),
        )
        .select(_moment_of_parts().alias("local"), is_utc=offset.is_not_null())
    )


def refusal(cell: pl.Expr, otherwise: str) -> pl.Expr:
    """Say why a cell is not read: a form that is known but not supported, or `otherwise`."""
    said = (pl.when(cell.str.contains(form)).then(pl.lit(why)) for form, why in _UNREAD.items())
    return pl.coalesce(*said, pl.lit(otherwise))


def _day(parts: pl.Expr) -> pl.Expr:
    part = parts.struct.field
    month = pl.coalesce(part("month"), part("packed").str.head(2))
    date = pl.coalesce(part("date"), part("packed").str.tail(2))
    text = pl.concat_str(part("year"), month, date, separator="-")
    return text.str.to_date(DATE_FORMAT, strict=False)


def _moment_of_parts() -> pl.Expr:
    hour, minute, second = pl.col("hour"), pl.col("minute"), pl.col("second")
    is_end_of_day = (hour == 24) & (minute == 0) & (second == 0) & (pl.col("ms") == 0)
    is_clock = ((hour < 24) & (minute < 60) & (second < 60)) | is_end_of_day
    is_offset = (
        (pl.col("ahead_hours") < 24)
        & (pl.col("ahead_minutes") < 60)
        & (pl.col("ahead_seconds") < 60)
    )
    ahead_minutes = pl.col("ahead_hours") * 60 + pl.col("ahead_minutes")
    ahead = pl.col("sign") * (ahead_minutes * 60 + pl.col("ahead_seconds"))
    ms = ((hour * 60 + minute) * 60 + second - ahead) * 1_000 + pl.col("ms")
    midnight = pl.col("day").cast(pl.Datetime("ms")).dt.timestamp("ms")
    return pl.when(is_clock & is_offset).then(midnight + ms).cast(pl.Datetime("ms"))


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int64).fill_null(0)


def _whole(digits: pl.Expr) -> pl.Expr:
    return digits.cast(pl.Int64, strict=False).fill_null(0)
