"""Numbers, times and values as short texts that people read."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup


def number(count: int) -> str:
    """Write `1234567` as `1,234,567`."""
    return f"{count:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Write `1 row`, `2 rows`; `many` where an s is not enough."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """Write a share of 0 to 1; neither `0%` for something nor `100%` for less than all."""
    if share in {0, 1}:
        return f"{share:.0%}"
    if share < 0.001:
        return "<0.1%"
    return f"{min(share, 0.999):.1%}"


def figure(amount: float) -> str:
    """Write an amount in three significant digits, or whole from 100 on."""
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:.3g}"


def moment(when: datetime) -> str:
    """Write a date and time in UTC, to the second."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(when: datetime) -> str:
    """Write the time of day in UTC, to the second."""
    return f"{when.astimezone(UTC):%H:%M:%S}"


def value(found: Any) -> str:  # noqa: ANN401  a setting may be of any kind
    """Write a setting's value: text as it is, a list by its parts, the rest as JSON."""
    if found is None:
        return "not set"
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, Mapping):
        return json.dumps(dict(found), ensure_ascii=False, default=str)
    if isinstance(found, Sequence) and not isinstance(found, str):
        return ", ".join(map(value, found)) or "none"
    return f"{found:g}" if isinstance(found, float) else str(found)


def short(text: str, length: int) -> str:
    """Cut `text` at `length` characters and say how many are left out."""
    left_out = len(text) - length
    if left_out <= 0:
        return text
    return f"{text[:length]}… (and {plural(left_out, 'more character', 'more characters')})"


def prose(text: str) -> "Markup":
    """Write a sentence as HTML, what stands in `backticks` as code, all else as text."""
    from markupsafe import Markup, escape

    marked = re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    return Markup(marked)  # noqa: S704  escaped above
