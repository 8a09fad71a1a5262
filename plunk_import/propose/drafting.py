"""The draft of a mapping: its lines, and the notes for its author."""

from collections.abc import Iterator

import polars as pl
from polars._typing import PolarsDataType

from plunk_import.propose.consent_lines import consent_line, open_line
from plunk_import.propose.identity import Identity
from plunk_import.propose.kinds import Kind, cells_filled, kind_of
from plunk_import.propose.naming import Namer, Names
from plunk_import.propose.profile import COUNTED_VALUES, ColumnProfile, Profile
from plunk_import.propose.roles import is_one_shot, is_sensitive, moment_column
from plunk_import.propose.source_lines import guesses_of, id_line, source_line
from plunk_import.propose.sql_text import identifier
from plunk_import.propose.structure import Structure
from plunk_import.propose.yaml_text import Draft, Line, Setting, sample_shown
from plunk_import.read import unread_type

_LONGEST_NAME = 100


def draft_of(
    profile: Profile, structure: Structure, identity: Identity | None, *, names: Names
) -> tuple[Draft, tuple[str, ...]]:
    """Draft a mapping; the notes say what a person should look at."""
    drafter = _Drafter(profile, structure, identity, names)
    return drafter.draft(), tuple(drafter.notes())


class _Drafter:
    """Works the lines out, one column after the other."""

    def __init__(
        self, profile: Profile, structure: Structure, identity: Identity | None, names: Names
    ) -> None:
        self._profile = profile
        self._structure = structure
        self._identity = identity
        self._export = structure.export
        others = self._export.other_names if self._export is not None else {}
        self._namer = Namer(names, others)
        self._kinds = {column.name: kind_of(column, structure.habits) for column in profile.columns}
        self._readings = self._export.readings if self._export is not None else {}
        self._kinds |= {
            name: Kind(reading.type, reading.format)
            for name, reading in self._readings.items()
            if name in self._kinds
        }
        moment = moment_column(profile, self._export, self._kinds)
        self._moment = None if structure.is_audience or moment is None else moment.name
        self._contact: list[Line] = []
        self._once: list[Line] = []
        self._left_out: list[Line] = []
        for column in profile.columns:
            self._place(column)

    def draft(self) -> Draft:
        """Assemble the parts of the mapping."""
        return Draft(
            opening=tuple(self._opening()),
            fields=tuple(self._fields()),
            contact=tuple(self._contact),
            once=tuple(self._once),
            left_out=tuple(self._left_out),
        )

    def notes(self) -> Iterator[str]:
        """Say what was recognised and what wants a look."""
        if self._export is not None:
            yield f"Recognised as an export of {self._export.title}."
        yield from guesses_of(self._structure)
        if self._structure.consent is None:
            yield (
                "Which column says who wants mail is yours to say: see `subscribed` in the "
                "mapping. Left out, new contacts become subscribed."
            )
        if self._moment is None and not self._structure.is_audience:
            yield "No column says when an event happened: Plunk stamps it when it arrives."
        if self._identity is None or self._identity.flaw is not None:
            yield "No column is proven to identify a row: see `id` in the mapping."
        unsure = [name for name, kind in self._kinds.items() if kind.type is None and kind.remarks]
        if unsure:
            yield f"Sent as text until you decide: {', '.join(unsure)}."
        if self._left_out:
            count = len(self._left_out)
            yield f"{count} column{'s are' if count > 1 else ' is'} left out, each with its reason."
        if not self._profile.is_whole:
            yield f"Only the first {self._profile.rows:,} rows were looked at."

    def _opening(self) -> Iterator[str]:
        yield f"Proposed by `plunk-import init` for {', '.join(self._structure.files[:3])}"
        extent = "all" if self._profile.is_whole else "the first"
        yield f"from {extent} {self._profile.rows:,} rows. Read it through before you use it."
        yield "Behind each column: a sample, how many cells are empty, how many values differ."
        if self._export is not None:
            yield ""
            yield f"This is an export of {self._export.title}."
            yield from self._export.advice

    def _fields(self) -> Iterator[Line]:
        structure = self._structure
        line = source_line(structure)
        if line is not None:
            yield line
        if structure.where is not None:
            yield Line("where", {"sql": structure.where.sql}, remarks=(structure.where.remark,))
        yield id_line(self._identity)
        yield Line(
            "email", {"column": structure.address.name}, aside=self._counts(structure.address)
        )
        yield self._event_line()
        yield self._subscribed_line()

    def _event_line(self) -> Line:
        event = self._structure.event
        remarks = (event.remark,) if event.remark else ()
        if event.column is not None:
            column = self._profile[event.column]
            return Line("event", {"column": column.name}, self._counts(column), remarks)
        if event.sql is not None:
            return Line("event", {"sql": event.sql}, remarks=remarks)
        return Line("event", {"const": event.const or ""}, remarks=remarks)

    def _subscribed_line(self) -> Line:
        consent = self._structure.consent
        if consent is None:
            return open_line(self._structure.candidates)
        return consent_line(consent, self._counts(self._profile[consent.column]))

    def _place(self, column: ColumnProfile) -> None:
        structure = self._structure
        consent = structure.consent.column if structure.consent is not None else None
        if column.name in (structure.address.name, structure.event.column, consent):
            return
        reason = self._reason_to_leave_out(column)
        if reason is not None and not _may_be_named(column.name):
            self._left_out.append(Line("column", {"column": column.name}, left_out=reason))
            return
        name, renaming = self._namer.name(column.name[:_LONGEST_NAME])
        if reason is not None:
            aside = self._counts(column) if column.filled and not is_sensitive(column) else ""
            self._left_out.append(Line(name, {"column": column.name}, aside=aside, left_out=reason))
            return
        is_once = self._is_once(column) and name != "locale"
        line = self._variable(column, name, renaming, is_once=is_once)
        (self._once if is_once else self._contact).append(line)

    def _variable(
        self, column: ColumnProfile, name: str, renaming: str | None, *, is_once: bool
    ) -> Line:
        reading = self._readings.get(column.name)
        kind = self._kind(column, name)
        remarks = [reading.remark] if reading is not None else list(kind.remarks)
        if renaming is not None:
            remarks.insert(0, f"{renaming}.")
        if column.name == self._moment:
            remarks.insert(0, "Plunk stamps an event when it arrives; this keeps when it happened.")
        settings: dict[str, Setting] = {"column": column.name}
        if reading is not None and reading.sql is not None:
            settings = {"sql": reading.sql}
        elif reading is None and self._is_protected(column):
            settings = {"sql": f"LTRIM({identifier(column.name)}, '''')"}
            remarks.append("An apostrophe protects it from spreadsheets; it is taken off.")
        settings |= kind.settings
        if is_once:
            settings["persistent"] = False
        return Line(name, settings, self._counts(column), tuple(remarks))

    def _kind(self, column: ColumnProfile, name: str) -> Kind:
        if name == "locale":
            return Kind() if column.is_text else Kind("string")
        if self._export is not None and column.name in self._export.labels:
            return Kind()
        if column.name not in self._readings and self._is_protected(column):
            return Kind()
        return self._kinds[column.name]

    def _is_once(self, column: ColumnProfile) -> bool:
        if column.name == self._moment:
            return True
        if self._export is not None and self._export.keeps is not None:
            return column.name not in self._export.keeps
        return is_one_shot(
            column, self._kinds[column.name], is_audience=self._structure.is_audience
        )

    def _is_protected(self, column: ColumnProfile) -> bool:
        if column.fits.get("protected", 0) * 2 <= column.filled or not column.filled:
            return False
        try:
            return pl.sql_expr(identifier(column.name)).meta.root_names() == [column.name]
        except pl.exceptions.PolarsError:
            return False

    def _reason_to_leave_out(self, column: ColumnProfile) -> str | None:
        if not _may_be_named(column.name):
            return "a mapping cannot name this column: give it a name in the file"
        if not _is_sendable(column.dtype):
            return _UNSENDABLE.get(column.dtype, f"{column.dtype} is not JSON")
        if not column.filled:
            return "empty in every row"
        if (secret := is_sensitive(column)) is not None:
            return f"{secret}: it should not leave your system"
        if self._export is not None and column.name in self._export.left_out:
            return self._export.left_out[column.name]
        if column.distinct == 1 and not column.empty and column.rows > 1:
            return "the same in every row"
        return None

    def _counts(self, column: ColumnProfile) -> str:
        habits = self._structure.habits
        empty = column.rows - cells_filled(column, habits)
        words = [word for word in habits.null_words if column.null_words.get(word)]
        sample = next((cell for cell in column.samples if cell not in words), None)
        shown = "" if sample is None else f"{sample_shown(sample)}; "
        count = f"{column.distinct - len(words):,}" if column.is_exact else _MANY
        return f"{shown}{empty:,} empty, {count} different"


_MANY = f"over {COUNTED_VALUES:,}"


_UNSENDABLE: dict[pl.DataType, str] = {
    pl.Binary(): "bytes are not JSON; `type: string` sends them as a UUID or hexadecimal digits"
}


def _may_be_named(column: str) -> bool:
    return bool(column.strip()) and "\0" not in column


def _is_sendable(dtype: PolarsDataType) -> bool:
    match dtype:
        case pl.DataType() if unread_type(dtype):
            return False
        case pl.List(inner=inner) | pl.Array(inner=inner):
            return _is_sendable(inner)
        case pl.Struct(fields=fields):
            return all(_is_sendable(one.dtype) for one in fields)
    return dtype not in (pl.Binary, pl.Object, pl.Unknown)
