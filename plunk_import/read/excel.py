"""Excel workbooks: the rows of one sheet, with their types."""

import datetime
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import polars as pl

from plunk_import.errors import SourceError
from plunk_import.read.batch import FileBatch, Form, bad_frame, numbered
from plunk_import.read.columns import column
from plunk_import.read.excel_masks import masks_of, with_masks
from plunk_import.read.failures import EmptyFileError, library_failures
from plunk_import.read.header import Header, header_of
from plunk_import.read.lines import LineRun, Lines
from plunk_import.read.titles import header_position
from plunk_import.read.workbook import Extent, Sheet, extent_of, sheets_of

if TYPE_CHECKING:
    import fastexcel

    from plunk_import.mapping import SourceOptions
    from plunk_import.read.formats import Opening

_BATCH_ROWS = 1 << 16
_TOP_ROWS = 100
_KIND = ".xlsx workbook"
_FEW_PLACES, _MOST_PLACES = 1 << 24, 1 << 28
_SPARSEST = 10
"""A sheet is read whole: 32 bytes for each place up to the last cell."""
_OLD_OFFICE_MAGIC = b"\xd0\xcf\x11\xe0"


def open_xlsx(opening: "Opening") -> "SheetReader":
    """Open one sheet of an Excel workbook.

    Raises:
        SourceError: The file is not a workbook of the present format, or lacks the sheet.

    """
    head, _ = opening.content.head(8)
    if head.startswith(_OLD_OFFICE_MAGIC):
        raise SourceError(
            f"{opening.name}: this is an old .xls workbook, or one with a password. Save it as "
            ".xlsx without a password, or as CSV."
        )
    if not head.startswith(b"PK"):
        raise SourceError(
            f"{opening.name}: this is no {_KIND}, whatever its name says. If it is text, declare "
            "`source: {format: csv}`; else save it as .xlsx again."
        )
    return SheetReader(opening.unpacked(), opening.options, name=opening.name)


def find_header(opening: "Opening") -> int | None:
    """Find the line of the header, from 1; None where none of the first lines is one."""
    path, name = opening.unpacked(), opening.name
    sheet, _ = _chosen_sheet(path, opening.options.sheet, name)
    workbook = _workbook(path, name)
    with library_failures(name, kind=_KIND):
        rows = _read(workbook, sheet.name, n_rows=_TOP_ROWS, dtypes="string").rows()
    position = header_position(rows)
    return None if position is None else position + 1


class SheetReader:
    """One sheet, held in memory: a sheet has at most 1,048,576 rows.

    Rows without any value are left out, and not counted.
    """

    form = Form.COLUMNS
    json: Mapping[str, str] = MappingProxyType({})

    def __init__(self, path: Path, options: "SourceOptions", *, name: str) -> None:
        part, extent = _chosen_sheet(path, options.sheet, name)
        workbook, sheet = _workbook(path, name), part.name
        place = f"{name}, sheet {sheet!r}"
        with library_failures(name, kind=_KIND):
            names = options.columns or _names(workbook, sheet, options.header or 1, place)
            text = _text(workbook, sheet, len(names), options.header or 0)
            header = _header(options, names, text, place=f"{place}, line {options.header or 1}")
            first_row = options.header or 0
            frame, self._offsets = _load(workbook, sheet, header.names, first_row, text)
            self._frame = with_masks(frame, self._offsets, masks_of(path, part.part))
        self.remarks = header.remarks
        self.losses = tuple(_losses(extent, sheet))
        if not self._frame.height:
            complaint = f"{place}: it has a header but no rows"
            raise EmptyFileError(complaint, self._frame.schema, form=Form.COLUMNS)

    @property
    def schema(self) -> pl.Schema:
        """A column whose cells are of several types is text."""
        return self._frame.schema

    def batches(self, *, after_row: int) -> Iterator[FileBatch]:
        """Yield the rows after `after_row`."""
        row = min(after_row, self._frame.height)
        nothing = bad_frame([])
        yield FileBatch(numbered(self._frame.clear(), []), nothing, row)
        lines = Lines((LineRun(1, self._frame.height, 1, lambda: self._offsets),))
        for frame in self._frame.slice(row).iter_slices(_BATCH_ROWS):
            rows = range(row + 1, row + 1 + frame.height)
            row += frame.height
            yield FileBatch(numbered(frame, rows), nothing, row, lines)


