"""Checks a CSV or Parquet file of orders in SQL with DuckDB; says how many are good and bad."""

import sys

import duckdb

CHECKS = r"""
    regexp_full_match(lower(trim(Email)), '[a-z0-9_''+.-]+@([a-z0-9][a-z0-9-]*\.)+[a-z]{2,}')
    AND length(status) > 0
    AND (first IS NULL OR length(first) > 0)
    AND (ltv IS NULL OR isfinite(try_cast(ltv AS DOUBLE)))
    AND (n IS NULL OR try_cast(n AS BIGINT) IS NOT NULL)
    AND (vip IS NULL OR lower(vip) IN ('yes', 'no', 'true', 'false', '1', '0'))
    AND (created IS NULL OR try_strptime(created, '%Y-%m-%dT%H:%M:%SZ') IS NOT NULL)
    AND (order_id IS NULL OR length(order_id) > 0)
"""


def main(path: str) -> None:
    """Check every row."""
    source = "read_parquet(?)" if path.endswith(".parquet") else "read_csv(?, all_varchar=true)"
    query = (
        f"SELECT count(*) FILTER (WHERE ok), count(*) FILTER (WHERE ok IS NOT TRUE) "  # noqa: S608 - ours
        f"FROM (SELECT {CHECKS} AS ok FROM {source})"
    )
    print(*duckdb.execute(query, [path]).fetchall()[0])


if __name__ == "__main__":
    main(sys.argv[1])
