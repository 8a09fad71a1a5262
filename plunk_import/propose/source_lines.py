"""The lines of a proposed mapping that say how rows are read and known."""

from collections.abc import Iterator

from plunk_import.propose.encoding import alternatives
from plunk_import.propose.identity import Identity
from plunk_import.propose.structure import Structure
from plunk_import.propose.yaml_text import Line, Setting

_MOST_REMARKS = 5


def guesses_of(structure: Structure) -> Iterator[str]:
    """Say what of the file's form was guessed: a wrong guess would spoil every row."""
    if structure.options.columns and not structure.options.header:
        yield "The first line holds an address, so it is taken for a row: name the columns."
    if structure.options.header_line:
        yield "What stands above this line is taken for a title: see whether this is the header."
    for said in structure.header_remarks[:_MOST_REMARKS]:
        yield f"{said[0].upper()}{said[1:]}."
    if structure.encodings:
        shown = alternatives(structure.encodings)
        yield f"This is not UTF-8. See which words are right, and declare it: {shown}."


def source_line(structure: Structure) -> Line | None:
    """Write the line that says how the files are read; None where it goes without saying."""
    settings = _source_settings(structure)
    if not settings:
        return None
    return Line("source", settings, remarks=tuple(_source_remarks(structure)))


def _source_settings(structure: Structure) -> dict[str, Setting]:
    given = structure.options.model_dump(exclude_defaults=True)
    settings: dict[str, Setting] = {
        key: setting if isinstance(setting, int | tuple) else str(setting)
        for key, setting in given.items()
    }
    habits = structure.habits
    if habits.decimal_comma:
        settings["decimal_comma"] = True
    if habits.null_words:
        settings["null_values"] = habits.null_words
    return settings


def _source_remarks(structure: Structure) -> Iterator[str]:
    yield from guesses_of(structure)
    if structure.habits.decimal_comma:
        yield "Numbers are written 1.234,50 here."
    if structure.habits.null_words:
        yield "These words stand where there is no value; in every column they mean empty."


def id_line(identity: Identity | None) -> Line:
    """Write the line of the column that identifies a row, or leave it to the author."""
    if identity is None:
        return Line(
            "id",
            {"list": ("order_id",)},
            remarks=(
                "No column looks like a row's id. With one, a later import of an overlapping",
                "file knows which rows were delivered.",
            ),
            left_out="name the columns that together identify a row",
        )
    settings: dict[str, Setting] = {"list": (identity.column,)}
    remark = "Identifies a row, so that a later import of an overlapping file knows it."
    if identity.flaw is None:
        return Line("id", settings, remarks=(remark,))
    return Line("id", settings, remarks=(remark,), left_out=f"not used: {identity.flaw}")
