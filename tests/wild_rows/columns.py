"""Parquet and Arrow files of wild columns, written and read by pyarrow."""

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from hypothesis import strategies as st

from tests.wild_rows.tables import ADDRESSES, EVENTS, TEXTS, VARIABLES, Table, names_of_columns

Values = st.SearchStrategy[Any]


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


_MOMENTS = st.datetimes() | st.just(_moment("1969-12-31T23:59:59.999999"))
_NANOSECONDS = st.datetimes(_moment("1700-01-01"), _moment("2200-01-01"))
_INTEGERS = st.integers(-(2**63), 2**63 - 1) | st.integers(2**53 - 2, 2**53 + 2)
_DECIMALS = st.decimals(-(10**17), 10**17, allow_nan=False, allow_infinity=False, places=3)
_TYPES: Sequence[tuple[pa.DataType, Values]] = (
    (pa.string(), TEXTS),
    (pa.large_string(), TEXTS),
    (pa.dictionary(pa.int32(), pa.string()), TEXTS),
    (pa.int8(), st.integers(-128, 127)),
    (pa.int64(), _INTEGERS),
    (pa.uint64(), st.integers(0, 2**64 - 1) | st.integers(0, 2**53)),
    (pa.float64(), st.floats()),
    (pa.float32(), st.floats(width=32)),
    (pa.bool_(), st.booleans()),
    (pa.decimal128(38, 3), _DECIMALS),
    (pa.date32(), st.dates()),
    (pa.timestamp("ms"), _MOMENTS),
    (pa.timestamp("us"), _MOMENTS),
    (pa.timestamp("ns"), _NANOSECONDS),
    (pa.timestamp("us", "UTC"), _MOMENTS.map(lambda moment: moment.replace(tzinfo=dt.UTC))),
    (pa.time64("us"), st.times()),
    (pa.list_(pa.int64()), st.lists(st.none() | _INTEGERS, max_size=3)),
    (pa.list_(pa.string()), st.lists(st.none() | TEXTS, max_size=3)),
    (
        pa.struct([("a", pa.string()), ("b", pa.list_(pa.float64())), ("c", pa.date32())]),
        st.fixed_dictionaries(
            {
                "a": st.none() | TEXTS,
                "b": st.none() | st.lists(st.floats(), max_size=2),
                "c": st.none() | st.dates(),
            }
        ),
    ),
)
_CODECS = ("none", "snappy", "gzip", "lz4", "zstd", "brotli")


@st.composite
def _columns(draw: st.DrawFn) -> pa.Table:
    rows = draw(st.integers(1, 30))

    def cells(values: Values) -> list[Any]:
        return draw(st.lists(values, min_size=rows, max_size=rows))

    chosen = [draw(st.sampled_from(_TYPES)) for _ in range(VARIABLES)]
    arrays = [pa.array(cells(ADDRESSES)), pa.array(cells(EVENTS))]
    arrays += [pa.array(cells(st.none() | values | values), kind) for kind, values in chosen]
    return pa.table(arrays, names=["email", "event", *draw(names_of_columns())])


@st.composite
def parquet_tables(draw: st.DrawFn) -> Table:
    """Draw a Parquet file: its types, codec, encodings and sizes of groups and pages."""
    table, file = draw(_columns()), io.BytesIO()
    pq.write_table(
        table,
        file,
        compression=draw(st.sampled_from(_CODECS)),
        use_dictionary=draw(st.booleans()),
        row_group_size=draw(st.integers(1, 30)),
        data_page_size=draw(st.sampled_from([10, 1 << 20])),
        data_page_version=draw(st.sampled_from(["1.0", "2.0"])),
        version=draw(st.sampled_from(["2.4", "2.6"])),
    )
    return _as_read(file.getvalue(), pq.read_table(io.BytesIO(file.getvalue())), "parquet")


@st.composite
def arrow_tables(draw: st.DrawFn) -> Table:
    """Draw an Arrow file, or a stream."""
    table, file = draw(_columns()), io.BytesIO()
    is_stream = draw(st.booleans())
    options = pa.ipc.IpcWriteOptions(compression=draw(st.sampled_from([None, "lz4", "zstd"])))
    new = pa.ipc.new_stream if is_stream else pa.ipc.new_file
    with new(file, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=draw(st.integers(1, 30)))
    read = pa.ipc.open_stream if is_stream else pa.ipc.open_file
    back = read(pa.py_buffer(file.getvalue())).read_all()
    return _as_read(file.getvalue(), back, "arrows" if is_stream else "arrow")


def _as_read(content: bytes, table: pa.Table, ending: str) -> Table:
    names = table.column_names
    columns = [_cells(column) for column in table.columns]
    rows = [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
    return Table(content, names[2:], rows, {}, ending)


def _cells(column: pa.ChunkedArray) -> list[Any]:
    if column.type != pa.float32():
        return list(column.to_pylist())
    # A float of 32 bits is meant as its shortest text, 0.1, not as the double nearest to it.
    return [None if text is None else float(text) for text in pc.cast(column, "string").to_pylist()]
