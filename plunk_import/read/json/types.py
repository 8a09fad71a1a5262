"""Types of JSON: takes blocks of NDJSON, gives the schema that holds every value in them.

Where the values of one key have nothing in common, its column is text: strings as they are,
anything else as its JSON. Columns stand in the order of the first object, others behind it by name,
so that the schema does not depend on where blocks happen to end.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator

import polars as pl

from plunk_import.read.schema import common_type, type_instance

DEEPEST_LEVEL = 128
"""Levels of objects and lists that a record is read with: more than Plunk stores."""

_LARGEST_INT64 = 2**63 - 1
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*+"|(?P<open>[\[{])|(?P<close>[\]}])')
_ALL_BUT_OPENINGS = bytes(set(range(256)) - set(b"[{\n"))
_Json = object


def infer_schema(blocks: Iterable[bytes]) -> pl.Schema:
    """Give all keys of all objects; keys that are always null are text. Bad lines do not count."""
    whole: pl.DataType = pl.Struct([])
    first: _Json = None
    for block in blocks:
        whole = _joined(whole, _block_type(block))
        if first is None:
            first = next(_records(block), None)
    whole = _arranged(whole, first)
    fields = whole.to_schema() if isinstance(whole, pl.Struct) else {}
    return pl.Schema(
        {name: pl.String() if kind == pl.Null else kind for name, kind in fields.items()}
    )


def is_too_deep(line: bytes) -> bool:
    """Tell whether a record is nested deeper than `DEEPEST_LEVEL`."""
    levels = (
        1 if found["open"] else -1
        for found in _STRING_OR_BRACKET.finditer(line)
        if found["open"] or found["close"]
    )
    return max(itertools.accumulate(levels), default=0) > DEEPEST_LEVEL


def deep_records(block: bytes) -> list[bytes]:
    """Give the lines whose records are too deep: polars takes minutes for the deepest it takes."""
    openings = block.translate(None, _ALL_BUT_OPENINGS)
    if max(map(len, openings.split(b"\n"))) <= DEEPEST_LEVEL:
        return []
    return [line for line in block.split(b"\n") if is_too_deep(line)]


def _block_type(block: bytes) -> pl.DataType:
    if not block.strip():
        return pl.Struct([])
    if deep := set(deep_records(block)):
        block = b"\n".join(line for line in block.split(b"\n") if line not in deep)
    try:
        return pl.Struct(pl.read_ndjson(block, infer_schema_length=None).schema)
    except pl.exceptions.PolarsError:
        # Polars gives up at bad lines, and where it finds no type for a mixture of values.
        return _joined_all(pl.Struct([]), map(_type_of, _records(block)))


def _records(block: bytes) -> Iterator[dict[str, _Json]]:
    for line in block.split(b"\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield record


def _type_of(value: _Json) -> pl.DataType:
    match value:
        case None:
            return pl.Null()
        case bool():
            return pl.Boolean()
        case int():
            return pl.Int64() if abs(value) <= _LARGEST_INT64 else pl.Int128()
        case float():
            return pl.Float64()
        case list():
            return pl.List(_joined_all(pl.Null(), map(_type_of, value)))
        case dict():
            return pl.Struct({key: _type_of(item) for key, item in value.items()})
        case _:
            return pl.String()


def _joined(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    return common_type(one, other, otherwise=pl.String()) or pl.String()


def _joined_all(start: pl.DataType, kinds: Iterable[pl.DataType]) -> pl.DataType:
    for kind in kinds:
        start = _joined(start, kind)
    return start


def _arranged(kind: pl.DataType, example: _Json) -> pl.DataType:
    """Put the fields of structs in the order of the example, at every depth."""
    match kind:
        case pl.Struct():
            known = example if isinstance(example, dict) else {}
            fields = dict(kind.to_schema())
            names = [name for name in known if name in fields]
            names += sorted(fields.keys() - known.keys())
            return pl.Struct(
                {name: _arranged(type_instance(fields[name]), known.get(name)) for name in names}
            )
        case pl.List(inner=pl.DataType() as inner):
            items = example if isinstance(example, list) else []
            return pl.List(_arranged(inner, next(iter(items), None)))
        case _:
            return kind
