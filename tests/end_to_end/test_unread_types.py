"""Columns of types that polars lacks: no matter where they are not mapped, else refused by name."""

import datetime
import decimal
import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from plunk_import import MappingError, Report, SourceError, validate_file
from tests.read.parquet_footers import with_logical_type

MAPPING = {"version": 1, "email": "email", "event": {"const": "e"}, "marker": None}
EMAILS = ["ann@x.co", "bad"]


def validated(file: Path, out: Path, data: Mapping[str, object] | None = None) -> Report:
    return validate_file(file, {**MAPPING, "data": data or {}}, directory=out, show=1)


def parquet_of(**columns: pa.Array) -> bytes:
    file = io.BytesIO()
    parquet.write_table(pa.table({"email": EMAILS, **columns}), file)
    return file.getvalue()


SHAPES = pa.array([b"\x01\x01\0\0\0" + bytes(16), None], pa.binary())
VARIANTS = pa.array(
    [{"metadata": b"\x01\0\0", "value": b"\x0c\x01"}, None],
    pa.struct([("metadata", pa.binary()), ("value", pa.binary())]),
)
LOGICAL: dict[str, tuple[pa.Array, int | None, str]] = {
    "geometry": (SHAPES, 17, "GEOMETRY"),
    "geography": (SHAPES, 18, "GEOGRAPHY"),
    "variant": (VARIANTS, 16, "VARIANT"),
    "one of the future": (SHAPES, 40, "logical type 40"),
    "one that was never given": (SHAPES, 9, "logical type 9"),
    "one without a number": (SHAPES, None, "logical type 0"),
}
each_logical = pytest.mark.parametrize(
    ("values", "number", "name"), LOGICAL.values(), ids=LOGICAL.keys()
)


@each_logical
def test_parquet_with_a_type_that_polars_lacks_is_read_without_it(
    values: pa.Array, number: int | None, name: str, tmp_path: Path
) -> None:
    content = with_logical_type(parquet_of(g=values, n=pa.array([7, 8])), "g", number)
    (tmp_path / "a.parquet").write_bytes(content)
    report = validated(tmp_path / "a.parquet", tmp_path / "out", {"n": "n"})
    assert [json.loads(body)["data"] for body in report.first_bodies] == [{"n": 7}]
    assert (report.books.read, report.books.rejected) == (2, 1)
    assert (tmp_path / "a.parquet").read_bytes() == content
    rejects = pl.read_parquet(tmp_path / "out" / "rejects.parquet")
    assert rejects.select("email", "n", "_row").rows() == [("bad", 8, 2)]
    again = validated(tmp_path / "out" / "rejects.parquet", tmp_path / "again", {"n": "n"})
    assert list(again.rejects) == ["invalid_email"]
    for wrong in ({"v": "g"}, {"v": {"column": "g", "type": "string"}}, {"v": {"sql": '"g"'}}):
        with pytest.raises(
            MappingError, match=rf'data\.v(\.sql)?: column "g" of {name} cannot be read: exp'
        ):
            validated(tmp_path / "a.parquet", tmp_path / "wrong", wrong)


def test_the_first_column_may_be_such_and_others_beside_it(tmp_path: Path) -> None:
    file = io.BytesIO()
    columns = {"g": SHAPES, "n": pa.array([1, 2]), "h": SHAPES, "email": EMAILS}
    parquet.write_table(pa.table(columns), file)
    content = with_logical_type(with_logical_type(file.getvalue(), "g", 17), "h", 18)
    (tmp_path / "a.parquet").write_bytes(content)
    report = validated(tmp_path / "a.parquet", tmp_path / "out", {"n": "n"})
    assert report.books.rejected == 1
    for name, kind in (("g", "GEOMETRY"), ("h", "GEOGRAPHY")):
        with pytest.raises(MappingError, match=f'column "{name}" of {kind} cannot'):
            validated(tmp_path / "a.parquet", tmp_path / "x", {"v": name})


def arrow_of(kind: str, values: pa.Array, file: Path) -> Path:
    table = pa.table({"email": EMAILS, "c": values})
    new = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
    with new(str(file), table.schema) as writer:
        writer.write_table(table)
    return file


