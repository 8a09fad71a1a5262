"""The values of options, as people write them on a command line."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from plunk_import.runtime import next_moment, seconds_of

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from plunk_import.settings import Shard


class DirectoryPath(click.Path):
    """A path that shells complete with directories; what stands there is checked elsewhere."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click's signature
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Let the shell look for directories."""
        return [CompletionItem(incomplete, type="dir")]


@contextlib.contextmanager
def _usage_errors() -> Iterator[None]:
    """Let click say which option holds the wrong value."""
    try:
        yield
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def duration(text: str) -> float:
    """Read a time such as `90s`, `10m` or `5h`, in seconds."""
    with _usage_errors():
        return seconds_of(text)


def moment(text: str) -> "datetime":
    """Read a date and time, or a time of day: the next time that the clock shows it here."""
    with _usage_errors():
        return next_moment(text)


def key_lifetime(text: str) -> "timedelta":
    """Read how long a server knows a key, such as `48h`."""
    from plunk_import.settings import parse_key_lifetime

    with _usage_errors():
        return parse_key_lifetime(text)


def rate(text: str) -> str:
    """Check a pace such as `100/s`, `auto` or `unlimited`, and keep it as it is written."""
    from plunk_import.settings import parse_rate

    with _usage_errors():
        parse_rate(text)
    return text


def share(text: str) -> float:
    """Read `50%` as a share, a number between 0 and 1."""
    number = rows_or_share(text) if text.endswith("%") else 0
    if not number:
        raise click.BadParameter("write a share above 0% and below 100%, such as 50%")
    return number


def shard(text: str) -> "Shard":
    """Read a shard such as `2/4`."""
    from plunk_import.settings import parse_shard

    with _usage_errors():
        return parse_shard(text)


def many_rows(text: str) -> int:
    """Read a number of rows such as `200000`, `1_000_000` or `1e9`."""
    try:
        number = float(text.replace(",", ""))
        rows = int(number)  # neither infinite nor NaN
    except (ValueError, OverflowError):
        rows = number = 0
    if rows < 1 or rows != number:
        raise click.BadParameter("write a number of rows, such as 200000, 1_000_000 or 1e9")
    return rows


def rows_or_share(text: str) -> float:
    """Read `50` as a number of rows, and `2%` as a share of them: a number below 1."""
    try:
        number = float(text.removesuffix("%"))
        int(number)  # neither infinite nor NaN
    except (ValueError, OverflowError):
        raise click.BadParameter("write 50 for rows or 2% for a share of them") from None
    if text.endswith("%"):
        if not 0 <= number < 100:
            raise click.BadParameter("a share is at least 0% and below 100%")
        return number / 100
    if number != int(number) or number < 0:
        raise click.BadParameter("rows are whole: write 50, or 2% for a share")
    return number
