"""Rows through a mapping, as the tests of MAP want them: takes values, gives bodies and codes."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import polars as pl

from plunk_import.mapping.load import mapping_from
from plunk_import.validate.compile import Compiled, Prepared, compile_mapping

FINGERPRINT = "0123456789abcdef" * 4

EMPTY: Mapping[str, Any] = MappingProxyType({})
MINIMAL = {"version": 1, "email": "Email", "event": {"const": "probe"}, "marker": None}


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    count = pl.int_range(1, len(frame) + 1, dtype=pl.UInt64)
    return frame.select(count.alias("_ordinal"), count.alias("_row"), *frame.columns)


def compiled(mapping: Mapping[str, Any], frame: pl.DataFrame) -> Compiled:
    return compile_mapping(mapping_from({**MINIMAL, **mapping}), frame.schema)


def prepared(
    mapping: Mapping[str, Any], frame: pl.DataFrame, *, duplicates: pl.Series | None = None
) -> Prepared:
    frame = with_addresses(frame)
    return compiled(mapping, frame).prepare(
        numbered(frame), fingerprint=FINGERPRINT, duplicates=duplicates
    )


def with_addresses(frame: pl.DataFrame) -> pl.DataFrame:
    if "Email" in frame.columns:
        return frame
    return frame.with_columns(Email=pl.lit("ada@example.com"))


def outcomes(
    variable: Mapping[str, Any],
    cells: pl.Series | Sequence[object],
    *,
    mapping: Mapping[str, Any] = EMPTY,
) -> list[object]:
    """Give for each cell what is sent as `x`: its value, None for nothing, codes in a tuple."""
    series = cells if isinstance(cells, pl.Series) else pl.Series(cells, dtype=pl.String)
    whole = {**mapping, "data": {"x": {"column": "x", **variable}}}
    result = prepared(whole, pl.DataFrame({"x": series}))
    found: dict[int, object] = {
        ordinal: json.loads(body).get("data", {}).get("x")
        for ordinal, body in result.events.select("_ordinal", "body").iter_rows()
    }
    for ordinal, code in result.rejects.select("_ordinal", "_code").iter_rows():
        found[ordinal] = tuple(code.split("; "))
    return [found[ordinal] for ordinal in range(1, len(series) + 1)]


def outcome(
    variable: Mapping[str, Any], cell: str | None, *, mapping: Mapping[str, Any] = EMPTY
) -> object:
    return outcomes(variable, [cell], mapping=mapping)[0]


def text_sent(variable: Mapping[str, Any], cell: str) -> str:
    """Give the JSON text that stands for `x` in the body."""
    frame = pl.DataFrame({"x": [cell]})
    body = str(prepared({"data": {"x": {"column": "x", **variable}}}, frame).events["body"][0])
    return body.partition('"data":{"x":')[2].removesuffix("}}")
