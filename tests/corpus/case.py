"""What every part of the corpus is made of: takes rows, gives files and how they are named."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SEED = 20_260_901
HEADER = ("email", "name", "amount")
PEOPLE = (
    ("ada@x.co", "Ada", "12.5"),
    ("zoe@x.co", "Zoë", "7"),
    ("not an address", "Cy", "x"),
)


@dataclass(frozen=True)
class Case:
    """Files to be imported with one mapping.

    `given` are their names as a user gives them, all in order where it is left out; `-` stands for
    the content of `stdin`. `declared` is the mapping's `source`, `mapping` what else it says.
    A case that `grows` has a row written to its first file while that is read.
    """

    files: Mapping[str, bytes]
    given: Sequence[str] = ()
    declared: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    stdin: bytes = b""
    grows: bool = False


def text(
    rows: Iterable[Sequence[str]] = PEOPLE,
    *,
    header: Sequence[str] | None = HEADER,
    delimiter: str = ",",
    quote: str = '"',
    end: str = "\n",
    every_cell_quoted: bool = False,
) -> str:
    """Write delimited text; a cell is quoted where it has to be."""

    def written(cell: str) -> str:
        if every_cell_quoted or any(mark in cell for mark in (delimiter, quote, "\n", "\r")):
            return quote + cell.replace(quote, quote * 2) + quote
        return cell

    lines = [*([header] if header else []), *rows]
    return "".join(delimiter.join(map(written, line)) + end for line in lines)


def csv(content: str | bytes, encoding: str = "utf-8", **more: Any) -> Case:  # noqa: ANN401 - fields of Case
    """Return a case of one file called rows.csv."""
    data = content if isinstance(content, bytes) else content.encode(encoding)
    return Case({"rows.csv": data}, **more)
