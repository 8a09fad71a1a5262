"""Tables of wild cells, as hypothesis draws them, in each kind of file."""

import csv
import dataclasses
import io
import json
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter

from tests.wild import DOCUMENTS, MOMENTS, NUMBERS, WILD

VARIABLES = 4
_TAKEN = {"", "email", "event"}
ADDRESSES = st.sampled_from(["ada@x.co", " Ada@X.co\t", "bob@x.co", "cy@x.co"])
EVENTS = st.sampled_from(["paid", " paid", "é\tä", 'say "x"', "😀"])
TEXTS = st.one_of(
    WILD,
    st.text(st.sampled_from("a,;\t|\"'\n\r\\ \u2028\ufeff{}[]0"), max_size=8),
    NUMBERS.map(lambda text: text or ""),
    MOMENTS.map(lambda text: text or ""),
    DOCUMENTS.map(lambda text: text or ""),
    st.sampled_from(["NULL", "N/A", "true", "=1+1", "007", "1e5", "-", "\\N", "\0", "C:\\new"]),
)
NAMES = WILD.filter(lambda name: name.strip() and "\0" not in name)


@dataclasses.dataclass(frozen=True, repr=False)
class Table:
    """What a file of wild rows holds, and how to say so in a mapping.

    Attributes:
        content: The bytes of the file.
        names: The columns of the variables `v0`, `v1`, …
        rows: The rows as another library reads them from the bytes: a value for each column,
            None where there is none.
        source: What the mapping has to say of the file.
        ending: The ending of the file's name.
    """

    content: bytes
    names: Sequence[str]
    rows: Sequence[Mapping[str, Any]]
    source: Mapping[str, Any]
    ending: str

    def __repr__(self) -> str:
        """Show what fits on a screen: whole tables are too large for a report of failure."""
        return f"Table({self.ending}, {self.source}, {self.names}, {reprlib.repr(self.rows)})"

    def _repr_pretty_(self, printer: RepresentationPrinter, *_: object) -> None:
        """Have hypothesis show the same: it warns of more, in place of what went wrong."""
        printer.text(repr(self))

    def write(self, folder: Path) -> Path:
        path = folder / f"rows.{self.ending}"
        path.write_bytes(self.content)
        return path


def names_of_columns() -> st.SearchStrategy[list[str]]:
    """Draw the names of the variables' columns."""
    return st.lists(
        NAMES.filter(lambda name: name not in _TAKEN),
        min_size=VARIABLES,
        max_size=VARIABLES,
        unique=True,
    )


@st.composite
def csv_tables(draw: st.DrawFn) -> Table:
    """Draw a CSV file in one of the forms that there are."""
    names = draw(names_of_columns())
    record = st.tuples(ADDRESSES, EVENTS, *[TEXTS] * VARIABLES)
    records = [["email", "event", *names], *draw(st.lists(record, min_size=1, max_size=30))]
    has_returns = any("\r" in cell for record in records for cell in record)
    form: dict[str, Any] = {
        "delimiter": draw(st.sampled_from(",;\t|")),
        "quotechar": draw(st.sampled_from("\"'")),
        # Python's reader takes a bare return for the end of a line.
        "quoting": csv.QUOTE_ALL if has_returns else draw(st.sampled_from([0, 1])),
    }
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]))
    text = io.StringIO(newline="")
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    csv.writer(text, lineterminator=line_end, **form).writerows(records)
    content = text.getvalue().encode(encoding)
    back = csv.reader(io.StringIO(content.decode(encoding), newline=""), **form)
    header = next(back)
    return Table(
        content,
        names,
        [dict(zip(header, cells, strict=True)) for cells in back],
        {"delimiter": form["delimiter"], "quote": form["quotechar"], "encoding": encoding},
        "csv",
    )


_SPELLED = st.sampled_from(
    [
        *("0", "-0", "-0.0", "1E22", "1e3", "0e1", "1e-400", "1e400", "-1.7976931348623157e308"),
        *("9007199254740992", "9007199254740993", "-9007199254740993", "1" * 30, "0.1", "1.50"),
        *("true", "false", "null", '""', '"true"', '"1"', '"C:\\\\new"', '"\\u0041"', '"\\/"'),
        *('"\\ud83d\\ude00"', '"\\ud83d"', '"\\u0000"', '"\\ufffe"', '"\u2028"', '"\x7f"'),
        *("[]", "{}", '[null,1,"1",{}]', "[ 1 , 2.0 ]", '{"a":1,"a":2}', '{"__proto__":1}'),
        *('{"\\ud800":1}', '{"a":{"b":[{"c":null}]}}', '{"b":[9007199254740993]}', '[""]'),
    ]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@st.composite
def _spelled(draw: st.DrawFn) -> str:
    """Draw the JSON of a value, written as some program would."""
    if draw(st.booleans()):
        return draw(_SPELLED)
    text = json.dumps(
        draw(_VALUES),
        ensure_ascii=draw(st.booleans()),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": ")])),
    )
    return text.replace("Infinity", "1e999")


@st.composite
def json_tables(draw: st.DrawFn) -> Table:
    """Draw a file of JSON lines or a JSON list, whose records need not have all keys."""
    names = draw(names_of_columns())
    # Most columns are of one kind, as far as that goes.
    kinds = [
        draw(
            st.sampled_from(
                [
                    _spelled(),
                    st.integers(-(2**54), 2**54).map(str),
                    st.floats(allow_nan=False, allow_infinity=False).map(repr),
                    TEXTS.map(json.dumps),
                    st.sampled_from(["true", "false"]),
                ]
            )
            | st.just(_spelled())
        )
        for _ in names
    ]
    lines = [_record(draw, names, kinds, is_first=n == 0) for n in range(draw(st.integers(1, 30)))]
    is_list = draw(st.booleans())
    text = f"[{', '.join(lines)}]" if is_list else "\n".join(lines)
    content = text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig"])), "surrogatepass")
    return Table(content, names, list(map(json.loads, lines)), {}, "json" if is_list else "ndjson")


def _record(
    draw: st.DrawFn,
    names: Sequence[str],
    kinds: Sequence[st.SearchStrategy[str]],
    *,
    is_first: bool,
) -> str:
    members = [("email", json.dumps(draw(ADDRESSES))), ("event", json.dumps(draw(EVENTS)))]
    for name, kind in zip(names, kinds, strict=True):
        if is_first:
            members.append((name, "null"))  # a file of which no record can be read is refused
        elif draw(st.integers(0, 4)):
            members.append((name, draw(st.just("null") | kind | kind | kind)))
    shuffled = draw(st.permutations(members))
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in shuffled) + "}"
