"""Several files as one: the schema that all of them fit."""

from collections.abc import Callable, Sequence

import polars as pl

from plunk_import.errors import SourceError

_WIDE_INTEGERS = {pl.UInt64(), pl.Int128(), pl.UInt128()}


def shared_schema(schemas: Sequence[tuple[str, pl.Schema]]) -> pl.Schema:
    """Return the first file's columns, each in a type that holds the values of every file.

    Raises SourceError, with all differences, where the files do not have the same columns.
    """
    first_name, shared = schemas[0]
    problems = []
    for name, schema in schemas[1:]:
        if schema == shared:
            continue
        problems += _differences(shared, schema, first_name=first_name, name=name)
        shared = pl.Schema(
            {
                column: common_type(kind, schema.get(column, kind)) or kind
                for column, kind in shared.items()
            }
        )
    if problems:
        problems.append("Import such files on their own, or give them the same columns.")
        raise SourceError("\n".join(problems))
    return shared


def common_type(
    one: pl.DataType, other: pl.DataType, *, otherwise: pl.DataType | None = None
) -> pl.DataType | None:
    """Find a type that holds the values of both; `otherwise` where they have nothing in common.

    Within lists and structs, too: a list of numbers and one of texts make a list of `otherwise`.
    """
    if one == other or other == pl.Null:
        return one
    if one == pl.Null:
        return other
    if one.is_integer() and other.is_integer():
        return pl.Int128() if {one, other} & _WIDE_INTEGERS else pl.Int64()
    if one.is_numeric() and other.is_numeric() and not (one.is_decimal() or other.is_decimal()):
        return pl.Float64()
    if isinstance(one, pl.List) and isinstance(other, pl.List):
        inner = common_type(
            type_instance(one.inner), type_instance(other.inner), otherwise=otherwise
        )
        return pl.List(inner) if inner else None
    if isinstance(one, pl.Struct) and isinstance(other, pl.Struct):
        return _common_struct(one, other, otherwise)
    return otherwise


def widened(
    rows: pl.DataFrame, name: str, dtype: pl.DataType, *, place: Callable[[int], str]
) -> pl.Series:
    """Turn a column of one file into the type that all files share.

    Args:
        rows: Rows of files of one schema.
        name: The column.
        dtype: The type.
        place: Names the file and the row of one of them, by its position.

    Raises:
        SourceError: A whole number would be rounded among the fractions of another file.

    """
    cells = rows[name]
    shared = cells.cast(dtype)
    if cells.dtype == pl.Null:
        return shared
    if cells.dtype == pl.Float32:
        # A float of 32 bits is meant as its shortest text, 0.1, not as the double nearest to it.
        return cells.cast(pl.String).cast(dtype)
    back = shared.cast(cells.dtype, strict=False)
    if back.equals(cells, null_equal=True):
        return shared
    at = back.ne_missing(cells).arg_true()[0]
    raise SourceError(
        f"{place(at)}: column {name!r} holds {cells[at]}, which would be "
        "rounded: in another file the column holds fractions. Write the column as text in both "
        "files, or import them on their own."
    )


def _common_struct(
    one: pl.Struct, other: pl.Struct, otherwise: pl.DataType | None
) -> pl.Struct | None:
    fields: dict[str, pl.DataType] = {}
    for field in (*one.fields, *other.fields):
        kind = type_instance(field.dtype)
        common = common_type(fields.get(field.name, kind), kind, otherwise=otherwise)
        if common is None:
            return None
        fields[field.name] = common
    return pl.Struct(fields)


def type_instance(kind: object) -> pl.DataType:
    """Return a type as an instance: polars names types without parameters by their class."""
    instance = kind() if isinstance(kind, type) else kind
    if not isinstance(instance, pl.DataType):
        raise TypeError(f"not a type of polars: {kind!r}")
    return instance


def _differences(shared: pl.Schema, schema: pl.Schema, *, first_name: str, name: str) -> list[str]:
    problems = []
    missing = [column for column in shared if column not in schema]
    extra = [column for column in schema if column not in shared]
    if missing:
        problems.append(f"{name}: it lacks {_listed(missing)}, which {first_name} has.")
    if extra:
        problems.append(f"{name}: it has {_listed(extra)}, which {first_name} lacks.")
    problems += [
        f"{name}: column {column!r} is {schema[column]}, but {kind} in the files before it."
        for column, kind in shared.items()
        if column in schema and common_type(kind, schema[column]) is None
    ]
    return problems


def _listed(columns: Sequence[str]) -> str:
    return ("column " if len(columns) == 1 else "columns ") + ", ".join(map(repr, columns))
