"""What makes a row the same row on every run: the canonical text of its id, and its key.

The key goes with the request as `Idempotency-Key` and into the history. With an `id` it is a digest
of the event's name, the names of the id's columns and their values, so that a row is known again in
any file. Without one it is a digest of the source's fingerprint, the row's number, the event's name
and the body: the same only for the same row of the same file, sent as the same event.

A value counts by its canonical text, whatever its type, so that 101 is the same id as an integer, a
decimal (101.00), a float (101.0) and a text, with white space around it or not:

- text: as it is, without the white space around it; so `007`, `7` and `101.0` are three ids
- whole numbers, and floats and decimals that are whole: their digits
- other floats and decimals: the shortest digits that say them, such as 12.5
- true and false: `true`, `false`
- dates: `2026-12-31`; datetimes: `2026-12-31 23:59:59`, with as many digits of a fraction as it
  has, in UTC and with a `Z` where the column has a time zone
- bytes: hexadecimal; 16 of them as a UUID
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from plunk_import.read import ORDINAL, ORIGIN, calendar_text, column, text_of
from plunk_import.validate.checks import Check, Quoted, UnfitError, check
from plunk_import.validate.notices import EMPTY_ID, FLOAT_ID
from plunk_import.validate.rejects import MISSING_ID
from plunk_import.validate.types import Family, family_of, filled

WITH_ID, WITHOUT_ID = "id2-", "row2-"
"""What keys begin with: where they come from, and the version of the rule."""

_DIGEST_BYTES = 16
_HALF = pl.lit(2**64, dtype=pl.Int128)
_WHOLE_FLOAT = r"^-?[0-9]+\.0+$"
_LARGEST_WHOLE = 2.0**126  # beyond it a float is no Int128


@dataclass(frozen=True, slots=True)
class IdColumn:
    """One column of the id: its name, and the canonical text of its cells."""

    name: str
    text: pl.Expr


@dataclass(frozen=True, slots=True)
class RowIdentity:
    """How the rows of a source are known again.

    Attributes:
        columns: The columns of the id, by name; none where rows are known by their place alone.
        sends_empty: Whether a row is sent, known by its place, where one of them is empty.
    """

    columns: tuple[IdColumn, ...] = ()
    sends_empty: bool = False

    def cells(self) -> Iterator[pl.Expr]:
        """Select the texts of the id from the source: columns `id 0`, `id 1` and so on."""
        for number, part in enumerate(self.columns):
            yield part.text.alias(_cell(number))

    def checks(self) -> tuple[Check, ...]:
        """List the rules that the id's cells have to keep."""
        if self.sends_empty:
            return ()
        return tuple(
            check(MISSING_ID, "id", pl.col(_cell(number)).is_null(), f'"{part.name}"')
            for number, part in enumerate(self.columns)
        )

    def keys(self, rows: pl.DataFrame, *, fingerprint: str) -> pl.Series:
        """Make the key of each row.

        Args:
            rows: `ORDINAL`, `event`, `body` without its marker, the texts of the id and, of rows
                that come back, `ORIGIN`: the place where they came from.
            fingerprint: The source's, as hexadecimal digits.
        """
        place = pl.concat_str(pl.lit(f"{fingerprint}:"), ORDINAL)
        if ORIGIN in rows.columns:
            place = pl.coalesce(ORIGIN, place)
        of_place = pl.concat_str(place, pl.lit(":"), _counted(pl.col("event")), "body")
        has_id = self._has_id()
        chosen = pl.when(has_id).then(self._content()).otherwise(of_place.fill_null(""))
        prefix = pl.when(has_id).then(pl.lit(WITH_ID)).otherwise(pl.lit(WITHOUT_ID))
        digests = _digests(rows.select(chosen).to_series())
        return rows.select(pl.concat_str(prefix, digests).alias("key")).to_series()

    def whole_keys(self, rows: pl.DataFrame) -> pl.Series:
        """Make the keys that rows would have if `101.0` in their id were written 101.

        Null for every row whose id has no such text.
        """
        if not self.columns:
            return pl.Series("whole_key", [None] * rows.height, pl.String)
        is_float = pl.any_horizontal(
            self._text(n).str.contains(_WHOLE_FLOAT) for n in self._numbers()
        )
        whole = rows.filter(is_float.fill_null(value=False) & self._has_id()).with_columns(
            self._text(n).str.replace(r"\.0+$", "").alias(_cell(n)) for n in self._numbers()
        )
        digests = _digests(whole.select(self._content()).to_series())
        keys = whole.select(ORDINAL, whole_key=pl.concat_str(pl.lit(WITH_ID), digests))
        joined = rows.select(ORDINAL).join(keys, on=ORDINAL, how="left", maintain_order="left")
        return joined["whole_key"]

    def identities(self, rows: pl.DataFrame, seeds: tuple[int, int]) -> pl.DataFrame:
        """Reduce rows to `ORDINAL` and `identity`, 128 bits; rows without an id are left out.

        They tell ids apart within this process. Keys are digests that every machine agrees on, and
        cost fifty times as much.
        """
        content = self._content()
        high, low = (content.hash(seed) for seed in seeds)
        number = high.reinterpret(signed=True).cast(pl.Int128) * _HALF + low.cast(pl.Int128)
        return rows.filter(self._has_id()).select(ORDINAL, number.alias("identity"))

    def notices(self) -> tuple[Check, ...]:
        """List what is said of rows that are sent all the same."""
        found = []
        for number, part in enumerate(self.columns):
            text = self._text(number)
            is_float = text.str.contains(_WHOLE_FLOAT)
            found.append(check(FLOAT_ID, "id", is_float, f'"{part.name}"', Quoted(text)))
            if self.sends_empty:
                found.append(check(EMPTY_ID, "id", text.is_null(), f'"{part.name}"'))
        return tuple(found)

    def _numbers(self) -> range:
        return range(len(self.columns))

    def _text(self, number: int) -> pl.Expr:
        return pl.col(_cell(number))

    def _has_id(self) -> pl.Expr:
        if not self.columns:
            return pl.lit(value=False)
        return pl.all_horizontal(self._text(number).is_not_null() for number in self._numbers())

    def _content(self) -> pl.Expr:
        """Join all that an id is, each part with its length, so that no two are alike."""
        if not self.columns:
            return pl.lit(None, pl.String)
        parts = [_counted(pl.col("event").fill_null(""))]
        for number, part in enumerate(self.columns):
            parts += [_counted(pl.lit(part.name)), _counted(self._text(number))]
        return pl.concat_str(parts)


