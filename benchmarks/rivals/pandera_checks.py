"""Checks a CSV or Parquet file of orders with pandera; says how many are good and bad."""

import sys

import pandera.polars as pa
import polars as pl

EMAIL = r"^[a-z0-9_'+\-.]+@([a-z0-9][a-z0-9\-]*\.)+[a-z]{2,}$"
SCHEMA = pa.DataFrameSchema(
    {
        "email": pa.Column(pl.String, pa.Check.str_matches(EMAIL)),
        "status": pa.Column(pl.String, pa.Check.str_length(min_value=1)),
        "first": pa.Column(pl.String, nullable=True),
        "plan": pa.Column(pl.String, nullable=True),
        "ltv": pa.Column(pl.Float64, nullable=True),
        "n": pa.Column(pl.Int64, nullable=True),
        "vip": pa.Column(pl.Boolean, nullable=True),
        "created": pa.Column(pl.Datetime("us"), nullable=True),
        "order_id": pa.Column(pl.String, nullable=True),
    },
    drop_invalid_rows=True,
)


def main(path: str) -> None:
    """Check every row."""
    is_parquet = path.endswith(".parquet")
    rows = pl.scan_parquet(path) if is_parquet else pl.scan_csv(path, infer_schema=False)
    read = rows.select(
        pl.col("Email").str.strip_chars().str.to_lowercase().alias("email"),
        pl.col("status", "first", "plan", "order_id"),
        pl.col("ltv").cast(pl.Float64),
        pl.col("n").cast(pl.Int64),
        pl.col("vip").replace_strict({"yes": True, "no": False}),
        pl.col("created").str.to_datetime("%Y-%m-%dT%H:%M:%SZ"),
    ).collect()
    good = SCHEMA.validate(read, lazy=True)
    print(good.height, read.height - good.height)


if __name__ == "__main__":
    main(sys.argv[1])
