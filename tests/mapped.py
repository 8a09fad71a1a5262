"""Rows through a mapping, as the tests of MAP want them: takes values, gives bodies and codes."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import polars as pl
import pytest

from plunk_import.errors import MappingError
from plunk_import.mapping import mapping_from
from plunk_import.read import CODE, MESSAGE, ORDINAL, RAW, ROW, Batch, FileStart, Locations
from plunk_import.validate import Compiled, DuplicateFinder, Job, ValidatedBatch, compile_mapping

FINGERPRINT = "0123456789abcdef" * 4

ROWS_CSV = Locations((FileStart("rows.csv"),))
NOTHING_BAD = pl.DataFrame(
    schema={
        ORDINAL: pl.UInt64(),
        ROW: pl.UInt64(),
        **dict.fromkeys((CODE, MESSAGE, RAW), pl.String()),
    }
)
EMPTY: Mapping[str, Any] = MappingProxyType({})
MINIMAL = {"version": 1, "email": "Email", "event": {"const": "probe"}, "marker": None}


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    count = pl.int_range(1, len(frame) + 1, dtype=pl.UInt64, eager=True)
    # By place: a name such as `^.*$` would be taken for a pattern.
    return pl.DataFrame([count.alias(ORDINAL), count.alias(ROW), *frame.get_columns()])


def compiled(mapping: Mapping[str, Any], frame: pl.DataFrame) -> Compiled:
    return compile_mapping(mapping_from({**MINIMAL, **mapping}), frame.schema)


def validated(
    mapping: Mapping[str, Any], frame: pl.DataFrame, *, duplicates: pl.Series | None = None
) -> ValidatedBatch:
    frame = with_addresses(frame)
    return validated_by(compiled(mapping, frame), numbered(frame), duplicates=duplicates)


def validated_by(
    mapping: Compiled, frame: pl.DataFrame, *, duplicates: pl.Series | None = None
) -> ValidatedBatch:
    """Validate rows that have their numbers already."""
    batch = Batch(frame, NOTHING_BAD, ROWS_CSV)
    return mapping.validate(batch, fingerprint=FINGERPRINT, duplicates=duplicates)


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
    """Return for each cell what is sent as `x`: its value, None for nothing, codes in a tuple."""
    series = cells if isinstance(cells, pl.Series) else pl.Series(cells, dtype=pl.String)
    whole = {**mapping, "data": {"x": {"column": "x", **variable}}}
    result = validated(whole, pl.DataFrame({"x": series}))
    found: dict[int, object] = {
        ordinal: json.loads(body).get("data", {}).get("x")
        for ordinal, body in result.events.select(ORDINAL, "body").iter_rows()
    }
    for ordinal, codes in result.rejects.select(ORDINAL, "_code").iter_rows():
        found[ordinal] = tuple(codes)
    return [found[ordinal] for ordinal in range(1, len(series) + 1)]


def outcome(
    variable: Mapping[str, Any], cell: str | None, *, mapping: Mapping[str, Any] = EMPTY
) -> object:
    return outcomes(variable, [cell], mapping=mapping)[0]


def text_sent(variable: Mapping[str, Any], cell: str) -> str:
    """Return the JSON text that stands for `x` in the body."""
    frame = pl.DataFrame({"x": [cell]})
    body = str(validated({"data": {"x": {"column": "x", **variable}}}, frame).events["body"][0])
    return body.partition('"data":{"x":')[2].removesuffix("}}")


def message(variable: Mapping[str, Any], cell: str) -> str:
    """Return what is said of a cell that is rejected."""
    frame = pl.DataFrame({"x": [cell]})
    result = validated({"data": {"x": {"column": "x", **variable}}}, frame)
    return str(result.reject_lines["_message"][0])


def worked_out(
    sql: str, frame: pl.DataFrame, *, mapping: Mapping[str, Any] = EMPTY
) -> list[object]:
    """Return for each row what an SQL expression sends as `x`; None for nothing."""
    events = validated({**mapping, "data": {"x": {"sql": sql}}}, frame).events
    return [json.loads(body).get("data", {}).get("x") for body in events["body"]]


def refusal_of(sql: str, schema: pl.Schema) -> str:
    """Return what a mapping is told of an SQL expression that cannot be."""
    with pytest.raises(MappingError) as raised:
        compiled({"data": {"x": {"sql": sql}}}, with_addresses(schema.to_frame()))
    [problem] = raised.value.problems
    return problem.message


def knowing_duplicates(job: Job) -> Job:
    """Read the rows once, as a first pass does, to know those that repeat an `id`."""
    finder = DuplicateFinder()
    for _ in job.judged(finder):
        pass
    return dataclasses.replace(job, duplicates=finder.found())
