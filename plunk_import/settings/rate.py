"""The rate that a run is to send at, as people write it."""

import math
from typing import Literal

from plunk_import.errors import SettingsError
from plunk_import.runtime import UNIT_SECONDS

Rate = float | Literal["auto", "unlimited"]
"""Requests per second, or how to find them."""


def parse_rate(text: str) -> Rate:
    """Read `auto`, `unlimited` or a rate such as `1000/min`, `100/s`, `5000/h`; per second.

    Raises:
        ValueError: with a sentence that says what is accepted.

    """
    wanted = text.strip().lower()
    if wanted == "auto":
        return "auto"
    if wanted == "unlimited":
        return "unlimited"
    count, slash, unit = wanted.partition("/")
    try:
        number = float(count.replace("_", "").replace(",", ""))
        seconds = UNIT_SECONDS[unit.strip()] if slash else 0
    except (ValueError, KeyError):
        seconds = 0
    if not seconds or not math.isfinite(number) or number <= 0:
        raise ValueError(
            f"{text!r} is not a rate: write auto, unlimited, or a number above zero with its "
            "unit, such as 1000/min, 100/s or 5000/h"
        )
    return number / seconds


def read_rate(text: str) -> Rate:
    """Read a rate as `parse_rate` does; SettingsError where it is none."""
    try:
        return parse_rate(text)
    except ValueError as error:
        raise SettingsError(f"{error}.") from error
