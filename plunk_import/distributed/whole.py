"""The shards of an import put together, with how each of them ended."""

import dataclasses
import itertools
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from plunk_import.distributed.shard_task import ShardEnd, directory_of
from plunk_import.errors import ExitCode, StoppedError
from plunk_import.run import merge, write_report
from plunk_import.runtime import Stop
from plunk_import.storage import RunDirectory

if TYPE_CHECKING:
    from plunk_import.report import Report
    from plunk_import.runtime import Runtime

_WEIGHTIEST_FIRST = (
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
    ExitCode.STOPPED,
    ExitCode.CANNOT_START,
    ExitCode.TIME_IS_UP,
)


def report_of_whole(
    place: Path,
    ends: Sequence[ShardEnd],
    times: tuple[datetime, datetime],
    runtime: "Runtime",
    *,
    show_addresses: bool,
) -> "Report":
    """Merge what the shards have left, and say how they ended.

    Args:
        place: The import's directory; the files go to a new one in it.
        ends: How each shard ended.
        times: When the import began and ended.
        runtime: Clock and progress.
        show_addresses: Leave addresses readable in `report.html`.

    Raises:
        StoppedError: No shard has begun.

    """
    directories = [directory_of(place, end.shard) for end in ends]
    begun = [directory for directory in directories if RunDirectory(directory).holds_run]
    if not begun:
        raise StoppedError("\n".join(_told(ends)), _exit_code(ends) or ExitCode.CANNOT_START)
    directory = RunDirectory(_new_directory(place))
    # A stop ended the shards, and their files are written all the same; the page comes last.
    unstopped = dataclasses.replace(runtime, writes_page=False, stop=Stop())
    merged = merge(begun, directory=directory.path, runtime=unstopped)
    changes: dict[str, object] = {"notes": (*merged.notes, *_told(ends)), "started": times[0]}
    if (code := _exit_code(ends)) is not None:
        has_sent = merged.books.delivered or merged.books.in_doubt
        is_start = code is ExitCode.CANNOT_START and has_sent
        changes |= {"exit_code": ExitCode.STOPPED if is_start else code, "reason": _reason(ends)}
    report = merged.model_copy(update=changes)
    write_report(directory, report, show_addresses=show_addresses, writes_page=runtime.writes_page)
    return report


def _new_directory(place: Path) -> Path:
    """Name a directory for merged files: those of earlier commands may be in somebody's hands."""
    names = ("merged" if number == 1 else f"merged-{number}" for number in itertools.count(1))
    return next(place / name for name in names if not (place / name).exists())


def _exit_code(ends: Sequence[ShardEnd]) -> ExitCode | None:
    codes = {end.exit_code for end in ends}
    return next((code for code in _WEIGHTIEST_FIRST if code in codes), None)


def _reason(ends: Sequence[ShardEnd]) -> str:
    return "; ".join(dict.fromkeys(end.message for end in ends if end.message))


def _told(ends: Sequence[ShardEnd]) -> list[str]:
    return [f"shard {end.shard}: {end.message}" for end in ends if end.message]
