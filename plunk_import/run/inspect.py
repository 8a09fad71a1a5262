"""The public function that tells what an import would do, from the rows alone."""

import dataclasses
import functools
from collections.abc import AsyncIterable
from pathlib import Path

from plunk_import.report import Report
from plunk_import.run.arguments import checked
from plunk_import.run.blocking import run_blocking
from plunk_import.run.first_look import WorkersOf, directory_without_run, validated
from plunk_import.run.reporting import report_of_validation, write_report
from plunk_import.run.sources import Sources, as_files, awaited_as_files
from plunk_import.runtime import Runtime, in_thread
from plunk_import.settings import read_rate
from plunk_import.storage import RunDirectory
from plunk_import.validate import Files, MappingLike


@checked
def validate_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    name: str = "rows",
    directory: str | Path | None = None,
    show: int = 0,
    limit: int | None = None,
    allow_empty: bool = False,
    rate: str = "auto",
    strict: bool = False,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Judge every row by the server's own rules; send nothing, need no key and no network.

    Args:
        sources: One file or several, or rows: what `import_file` takes.
        mapping: The path of a mapping file, or the mapping itself.
        name: What messages and files call rows that are no file.
        directory: Takes `rejects.csv` and the report; by default a new one under `runs/`.
        show: Keep so many bodies in the report, as they would be sent.
        limit: Look at the first rows only.
        allow_empty: A source without rows is well; otherwise it is a SourceError.
        rate: The pace to estimate the time for, such as `1000/min`.
        strict: Warnings count in the exit code.
        show_addresses: Leave addresses readable in `report.html`.
        runtime: Clock, progress, and how to stop from outside.

    Returns:
        What an import would do. The same is in the directory's `report.json`.

    Raises:
        MappingError: The mapping cannot be used.
        SourceError: A file cannot be read as a whole.
        SettingsError: The rate is none.
        RunDirectoryError: The directory holds a run, or something else.
        OutputError: The directory cannot be written.

    """
    options = _Validation(show, limit, allow_empty, rate, strict, show_addresses)
    if isinstance(sources, AsyncIterable):
        work = functools.partial(
            _avalidate, sources, mapping, options, name=name, directory=directory, runtime=runtime
        )
        return run_blocking(work, name="validate_file")
    runtime = runtime or Runtime()
    with directory_without_run(directory, sources, runtime, name=name) as place:
        return _validate(as_files(sources, place, name=name), mapping, place, runtime, options)


@checked
async def avalidate_file(
    sources: Sources,
    mapping: MappingLike,
    *,
    name: str = "rows",
    directory: str | Path | None = None,
    show: int = 0,
    limit: int | None = None,
    allow_empty: bool = False,
    rate: str = "auto",
    strict: bool = False,
    show_addresses: bool = False,
    runtime: Runtime | None = None,
) -> Report:
    """Judge every row by the server's own rules: `validate_file` for async programs."""
    options = _Validation(show, limit, allow_empty, rate, strict, show_addresses)
    return await _avalidate(
        sources, mapping, options, name=name, directory=directory, runtime=runtime
    )


def validate_in_parts(
    sources: Files,
    mapping: MappingLike,
    *,
    workers_of: WorkersOf,
    directory: str | Path | None,
    show: int,
    allow_empty: bool,
    rate: str,
    strict: bool,
    show_addresses: bool,
    runtime: Runtime,
) -> Report:
    """Judge every row as `validate_file` does, by workers who take the source in parts.

    `workers_of` gives those who work on a job. The other arguments, the result and the errors are
    those of `validate_file`.
    """
    options = _Validation(show, None, allow_empty, rate, strict, show_addresses, workers_of)
    with directory_without_run(directory, sources, runtime, name="rows") as place:
        return _validate(sources, mapping, place, runtime, options)


@dataclasses.dataclass(frozen=True, slots=True)
class _Validation:
    """What `validate_file` is asked for, beside what it is to look at."""

    show: int
    limit: int | None
    allow_empty: bool
    rate: str
    strict: bool
    show_addresses: bool
    workers_of: "WorkersOf | None" = None

    @property
    def settings(self) -> dict[str, object]:
        return {"rate": self.rate, "strict": self.strict}

    def __post_init__(self) -> None:
        read_rate(self.rate)


async def _avalidate(
    sources: Sources,
    mapping: MappingLike,
    options: _Validation,
    *,
    name: str,
    directory: str | Path | None,
    runtime: Runtime | None,
) -> Report:
    runtime = runtime or Runtime()
    with directory_without_run(directory, sources, runtime, name=name) as place:
        files = await awaited_as_files(sources, place, name=name)
        return await in_thread(_validate, files, mapping, place, runtime, options)


def _validate(
    files: Files, mapping: MappingLike, place: RunDirectory, runtime: Runtime, options: _Validation
) -> Report:
    started = runtime.clock.wall()
    found = validated(
        files,
        mapping,
        place,
        runtime,
        show=options.show,
        limit=options.limit,
        allow_empty=options.allow_empty,
        workers_of=options.workers_of,
    )
    report = report_of_validation(
        found.job,
        found.plan,
        place,
        (started, runtime.clock.wall()),
        target_rate=read_rate(options.rate),
        settings=options.settings,
    )
    write_report(place, report, show_addresses=options.show_addresses)
    return report
