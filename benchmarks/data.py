"""Writes a file of orders with a number of rows, the same every time.

``python -m benchmarks.data 1000000 orders.csv`` (or ``.parquet``).
"""

import sys
from pathlib import Path

import polars as pl

SEED = 2_654_435_761
"""A multiplier that scatters row numbers over 32 bits (Knuth's)."""

COLUMNS = 9
_BLOCK_ROWS = 1_000_000


def write_orders(rows: int, path: Path) -> None:
    """Write nine columns of text: addresses in mixed case, five rows a contact on average."""
    lazy = pl.concat(
        [
            _orders(start, min(start + _BLOCK_ROWS, rows), rows)
            for start in range(0, rows, _BLOCK_ROWS)
        ]
    )
    if path.suffix == ".parquet":
        lazy.sink_parquet(path)
    else:
        lazy.sink_csv(path)


def _orders(start: int, stop: int, rows: int) -> pl.LazyFrame:
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


if __name__ == "__main__":
    write_orders(int(sys.argv[1]), Path(sys.argv[2]))
