"""The order of several files: as people count, and not as bytes compare."""

import re

_DIGITS = re.compile(r"([0-9]+)")


def natural(name: str) -> tuple[tuple[str, int, str], ...]:
    """Build a key that sorts `export-9` before `export-10`."""
    parts = _DIGITS.split(name)
    numbers = [*parts[1::2], ""]
    return tuple(
        (text, int(number or -1), number) for text, number in zip(parts[::2], numbers, strict=True)
    )
