"""Draws what was measured into the documentation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_IMAGES = Path(__file__).parent.parent / "docs" / "images"
COST_OF_A_ROW = _IMAGES / "cost_of_a_row.svg"
TIME_OF_WORKERS = _IMAGES / "time_of_workers.svg"


def draw(sizes: Sequence[int], costs: Mapping[str, Sequence[float]]) -> None:
    """Draw what one row costs over the number of rows.

    Args:
        sizes: The numbers of rows.
        costs: For each format the seconds of CPU that a row took, start included, by size.

    """
    chart = _chart(
        title="CPU of a row in validate",
        x_title="rows in the file",
        y_title="µs a row, start included",
        logarithmic=True,
        xrange=(sizes[0], sizes[-1]),
    )
    for name, seconds in costs.items():
        chart.add(name, [(rows, one * 1e6) for rows, one in zip(sizes, seconds, strict=True)])
    _write(chart, COST_OF_A_ROW)


def draw_workers(alone: float, shared: Mapping[int, float], cores: int, rows: int) -> None:
    """Draw how long `validate` takes over the number of workers.

    Args:
        alone: The seconds of one process without a cluster.
        shared: The seconds by the number of workers, the cluster's start included.
        cores: How many cores the machine has, beyond which nothing can get faster.
        rows: How many rows were judged.

    """
    counts = list(shared)
    chart = _chart(
        title=f"validate of {rows:,} rows on {cores} cores",
        x_title="workers",
        y_title="seconds, the cluster's start included",
        xrange=(counts[0], counts[-1]),
        range=(0, 1.1 * max(alone, *shared.values())),
        x_labels=counts,
    )
    first = shared[counts[0]]
    chart.add("workers of Dask", list(shared.items()))
    chart.add("one process, no cluster", [(count, alone) for count in counts])
    allowed = [(count, first / min(count, cores)) for count in counts]
    chart.add(f"one worker's time shared by {cores} cores", allowed)
    _write(chart, TIME_OF_WORKERS)


def _chart(**options: Any) -> Any:  # noqa: ANN401 - pygal has no types
    import pygal  # type: ignore[import-untyped]
    from pygal.style import CleanStyle  # type: ignore[import-untyped]

    style = CleanStyle(background="white", plot_background="white", font_family="sans-serif")
    return pygal.XY(style=style, js=(), height=360, **options)


def _write(chart: Any, place: Path) -> None:  # noqa: ANN401 - pygal has no types
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(chart.render(disable_xml_declaration=True).encode())
