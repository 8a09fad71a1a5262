"""Measures `validate` on many small files and on very many columns."""

import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench import Bench
from benchmarks.data import NARROW_COLUMNS, WIDE_COLUMNS
from benchmarks.process import Spent
from benchmarks.table import Row

FILES, ROWS_OF_A_FILE = 3_000, 10
CELLS = 10_000_000


def files(bench: Bench) -> Iterator[Row]:
    """Time for thousands of part files, beside one file of the same rows."""
    number = max(10, round(FILES * bench.scale))
    whole = bench.orders(number * ROWS_OF_A_FILE)
    parts = _split(whole, bench.place / "parts")
    one, many = bench.in_turn(lambda: bench.validate(whole), lambda: bench.validate(parts))
    ratio = many.seconds / one.seconds
    yield Row(
        "part-files",
        f"`validate`, {number:,} part files of {ROWS_OF_A_FILE} rows",
        f"one file of the same rows: {one.seconds:.2f} s",
        "≤ 3 × the time",
        f"{ratio:.1f} ×",
        ratio,
        ratio <= 3,
    ).spending(many)


def columns(bench: Bench) -> Iterator[Row]:
    """CPU a cell of a very wide file, beside as many cells in ten columns; starts left out."""
    cells = bench.sized(CELLS)
    narrow, wide = (
        bench.orders(cells // width, kind=kind)
        for kind, width in (("narrow", NARROW_COLUMNS), ("wide", WIDE_COLUMNS))
    )
    few = bench.orders(10)
    start, slim, broad = bench.in_turn(
        lambda: bench.validate(few), lambda: mapped(bench, narrow), lambda: mapped(bench, wide)
    )
    base, per_cell = (
        (spent.cpu_seconds - start.cpu_seconds) / cells * 1e6 for spent in (slim, broad)
    )
    yield Row(
        "columns",
        f"`validate`, {WIDE_COLUMNS:,} columns × {cells // WIDE_COLUMNS:,} rows: CPU a cell",
        f"{NARROW_COLUMNS} columns × {cells // NARROW_COLUMNS:,} rows: {base:.3f} µs",
        "≤ 2 ×",
        f"{per_cell:.3f} µs, {per_cell / base:.1f} ×",
        per_cell / base,
        per_cell <= 2 * base,
    ).spending(broad)


def mapped(bench: Bench, path: Path) -> Spent:
    """Validate a file, every column of which is a variable."""
    mapping = path.with_suffix(".yaml")
    if not mapping.exists():
        with path.open(encoding="utf-8") as file:
            _, *names = file.readline().strip().split(",")
        kinds = {name: name for name in names}
        text = {"version": 1, "email": "email", "event": {"const": "imported"}, "data": kinds}
        mapping.write_text(json.dumps(text), encoding="utf-8")
    return bench.validate(path, mapping=mapping)


def _split(whole: Path, place: Path) -> Path:
    place.mkdir(exist_ok=True)
    head, *rows = whole.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, start in enumerate(range(0, len(rows), ROWS_OF_A_FILE)):
        part = "".join(rows[start : start + ROWS_OF_A_FILE])
        (place / f"{number:05}.csv").write_text(head + part, encoding="utf-8")
    return place