def id_column(name: str, dtype: pl.DataType) -> IdColumn:
    """Prepare one column of the id; raises `UnfitError` where its type identifies no row."""
    return IdColumn(name, filled(_canonical(column(name), dtype)))


def _canonical(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Write a value as the text that it counts as."""
    if isinstance(dtype, pl.Datetime):
        return _moment(value, dtype)
    match family_of(dtype):
        case Family.NESTED:
            raise UnfitError(f"a column of type {dtype} identifies no row: name another one")
        case Family.FLOAT:
            number = value.cast(pl.Float64)
            is_whole = (number == number.floor()) & (number.abs() < _LARGEST_WHOLE)
            whole = pl.when(is_whole).then(number).cast(pl.Int128)
            return pl.when(is_whole).then(whole.cast(pl.String)).otherwise(value.cast(pl.String))
        case Family.DECIMAL:
            text = value.cast(pl.String)
            is_fraction = text.str.contains(".", literal=True)
            return pl.when(is_fraction).then(text.str.replace(r"\.?0+$", "")).otherwise(text)
    return text_of(value, dtype)


def _moment(value: pl.Expr, dtype: pl.Datetime) -> pl.Expr:
    pattern = "%Y-%m-%d %H:%M:%S%.f"
    if dtype.time_zone is None:
        return calendar_text(value, dtype, lambda moment: moment.dt.strftime(pattern))
    utc = pl.Datetime(dtype.time_unit, "UTC")
    return calendar_text(value.cast(utc), utc, lambda moment: moment.dt.strftime(f"{pattern}Z"))


def _counted(text: pl.Expr) -> pl.Expr:
    return pl.concat_str(text.str.len_bytes().cast(pl.String), pl.lit(":"), text)


def _digests(contents: pl.Series) -> pl.Series:
    digests = [
        hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()
        for text in contents.to_list()
    ]
    return pl.Series("digest", digests, pl.String)


def _cell(number: int) -> str:
    return f"id {number}"
