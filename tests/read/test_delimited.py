import re

import pytest
from hypothesis import given, settings, strategies as st

from plunk_import import SourceError
from tests.read.reading import Reading, read_bytes

CELLS = ["", "a", '"x"', '"a""b"', '""', '"\n"', '"\r\n,"', '"\r,"', 'a"b', '"q"z', ' "b"']
CELLS += ['a""b', "\r", "é", '"', '"" "', '"a" "b"', "x\ry"]
WIDTHS = st.integers(1, 3)
PIECES = st.lists(st.sampled_from([*CELLS, ",", ",", "\n", "\n", "\r\n", "\ud800"]), max_size=25)

QUOTED = re.compile(rb'"(?:[^"]|"")*+"')


def end_of_cell(text: bytes, start: int) -> int | None:
    """Find the delimiter or line break that ends a cell; None for an unclosed quote."""
    if text[start : start + 1] == b'"':
        found = QUOTED.match(text, start)
        if found is None:
            return None
        start = found.end()
    while start < len(text) and text[start] not in b",\n":
        start += 1
    return start


def one_by_one(
    text: bytes, width: int
) -> tuple[dict[int, tuple[str | None, ...]], set[int]] | None:
    """Read cell by cell, with nothing clever; None where a quote is never closed."""
    rows: dict[int, tuple[str | None, ...]] = {}
    bad: set[int] = set()
    start = 0
    while start < len(text):
        cells: list[bytes] = []
        begin = start
        while True:
            end = end_of_cell(text, start)
            if end is None:
                return None
            cells.append(text[start:end])
            start = end + 1
            if end == len(text) or text[end] in b"\n":
                break
        cells[-1] = cells[-1].removesuffix(b"\r")
        if text[begin:start].strip(b"\n") in (b"", b"\r"):
            continue
        number = len(rows) + len(bad) + 1
        row = cells_of(cells)
        if row is None or len(row) != width:
            bad.add(number)
        else:
            rows[number] = row
    return rows, bad


def cells_of(cells: list[bytes]) -> tuple[str | None, ...] | None:
    """Decode the cells; None where a quote is stray or bytes are not UTF-8."""
    values: list[str | None] = []
    for cell in cells:
        if b'"' in cell and not QUOTED.fullmatch(cell):
            return None
        content = cell[1:-1].replace(b'""', b'"') if cell.startswith(b'"') else cell
        try:
            values.append(content.decode() if cell else None)
        except UnicodeDecodeError:
            return None
    return tuple(values)


@settings(max_examples=400)
@given(
    width=WIDTHS,
    pieces=PIECES,
    block_bytes=st.sampled_from([1, 9, 1 << 20]),
    first=st.sampled_from(["z", "z" * 1000]),
)
def test_text_of_any_shape_is_read_as_it_would_be_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory,
    width: int,
    pieces: list[str],
    block_bytes: int,
    first: str,
) -> None:
    # A first row, so that the file is never empty, and always has its own line end. Where it is
    # long, quotes are few among the rest.
    text = ",".join([first] * width) + "\n" + "".join(pieces)
    content = text.encode("utf-8", "surrogatepass")
    expected = one_by_one(content, width)
    columns = tuple(f"c{position}" for position in range(width))
    folder = tmp_path_factory.mktemp("csv")

    def read() -> Reading:
        return read_bytes(folder, content, columns=columns, delimiter=",", block_bytes=block_bytes)

    if expected is None:
        with pytest.raises(SourceError, match="never closed"):
            read()
    else:
        reading = read()
        assert (reading.rows, {row for row, _, _ in reading.bad}) == expected
