"""Draws, from what files of growing size cost, the cost of a row into the documentation."""

from collections.abc import Mapping, Sequence
from pathlib import Path

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "cost_of_a_row.svg"


def draw(sizes: Sequence[int], costs: Mapping[str, Sequence[float]]) -> None:
    """Draw what one row costs over the number of rows.

    Args:
        sizes: The numbers of rows.
        costs: For each format the seconds of CPU that a row took, start included, by size.

    """
    import pygal  # type: ignore[import-untyped]
    from pygal.style import CleanStyle  # type: ignore[import-untyped]

    style = CleanStyle(background="white", plot_background="white", font_family="sans-serif")
    chart = pygal.XY(
        style=style,
        title="CPU of a row in validate",
        x_title="rows in the file",
        y_title="µs a row, start included",
        logarithmic=True,
        xrange=(sizes[0], sizes[-1]),
        js=(),
        height=360,
    )
    for name, seconds in costs.items():
        chart.add(name, [(rows, one * 1e6) for rows, one in zip(sizes, seconds, strict=True)])
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(chart.render(disable_xml_declaration=True).encode())
