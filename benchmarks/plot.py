"""Draws, from what files of growing size cost, the cost of a row into the documentation."""

from collections.abc import Sequence
from pathlib import Path

PICTURE = Path(__file__).parent.parent / "docs" / "images" / "cost_of_a_row.svg"


def draw(sizes: Sequence[int], seconds: Sequence[float]) -> None:
    """Draw microseconds a row over the number of rows, beyond what an almost empty file costs."""
    import pygal  # type: ignore[import-untyped]
    from pygal.style import CleanStyle  # type: ignore[import-untyped]

    style = CleanStyle(background="white", plot_background="white", font_family="sans-serif")
    chart = pygal.XY(
        style=style,
        title="Cost of a row in validate",
        x_title="rows in the file",
        y_title="µs a row, start included",
        show_legend=False,
        logarithmic=True,
        xrange=(sizes[0], sizes[-1]),
        js=(),
        height=360,
    )
    chart.add(
        "µs a row",
        [(rows, taken / rows * 1e6) for rows, taken in zip(sizes, seconds, strict=True)],
    )
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_bytes(chart.render(disable_xml_declaration=True).encode())
