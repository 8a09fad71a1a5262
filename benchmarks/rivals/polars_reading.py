"""Reads all of a CSV or Parquet file with polars and throws it away."""

import sys
import time

import polars as pl


def main(path: str) -> None:
    """Read; say how many seconds that took."""
    began = time.perf_counter()
    rows = (
        pl.scan_parquet(path)
        if path.endswith(".parquet")
        else pl.scan_csv(path, infer_schema=False)
    )
    rows.sink_batches(lambda _: None)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1])