def _workbook(path: Path, name: str) -> "fastexcel.ExcelReader":
    try:
        import fastexcel
    except ImportError:
        raise SourceError(
            f"{name}: reading Excel files needs a package: pip install 'plunk-import[excel]', "
            "or save the sheet as CSV."
        ) from None
    with library_failures(name, kind=_KIND):
        return fastexcel.read_excel(path)


def _require_whole(path: Path) -> None:
    """Compare every part with its checksum: the library stops reading a part where it likes."""
    with zipfile.ZipFile(path) as archive:
        spoilt = archive.testzip()
    if spoilt is not None:
        raise zipfile.BadZipFile(f"the part {spoilt} does not have its checksum")


def _chosen_sheet(path: Path, wanted: str | None, name: str) -> tuple[Sheet, Extent]:
    """Choose the sheet asked for, or the first that a person sees, and measure it.

    Raises:
        SourceError: There is none, or it could not be held in memory.

    """
    with library_failures(name, kind=_KIND):
        _require_whole(path)
        sheets = sheets_of(path)
    if not sheets:
        raise SourceError(f"{name}: this workbook has no sheet with cells. Save it again.")
    visible = (sheet for sheet in sheets if sheet.is_visible)
    chosen = next(visible, sheets[0])
    if wanted is not None:
        chosen = next((sheet for sheet in sheets if sheet.name == wanted), chosen)
        if chosen.name != wanted:
            listed = ", ".join(repr(sheet.name) for sheet in sheets)
            raise SourceError(f"{name}: there is no sheet {wanted!r}. Its sheets: {listed}.")
    with library_failures(name, kind=_KIND):
        extent = extent_of(path, chosen.part)
    _require_bounded(extent, f"{name}, sheet {chosen.name!r}")
    return chosen, extent


def _require_bounded(extent: Extent, place: str) -> None:
    if not extent.is_whole:
        raise SourceError(f"{place}: the sheet is cut off. Copy or export the file again.")
    area = extent.rows * extent.columns
    if area > _MOST_PLACES or (area > _FEW_PLACES and area > _SPARSEST * extent.cells):
        raise SourceError(
            f"{place}: {extent.cells:,} cells hold something, but they reach over "
            f"{extent.rows:,} rows and {extent.columns:,} columns, as far as the cells "
            f"{' and '.join(dict.fromkeys(extent.last))}: more than can be held in memory. Delete "
            "the rows and columns beyond the table, or save it as CSV."
        )


def _losses(extent: Extent, sheet: str) -> Iterator[str]:
    if extent.errors:
        yield (
            f"sheet {sheet!r}: {extent.errors:,} cells with the error of a formula, such "
            f"as {', '.join(extent.first_errors)}: read as empty"
        )


def _names(
    workbook: "fastexcel.ExcelReader", sheet: str, header_line: int, place: str
) -> tuple[str, ...]:
    rows = _read(workbook, sheet, skip_rows=header_line - 1, n_rows=1, dtypes="string")
    if not rows.height:
        raise EmptyFileError(f"{place}: it is empty at line {header_line}")
    return tuple(cell or "" for cell in rows.row(0))


def _header(
    options: "SourceOptions", names: tuple[str, ...], text: pl.DataFrame, *, place: str
) -> Header:
    """Name the columns; the last ones that have neither a name nor a value are none."""
    if options.columns:
        return Header(options.columns)
    empty = _empty_columns(text)
    while names and not names[-1] and len(names) - 1 in empty:
        names = names[:-1]
    return header_of(names, place=place)


