"""Writes a file with a number of rows, the same every time.

``python -m benchmarks.data orders 1000000 orders.csv`` (or ``.parquet``).
"""

import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl

SEED = 2_654_435_761
"""A multiplier that scatters row numbers over 32 bits (Knuth's)."""

COLUMNS = 9
WIDE_COLUMNS = 2_000
NARROW_COLUMNS = 10
HOT_SHARE = 0.3
"""How many of the rows one contact has in the files of that kind."""

_BLOCK_ROWS = 1_000_000


def write(kind: str, rows: int, path: Path) -> None:
    """Write rows of a kind: `orders`, and orders with some that are wrong, or sorted, or wide."""
    lazy = KINDS[kind](rows)
    if path.suffix == ".parquet":
        lazy.sink_parquet(path)
    else:
        lazy.sink_csv(path)


def _orders(rows: int) -> pl.LazyFrame:
    """Nine columns of text: addresses in mixed case, five rows a contact on average."""
    starts = range(0, rows, _BLOCK_ROWS)
    return pl.concat([_block(start, min(start + _BLOCK_ROWS, rows), rows) for start in starts])


def _block(start: int, stop: int, rows: int) -> pl.LazyFrame:
    number = pl.int_range(start, stop, dtype=pl.UInt64, eager=True)
    lazy = pl.LazyFrame({"number": number}).with_columns(scattered=pl.col("number") * SEED % 2**32)
    scattered = pl.col("scattered")
    moment = pl.datetime(2024, 1, 1) + pl.duration(seconds=pl.col("number"))
    return lazy.select(
        Email=pl.format("User{}@Example.com", scattered % max(1, rows // 5)),
        status=pl.when(scattered % 3 == 0)
        .then(pl.lit("paid"))
        .when(scattered % 3 == 1)
        .then(pl.lit("refunded"))
        .otherwise(pl.lit("pending")),
        first=pl.format("Zoë {}", scattered % 1000),
        plan=pl.when(scattered % 7 == 0).then(pl.lit("")).otherwise(pl.lit("pro")),
        ltv=(scattered % 100_000 / 100).cast(pl.String),
        n=(scattered % 50).cast(pl.String),
        vip=pl.when(scattered % 2 == 0).then(pl.lit("yes")).otherwise(pl.lit("no")),
        created=moment.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        order_id=pl.format("ord_{}", pl.col("number")),
    )


def _wrong(share: float) -> Callable[[int], pl.LazyFrame]:
    """Make orders of which a share has no `@` in its address."""

    def orders(rows: int) -> pl.LazyFrame:
        is_wrong = pl.col("order_id").hash(seed=1) % 100 < round(100 * share)
        address = pl.col("Email").str.replace("@", "", literal=True)
        return _orders(rows).with_columns(
            Email=pl.when(is_wrong).then(address).otherwise(pl.col("Email"))
        )

    return orders


def _shuffled(rows: int) -> pl.LazyFrame:
    """Make orders of which one contact has three in ten, scattered."""
    number = pl.col("order_id").str.slice(4).cast(pl.UInt64)
    is_hot = number * SEED % 2**32 / 2**32 < HOT_SHARE
    hot = pl.when(is_hot).then(pl.lit("a@example.com")).otherwise(pl.col("Email"))
    return _orders(rows).with_columns(Email=hot)


def _by_contact(rows: int) -> pl.LazyFrame:
    """Make the same, sorted by address: the contact with the most comes first."""
    return _shuffled(rows).sort(pl.col("Email") != "a@example.com", "Email", maintain_order=True)


def _hot_alone(rows: int) -> pl.LazyFrame:
    return _shuffled(rows).filter(pl.col("Email") == "a@example.com")


def _columns(width: int) -> Callable[[int], pl.LazyFrame]:
    """Make an address and short texts, so many columns in all."""

    def texts(rows: int) -> pl.LazyFrame:
        number = pl.int_range(rows, dtype=pl.UInt64)
        address = pl.format("user{}@example.com", number)
        rest = [(number * SEED % (97 + at)).cast(pl.String) for at in range(width - 1)]
        named = [text.alias(f"c{at}") for at, text in enumerate(rest)]
        return pl.LazyFrame().select(address.alias("email"), *named)

    return texts


KINDS: dict[str, Callable[[int], pl.LazyFrame]] = {
    "orders": _orders,
    "wrong-2": _wrong(0.02),
    "wrong-50": _wrong(0.5),
    "shuffled": _shuffled,
    "by-contact": _by_contact,
    "hot-alone": _hot_alone,
    "wide": _columns(WIDE_COLUMNS),
    "narrow": _columns(NARROW_COLUMNS),
}


if __name__ == "__main__":
    write(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
