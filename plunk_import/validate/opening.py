"""Opens what is to be imported: files, and the mapping compiled for their columns."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from plunk_import.errors import MappingError, Problem, SourceError
from plunk_import.mapping import LoadedMapping, Mapping as MappingModel, load_mapping, mapping_from
from plunk_import.read import Place, open_source
from plunk_import.validate.compile import compile_mapping, nothing_to_compile
from plunk_import.validate.job import Job

Files = str | Path | Sequence[str | Path | Place]
MappingLike = str | Path | Mapping[str, Any] | MappingModel | LoadedMapping


def open_job(
    sources: Files,
    mapping: MappingLike,
    *,
    spool: Path | None = None,
    limit: int | None = None,
    allow_empty: bool = False,
) -> Job:
    """Open the source and compile the mapping for it; nothing is read beyond what that needs.

    Args:
        sources: Files, globs or "-" for standard input.
        mapping: A mapping file, or what such a file holds.
        spool: Where sources that cannot be read twice are copied to.
        limit: Only the first so many rows are to take part; None for all.
        allow_empty: Let the source have no rows, and not even columns.

    Raises:
        MappingError: With every problem of the mapping at once.
        SourceError: The source cannot be opened.

    """
    loaded = _loaded(mapping)
    source = open_source(
        _paths(sources), loaded.mapping.source, spool=spool, allow_empty=allow_empty
    )
    if not source.columns:
        return Job(loaded, source, nothing_to_compile(loaded), limit)
    return Job(loaded, source, compile_mapping(loaded, source.schema, json=source.json), limit)


def name_of(sources: Files) -> str:
    """Name what is imported after its first file, or the rows, without endings.

    What a shell reads otherwise, as the stars of a pattern, is left out: directories get this name.
    """
    given = _paths(sources)[0]
    first = given.name if isinstance(given, Place) else str(given)
    stem = "stdin" if first == "-" else Path(first).name.split(".")[0]
    return re.sub(r"[^\w-]+", "-", stem).strip("-") or "rows"


def _paths(sources: Files) -> list[str | Path | Place]:
    paths: list[str | Path | Place] = []
    paths += [sources] if isinstance(sources, str | Path) else sources
    if not paths:
        raise SourceError("There is no file to read: the list of sources is empty.")
    return paths


def _loaded(mapping: MappingLike) -> LoadedMapping:
    if isinstance(mapping, LoadedMapping):
        return mapping
    if isinstance(mapping, str | Path):
        return load_mapping(mapping)
    _require_mapping(mapping)
    return mapping_from(mapping)


def _require_mapping(given: object) -> None:
    if not isinstance(given, MappingModel | Mapping):
        kind = f"is of type {type(given).__name__}: give the path of a mapping file, or a dict"
        raise MappingError((Problem("mapping", None, "", kind),))