def _empty_columns(text: pl.DataFrame) -> set[int]:
    return {
        position
        for position, cells in enumerate(text.iter_columns())
        if cells.null_count() == text.height
    }


def _text(
    workbook: "fastexcel.ExcelReader", sheet: str, width: int, first_row: int
) -> pl.DataFrame:
    columns = _positions(workbook, sheet, width)
    return _read(workbook, sheet, dtypes="string", skip_rows=first_row, use_columns=columns)


def _positions(workbook: "fastexcel.ExcelReader", sheet: str, width: int) -> list[int]:
    """List the sheet's own numbers of the columns: a table need not begin in the first one."""
    used = workbook.load_sheet(sheet, header_row=None, n_rows=1, dtypes="string")
    first = used.available_columns()[0].absolute_index
    return list(range(first, first + width))


def _load(
    workbook: "fastexcel.ExcelReader",
    sheet: str,
    columns: tuple[str, ...],
    first_row: int,
    text: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.Series]:
    """Read again with types, but the columns without any value, which `text` tells.

    Returns the rows that have a value, and on which rows of the sheet they stand, from 0.
    Without that fastexcel would log a warning for each of those columns.
    """
    positions = _positions(workbook, sheet, len(columns))
    chosen: dict[str, Any] = {"skip_rows": first_row, "use_columns": positions}
    empty = {positions[number]: "string" for number in _empty_columns(text)}
    frame = _read_typed(workbook, sheet, empty, **chosen)
    frame.columns = list(columns)
    is_filled = frame.select(~pl.all_horizontal(pl.all().is_null())).to_series()
    frame = frame.filter(is_filled)
    offsets = is_filled.arg_true() + first_row
    return frame.with_columns(*_whole_numbers(frame), *_dates(frame)), offsets


def _read_typed(
    workbook: "fastexcel.ExcelReader",
    sheet: str,
    dtypes: dict[int, str],
    **chosen: Any,  # noqa: ANN401 - load_sheet's
) -> pl.DataFrame:
    """Read with types; a column of cells without a common type, as dates and durations, is text."""
    import fastexcel

    options: dict[str, Any] = {**chosen, "schema_sample_rows": None}
    try:
        return _read(workbook, sheet, dtypes=dtypes or None, **options)
    except fastexcel.UnsupportedColumnTypeCombinationError:
        mixed = {
            position: "string"
            for position in chosen["use_columns"]
            if position not in dtypes and _is_mixed(workbook, sheet, position, options)
        }
        return _read(workbook, sheet, dtypes={**dtypes, **mixed}, **options)


def _is_mixed(
    workbook: "fastexcel.ExcelReader", sheet: str, position: int, options: dict[str, Any]
) -> bool:
    import fastexcel

    try:
        _read(workbook, sheet, **{**options, "use_columns": [position]})
    except fastexcel.UnsupportedColumnTypeCombinationError:
        return True
    return False


def _read(workbook: "fastexcel.ExcelReader", sheet: str, **options: Any) -> pl.DataFrame:  # noqa: ANN401 - load_sheet's
    frame: pl.DataFrame = workbook.load_sheet(sheet, header_row=None, **options).to_polars()
    return frame


def _whole_numbers(frame: pl.DataFrame) -> Iterator[pl.Expr]:
    """Excel knows only doubles: a column of whole ones is meant as integers."""
    for name, kind in frame.schema.items():
        cells = frame[name]
        if kind == pl.Float64 and ((cells == cells.round()) & (cells.abs() <= 2**53)).all():
            yield column(name).cast(pl.Int64)


def _dates(frame: pl.DataFrame) -> Iterator[pl.Expr]:
    """Excel knows no dates without a time: a column that is always at midnight is meant so."""
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.Datetime) and (frame[name].dt.time() == datetime.time()).all():
            yield column(name).dt.date()
