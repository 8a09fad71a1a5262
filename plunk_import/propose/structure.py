"""What makes rows into events: the event's name, the filter, the source's settings."""

from dataclasses import dataclass

from plunk_import.mapping import SourceOptions
from plunk_import.propose.consent import Consent, ConsentCandidate
from plunk_import.propose.exports import Export
from plunk_import.propose.kinds import SLIPS_IN, Habits
from plunk_import.propose.profile import ColumnProfile, Profile
from plunk_import.propose.sql_text import identifier
from plunk_import.read import EncodingCandidate

_BOUNCED = ("cleaned", "bounced", "hard bounced", "invalid", "complained")


@dataclass(frozen=True, slots=True)
class EventChoice:
    """Where the event's name comes from: exactly one of column, sql and const."""

    column: str | None = None
    sql: str | None = None
    const: str | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """The SQL condition of the rows to send, and why."""

    sql: str
    remark: str


@dataclass(frozen=True, slots=True)
class Structure:
    """Everything that is decided before the variables are."""

    export: Export | None
    options: SourceOptions
    habits: Habits
    address: ColumnProfile
    event: EventChoice
    consent: Consent | None
    candidates: tuple[ConsentCandidate, ...]
    where: Filter | None
    files: tuple[str, ...]
    encodings: tuple[EncodingCandidate, ...] = ()
    header_remarks: tuple[str, ...] = ()

    @property
    def is_audience(self) -> bool:
        """Whether each contact has one row, so that a row describes a person."""
        if self.export is not None and self.export.keeps is not None:
            return False
        has_one_event = self.event.column is None and self.event.sql is None
        address = self.address
        return has_one_event and address.distinct * SLIPS_IN >= address.filled * (SLIPS_IN - 1)


def event_of(
    profile: Profile, export: Export | None, named: ColumnProfile | None, given: str | None
) -> EventChoice | None:
    """Choose the event: as given, else as the export has it, else by its column; None for none."""
    if given is not None and given in profile:
        return EventChoice(column=given, remark="The column that you named.")
    if given is not None:
        return EventChoice(const=given, remark="One name for every row.")
    if export is not None and export.event is not None:
        return EventChoice(sql=export.event, remark=export.event_remark)
    if export is not None and export.event_name is not None:
        return EventChoice(const=export.event_name, remark=export.event_remark)
    return EventChoice(column=named.name) if named is not None else None


def where_of(
    profile: Profile, export: Export | None, address: ColumnProfile, consent: Consent | None
) -> Filter | None:
    """Choose which rows to send: all, but for those that could never be events.

    A few empty addresses are slips, and rejected so that someone sees them; many are rows of
    nobody, such as visitors who never signed in.
    """
    if export is not None and export.where is not None:
        return Filter(export.where, export.where_remark)
    if consent is not None and (bounced := _bounced(profile, consent)):
        state = f"COALESCE({identifier(consent.column)}, '')"
        sql = " AND ".join(f"{state} <> '{word}'" for word in bounced)
        return Filter(sql, "Mail to these addresses came back: writing to them harms your name.")
    if address.empty * SLIPS_IN > address.rows:
        sql = f"{identifier(address.name)} <> ''"
        remark = f"{address.empty:,} of {address.rows:,} rows have no address."
        return Filter(sql, remark)
    return None


def _bounced(profile: Profile, consent: Consent) -> list[str]:
    values = profile[consent.column].values or {}
    return [word for word in values if word.lower() in _BOUNCED]