NOON = datetime.datetime(2020, 1, 1, 12, tzinfo=datetime.UTC)
STORED: dict[str, tuple[pa.Array, object]] = {
    "JSON": (pa.array(['{"a":1}', None], pa.json_()), '{"a":1}'),
    "truth in bytes": (
        pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8())),
        True,
    ),
    "an unknown library's type": (
        pa.ExtensionArray.from_storage(pa.opaque(pa.int32(), "odd", "x"), pa.array([1, 2], "i4")),
        1,
    ),
    "a tensor": (
        pa.ExtensionArray.from_storage(
            pa.fixed_shape_tensor(pa.int32(), [2]),
            pa.array([[1, 2], [3, 4]], pa.list_(pa.int32(), 2)),
        ),
        [1, 2],
    ),
    "truths in a list": (
        pa.ListArray.from_arrays(
            pa.array([0, 1, 2], pa.int32()),
            pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8())),
        ),
        [True],
    ),
    "truths in a struct": (
        pa.StructArray.from_arrays(
            [pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0], pa.int8()))], ["x"]
        ),
        {"x": True},
    ),
    "a zone that nobody knows": (
        pa.array([NOON, None], pa.timestamp("us", "Mars/Phobos")),
        "2020-01-01T12:00:00.000Z",
    ),
    "such a zone in a list": (
        pa.array([[NOON], None], pa.list_(pa.timestamp("us", "Mars/Phobos"))),
        ["2020-01-01T12:00:00.000Z"],
    ),
    "an offset in a struct": (
        pa.array([{"t": NOON}, None], pa.struct([("t", pa.timestamp("us", "+05:30"))])),
        {"t": "2020-01-01T12:00:00.000Z"},
    ),
}


@pytest.mark.parametrize("kind", ["parquet", "arrow", "arrows"])
@pytest.mark.parametrize(("values", "sent"), STORED.values(), ids=STORED.keys())
def test_a_type_that_a_library_made_of_another_is_read_as_that_one(
    values: pa.Array, sent: object, kind: str, tmp_path: Path
) -> None:
    file = tmp_path / f"a.{kind}"
    if kind == "parquet":
        file.write_bytes(parquet_of(c=values))
    else:
        arrow_of(kind, values, file)
    report = validated(file, tmp_path / "out", {"v": "c"})
    (body,) = map(json.loads, report.first_bodies)
    assert body["data"] == {"v": sent}
    again = validated(tmp_path / "out" / "rejects.parquet", tmp_path / "again", {"v": "c"})
    assert list(again.rejects) == ["invalid_email"]


LARGE = pa.array([decimal.Decimal(10) ** 50, None], pa.decimal256(60, 2))
RUNS = pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array([7], pa.int64()))
VIEWS = pa.array([[1, 2], None], pa.list_view(pa.int64()))
UNION = pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array("ab")])
BY_PYARROW: dict[str, tuple[pa.Array, object, str]] = {
    "runs": (RUNS, 7, ""),
    "views of lists": (VIEWS, [1, 2], ""),
    "a union": (UNION, None, "sparse_union"),
    "a decimal of 60 digits": (LARGE, None, r"decimal256\(60, 2\)|DECIMAL\(60, 2\)"),
}


@pytest.mark.parametrize("kind", ["arrow", "arrows"])
@pytest.mark.parametrize(("values", "sent", "refused"), BY_PYARROW.values(), ids=BY_PYARROW.keys())
def test_pyarrow_reads_what_polars_cannot(
    values: pa.Array, sent: object, refused: str, kind: str, tmp_path: Path
) -> None:
    file = arrow_of(kind, values, tmp_path / f"a.{kind}")
    assert validated(file, tmp_path / "unmapped").books.rejected == 1
    if refused:
        with pytest.raises(MappingError, match=f'column "c" of ({refused}).* cannot be read'):
            validated(file, tmp_path / "out", {"v": "c"})
        return
    report = validated(file, tmp_path / "out", {"v": "c"})
    assert json.loads(report.first_bodies[0])["data"] == {"v": sent}


def test_pyarrow_reads_parquet_that_polars_cannot(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(parquet_of(c=VIEWS))
    report = validated(tmp_path / "a.parquet", tmp_path / "out", {"v": "c"})
    assert json.loads(report.first_bodies[0])["data"] == {"v": [1, 2]}


@pytest.mark.parametrize("kind", ["parquet", "arrow", "arrows"])
def test_without_pyarrow_the_extra_is_named(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / f"a.{kind}"
    if kind == "parquet":
        file.write_bytes(parquet_of(c=VIEWS))
    else:
        arrow_of(kind, VIEWS, file)
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # as where it is not installed
    with pytest.raises(SourceError, match=r"type that polars lacks: .*plunk-import\[pyarrow\]"):
        validated(file, tmp_path / "out")


def test_a_decimal_of_too_many_digits_is_refused_in_parquet_too(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(parquet_of(c=LARGE))
    assert validated(tmp_path / "a.parquet", tmp_path / "unmapped").books.rejected == 1
    with pytest.raises(MappingError, match=r"column .* of DECIMAL\(60, 2\) cannot be read"):
        validated(tmp_path / "a.parquet", tmp_path / "out", {"v": "c"})


def test_a_damaged_file_is_left_to_nobody_else(tmp_path: Path) -> None:
    """What polars refuses as damaged must not be read by a reader that is easier to please."""
    content = bytearray(parquet_of(c=pa.array([1, 2])))
    content[-40] ^= 0xFF
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(SourceError, match="Copy or export it again"):
        validated(tmp_path / "a.parquet", tmp_path / "out")
