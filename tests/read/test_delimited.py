from hypothesis import given, settings, strategies as st

from plunk_import.read.delimited.cells import Dialect, Records
from plunk_import.read.delimited.parser import DelimitedFormat
from plunk_import.read.records import BrokenRecordError

CELLS = ["", "a", '"x"', '"a""b"', '""', '"\n"', '"\r\n,"', '"\r,"', 'a"b', '"q"z', ' "b"']
CELLS += ['a""b', "\r", "é", '"', '"" "', '"a" "b"', "x\ry"]
WIDTHS = st.integers(1, 3)
PIECES = st.lists(st.sampled_from([*CELLS, ",", ",", "\n", "\n", "\r\n", "\ud800"]), max_size=25)


def one_by_one(
    text: bytes, width: int
) -> tuple[dict[int, tuple[str | None, ...]], set[int]] | None:
    """Read as the words of the module say, without anything clever; None for an unclosed quote."""
    records = Records(Dialect(","))
    rows: dict[int, tuple[str | None, ...]] = {}
    bad: set[int] = set()
    start = count = 0
    while (start := records.skip_blank(text, start, final=True)) < len(text):
        end = records.end(text, start, final=True)
        if end is None:
            return None
        cells = records.cells(records.strip_end(text[start:end]))
        try:
            row = tuple(None if cell is None else cell.decode() for cell in cells or ())
        except UnicodeDecodeError:
            row = ()
        if len(row) == width:
            rows[count] = row
        else:
            bad.add(count)
        start, count = end, count + 1
    return rows, bad


@settings(deadline=None, max_examples=400)
@given(width=WIDTHS, pieces=PIECES)
def test_whatever_is_clever_reads_like_what_is_simple(width: int, pieces: list[str]) -> None:
    text = "".join(pieces).encode("utf-8", "surrogatepass")
    form = DelimitedFormat(Dialect(","), [f"c{position}" for position in range(width)])
    expected = one_by_one(text, width)

    at_once = form.parse_clean(text)
    if at_once is not None:
        assert expected == (dict(enumerate(at_once.rows())), set())
    count = form.count(text)
    assert count is None or (expected is not None and count == sum(map(len, expected)))
    try:
        each = form.parse_each(text, final=True)
    except BrokenRecordError:
        assert expected is None
    else:
        rows = dict(zip(each.good, each.frame.rows(), strict=True))
        assert expected == (rows, {row.row for row in each.bad})
