"""Checks a CSV or Parquet file of orders with dataframely; says how many are good and bad."""

import sys

import dataframely as dy
import polars as pl


class Orders(dy.Schema):
    """What a good row is like, once its texts are read."""

    email = dy.String(nullable=False, regex=r"^[a-z0-9_'+\-.]+@([a-z0-9][a-z0-9\-]*\.)+[a-z]{2,}$")
    status = dy.String(nullable=False, min_length=1)
    first = dy.String(nullable=True)
    plan = dy.String(nullable=True)
    ltv = dy.Float64(nullable=True)
    n = dy.Int64(nullable=True)
    vip = dy.Bool(nullable=True)
    created = dy.Datetime(nullable=True)
    order_id = dy.String(nullable=True)
    unread = dy.Bool(nullable=False)

    @dy.rule()
    def is_read(cls) -> pl.Expr:  # noqa: N805 - dataframely's own form
        """Every text could be read."""
        return ~pl.col("unread")


def main(path: str) -> None:
    """Check every row."""
    is_parquet = path.endswith(".parquet")
    rows = pl.scan_parquet(path) if is_parquet else pl.scan_csv(path, infer_schema=False)
    good, failure = Orders.filter(rows.select(*READ, UNREAD.alias("unread")).collect())
    print(good.height, len(failure))


VIP = pl.col("vip").replace_strict({"yes": True, "no": False}, default=None)
CREATED = pl.col("created").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False)
READ = (
    pl.col("Email").str.strip_chars().str.to_lowercase().alias("email"),
    pl.col("status", "first", "plan", "order_id"),
    pl.col("ltv").cast(pl.Float64, strict=False),
    pl.col("n").cast(pl.Int64, strict=False),
    VIP,
    CREATED,
)
UNREAD = (
    (pl.col("ltv").cast(pl.Float64, strict=False).is_null() & pl.col("ltv").is_not_null())
    | (pl.col("n").cast(pl.Int64, strict=False).is_null() & pl.col("n").is_not_null())
    | (VIP.is_null() & pl.col("vip").is_not_null())
    | (CREATED.is_null() & pl.col("created").is_not_null())
)


if __name__ == "__main__":
    main(sys.argv[1])
