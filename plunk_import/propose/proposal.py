"""A mapping for files that nobody has described yet, as commented YAML."""

import contextlib
import dataclasses
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from plunk_import.errors import OutputError, SettingsError, SourceError
from plunk_import.mapping import SourceOptions, check_event_name
from plunk_import.propose.consent import AskConsent, consent_candidates, surest
from plunk_import.propose.drafting import draft_of
from plunk_import.propose.encoding import EncodingGuess, guess_encoding
from plunk_import.propose.exports import known_export
from plunk_import.propose.identity import identity_of
from plunk_import.propose.kinds import habits_of
from plunk_import.propose.naming import Names
from plunk_import.propose.profile import PROFILED_ROWS, Profile, profile_of
from plunk_import.propose.roles import address_column, event_column
from plunk_import.propose.structure import Structure, event_of, where_of
from plunk_import.propose.yaml_text import yaml_of
from plunk_import.read import Source, header_line_of, open_source

MOST_COLUMNS = 5_000
"""Each costs 2 ms of CPU to look at, and a few lines that somebody must read."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")

__all__ = ["Proposal", "propose", "write_proposal"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping as YAML, and what its author should know before using it."""

    text: str
    notes: tuple[str, ...]


def propose(
    sources: str | Path | Sequence[str | Path],
    *,
    event: str | None = None,
    names: Names = "keep",
    options: SourceOptions | None = None,
    row_limit: int = PROFILED_ROWS,
    ask_consent: AskConsent | None = None,
) -> Proposal:
    """Propose a mapping for files, from their headers and their rows.

    Args:
        sources: The files, or patterns of files.
        event: The name of every row's event, or of the column that names them.
        names: How variables are called.
        options: How the files are to be read, where that cannot be found out.
        row_limit: How many rows to look at.
        ask_consent: Asked which column says who wants mail, where the file does not tell.

    Raises:
        SourceError: The files cannot be read, hold no addresses, or have over `MOST_COLUMNS`.
        SettingsError: No column names the events and `event` is not given.

    """
    paths = [sources] if isinstance(sources, str | Path) else list(sources)
    guess = guess_encoding(paths) if options is None else EncodingGuess()
    options = options or _options(paths, guess.encoding)
    source = open_source(paths, options)
    if _lacks_header(source) and all(Path(path).exists() for path in paths):
        columns = tuple(f"column_{n}" for n in range(1, len(source.columns) + 1))
        options = options.model_copy(update={"columns": columns})
        source = open_source(paths, options)
    _require_few_columns(source)
    profile = profile_of(source.batches(), source.schema, limit=row_limit)
    structure = _structure(source, profile, options, event, ask_consent)
    remarks = tuple(said for _, said in source.remarks)
    structure = dataclasses.replace(
        structure, encodings=guess.candidates, header_remarks=tuple(dict.fromkeys(remarks))
    )
    identity = identity_of(source, profile, structure)
    draft, notes = draft_of(profile, structure, identity, names=names)
    return Proposal(yaml_of(draft), notes)


def write_proposal(proposal: Proposal, path: str | Path) -> None:
    """Write a proposal to a file that does not exist yet; whole or not at all.

    Raises OutputError where the file exists or cannot be written.
    """
    target = Path(path)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        try:
            draft.write_text(proposal.text, encoding="utf-8")
            # A link is refused where the name is taken; a rename would take it away.
            os.link(draft, target)
        finally:
            draft.unlink(missing_ok=True)
    except FileExistsError as error:
        raise OutputError(
            f"{target}: there is such a file already, and it is never overwritten. "
            "Give another name, or move it away."
        ) from error
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror}).") from error


def _require_few_columns(source: Source) -> None:
    if (count := len(source.columns)) > MOST_COLUMNS:
        raise SourceError(
            f"{source.files[0]}: it has {count:,} columns, and a mapping is proposed for up to "
            f"{MOST_COLUMNS:,}. Leave out the columns that are not to be sent, or write the "
            "mapping by hand: it names only those that are."
        )


def _options(paths: Sequence[str | Path], encoding: str) -> SourceOptions:
    options = SourceOptions(encoding=encoding)
    line = header_line_of(paths, options)
    return options if line is None else options.model_copy(update={"header_line": line})


def _lacks_header(source: Source) -> bool:
    """Tell whether what should be the names of columns is the first row: it has an address."""
    return not source.typed and any(map(_ADDRESS.fullmatch, source.columns))


def _structure(
    source: Source,
    profile: Profile,
    options: SourceOptions,
    event: str | None,
    ask_consent: AskConsent | None,
) -> Structure:
    """Find the columns that make rows into events; raises what `propose` raises."""
    export = known_export(source.columns)
    habits = habits_of(profile)
    address = address_column(profile, export)
    if address is None:
        raise SourceError(_no_address(source, profile))
    if event is not None:
        with _as_setting():
            check_event_name(event)
    named = event_column(profile, export, habits)
    chosen = event_of(profile, export, named, event)
    if chosen is None:
        raise SettingsError(
            f"{source.files[0]}: no column names the events. Give one name for all rows with "
            "`--event NAME`, such as `--event order.placed`, or the column that names them."
        )
    candidates = consent_candidates(profile, export)
    consent = surest(candidates)
    if consent is None and candidates and ask_consent is not None:
        consent = ask_consent(candidates)
    where = where_of(profile, export, address, consent)
    return Structure(
        export, options, habits, address, chosen, consent, candidates, where, source.files
    )


@contextlib.contextmanager
def _as_setting() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise SettingsError(f"--event: {error}") from error


def _no_address(source: Source, profile: Profile) -> str:
    name = source.files[0]
    if not profile.rows:
        return f"{name}: none of its rows can be read. Is it the right file?"
    listed = ", ".join(f'"{column}"' for column in source.columns[:10])
    more = f" and {len(source.columns) - 10} more" if len(source.columns) > 10 else ""
    return (
        f"{name}: no column holds e-mail addresses, and every event needs one. It has {listed}"
        f"{more}. Export it with the addresses, or join them from another file."
    )
