import csv
import dataclasses
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl
import pytest

from plunk_import.read import ORDINAL, ORIGIN, RAW, ROW, FileStart, Form, LineRun, Lines, Locations
from plunk_import.storage import (
    BatchOutcome,
    KeptRejects,
    RunDirectory,
    SectionsDifferError,
    paths_of_rejects,
    run_files,
)


@dataclasses.dataclass(frozen=True)
class SourceOfTwoColumns:
    schema: pl.Schema = dataclasses.field(
        default_factory=lambda: pl.Schema({"email": pl.String, "cell": pl.String})
    )
    files: tuple[str, ...] = ("a.csv",)
    form: Form = Form.TEXT
    json: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def fingerprint(self) -> str:
        return "f"


def batch(cell: str = "ok", message: str = "bad") -> BatchOutcome:
    numbers = {ORDINAL: [1, 2, 3], ROW: [1, 2, 3]}
    source = pl.DataFrame(
        {
            **numbers,
            "email": ["a", "b", "c"],
            "cell": [cell, cell, cell],
            RAW: ["a;ok", None, None],
        },
        schema_overrides={ORDINAL: pl.UInt64, ROW: pl.UInt64},
    )
    ordinal = pl.UInt64
    rejects = pl.DataFrame(
        {
            ORDINAL: [1],
            "_code": ["invalid_email"],
            "_field": ["email"],
            "_message": [message],
            "_stage": ["validate"],
        },
        schema_overrides={ORDINAL: ordinal},
    )
    doubts = pl.DataFrame(
        {ORDINAL: [2], "_reason": [message], "_request_id": ["req"]},
        schema_overrides={ORDINAL: ordinal},
    )
    locations = Locations((FileStart("a.csv"),), Lines((LineRun(1, 3, 11),)))
    return BatchOutcome(locations, source, rejects, doubts, span=(1, 3), events=2)


def written(
    tmp_path: Path, *batches: BatchOutcome, name_files: bool = False
) -> dict[str, list[list[str]]]:
    directory = RunDirectory(tmp_path)
    source = SourceOfTwoColumns(files=("a.csv", "b.csv") if name_files else ("a.csv",))
    with run_files(directory, source, doubts=True) as files:
        for each in batches:
            files.write(each)
    return {
        path.stem: list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
        for path in tmp_path.iterdir()
    }


def test_each_row_is_in_the_file_of_its_end(tmp_path: Path) -> None:
    files = written(tmp_path, batch())
    assert files["rejects"][1] == [
        "a",
        "ok",
        "1",
        "11",
        "invalid_email",
        "email",
        "bad",
        "validate",
        "a;ok",
        "f:1",
    ]
    assert files["in_doubt"][1] == ["b", "ok", "2", "12", "bad", "req", "f:2"]


def test_the_header_is_written_once_and_also_when_there_is_nothing_else(tmp_path: Path) -> None:
    files = written(tmp_path, batch(), dataclasses.replace(batch(), span=(4, 6)))
    assert [len(files[name]) for name in ("rejects", "in_doubt")] == [3, 3]
    reasons = ["_code", "_field", "_message", "_stage", "_raw"]
    assert files["rejects"][0][2:] == ["_row", "_line", *reasons, "_origin"]


def test_rows_that_a_killed_process_left_waiting_are_removed(tmp_path: Path) -> None:
    left = tmp_path / ".rows-abc"
    left.mkdir()
    (left / "000000.arrow").write_bytes(b"somebody's address")
    with run_files(RunDirectory(tmp_path), SourceOfTwoColumns(form=Form.COLUMNS), doubts=True):
        assert not left.exists()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_our_columns_quote_starts_no_formula(start: str, tmp_path: Path) -> None:
    evil = f'{start}HYPERLINK("http://evil.example")'
    files = written(tmp_path, batch(cell=evil, message=evil))
    assert files["rejects"][1][6] == f"'{evil}"
    assert files["in_doubt"][1][4] == f"'{evil}"


FILE_NAMES = {
    "=1+1.csv": "'=1+1.csv",
    "-2.csv": "'-2.csv",
    "\x1b]0;owned\x07.csv": "\\u001b]0;owned\\u0007.csv",
    "\u202evsc.exe": "\\u202evsc.exe",
    "é ü.csv": "é ü.csv",
}


@pytest.mark.parametrize(("name", "shown"), FILE_NAMES.items(), ids=map(ascii, FILE_NAMES))
def test_names_of_files_start_no_formula_and_act_on_no_terminal(
    name: str, shown: str, tmp_path: Path
) -> None:
    told = dataclasses.replace(batch(), locations=Locations((FileStart(name),)))
    files = written(tmp_path, told, name_files=True)
    assert files["rejects"][1][2] == files["in_doubt"][1][2] == shown


def test_the_source_s_own_cells_are_left_as_they_are(tmp_path: Path) -> None:
    nasty = '=1+1, "quoted"\nand a second line'
    assert written(tmp_path, batch(cell=nasty))["rejects"][1][1] == nasty


def test_a_row_that_comes_back_keeps_its_origin(tmp_path: Path) -> None:
    outcome = batch()
    source = outcome.source.with_columns(pl.Series(ORIGIN, ["g:7", None, None]))
    files = written(tmp_path, dataclasses.replace(outcome, source=source))
    assert files["rejects"][1][-1] == "g:7"
    assert files["in_doubt"][1][-1] == "f:2"
    assert files["rejects"][0][:4] == ["email", "cell", "_row", "_line"]


def test_several_files_are_told_apart(tmp_path: Path) -> None:
    files = written(tmp_path, batch(), name_files=True)
    assert files["rejects"][1][2:4] == ["a.csv", "1"]


@pytest.mark.parametrize("text", ["a=b", "1-2", "", " =1"])
def test_harmless_text_is_quoted_as_it_is(text: str, tmp_path: Path) -> None:
    files = written(tmp_path, batch(message=text))
    assert files["rejects"][1][6] == text


@pytest.mark.parametrize("form", Form)
def test_nothing_is_left_of_files_whose_writing_failed(form: Form, tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)

    def fail() -> None:
        with run_files(directory, SourceOfTwoColumns(form=form), doubts=True) as files:
            files.write(batch())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []


def block(first: int, *codes: str) -> BatchOutcome:
    """A block of three rows, of which the first are rejected by these codes."""
    ordinals = pl.Series(ORDINAL, range(first, first + 3), pl.UInt64)
    cells = pl.Series("cell", [f'"{n}",\n' for n in ordinals])
    source = pl.DataFrame([ordinals, ordinals.alias(ROW), cells.alias("email"), cells])
    notes = {"_code": codes, "_field": codes, "_message": codes, "_stage": codes}
    rejects = pl.DataFrame([ordinals.head(len(codes))]).with_columns(
        pl.Series(name, texts, pl.String) for name, texts in notes.items()
    )
    locations = Locations((FileStart("a.csv"),), Lines((LineRun(1, 99, 2),)))
    return BatchOutcome(locations, source, rejects, span=(first, first + 2), events=3 - len(codes))


def rejected(
    place: RunDirectory, form: Form, before: KeptRejects | None, *blocks: BatchOutcome
) -> KeptRejects:
    source = SourceOfTwoColumns(form=form)
    with run_files(place, source, before=before) as files:
        for each in blocks:
            files.write(each)
        kept = files.complete()
    assert kept is not None
    assert kept.are_at(paths_of_rejects(place, source))
    return kept


WRITTEN_AGAIN = {
    "nothing": ((), ()),
    "the first": ((1,), ("b",)),
    "one in the middle": ((4,), ("b", "c")),
    "one without rejects": ((7,), ("b",)),
    "the last": ((10,), ("b",)),
    "one that has none any more": ((4,), ()),
    "several": ((1, 7), ("b", "b", "b")),
}


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize(("again", "codes"), WRITTEN_AGAIN.values(), ids=WRITTEN_AGAIN)
def test_sections_that_are_not_written_again_are_taken_over(
    again: tuple[int, ...], codes: tuple[str, ...], form: Form, tmp_path: Path
) -> None:
    first = {1: ("a",), 4: ("a", "a"), 7: (), 10: ("a",)}
    then = {
        start: codes if start in again else codes_before for start, codes_before in first.items()
    }
    places = [RunDirectory(tmp_path / name) for name in ("kept", "anew")]
    for place in places:
        place.path.mkdir()
    kept = rejected(places[0], form, None, *(block(n, *c) for n, c in first.items()))
    kept = rejected(places[0], form, kept, *(block(n, *then[n]) for n in again))
    anew = rejected(places[1], form, None, *(block(n, *c) for n, c in then.items()))
    assert kept.sections == anew.sections
    assert kept.heads == anew.heads
    for path, other in zip(
        *(paths_of_rejects(p, SourceOfTwoColumns(form=form)) for p in places), strict=True
    ):
        if path.suffix == ".parquet":
            assert pl.read_parquet(path).equals(pl.read_parquet(other))
        else:
            assert path.read_bytes() == other.read_bytes()
    twice = rejected(places[0], form, kept)
    assert twice.sections == kept.sections


@pytest.mark.parametrize("span", [(1, 2), (2, 4), (5, 9)], ids=["begins", "ends", "spans"])
def test_blocks_of_other_sizes_are_noticed(span: tuple[int, int], tmp_path: Path) -> None:
    place = RunDirectory(tmp_path)
    kept = rejected(place, Form.TEXT, None, block(1, "a"), block(4, "a"), block(7, "a"))
    before = place.rejects.read_bytes()
    with pytest.raises(SectionsDifferError):
        rejected(place, Form.TEXT, kept, dataclasses.replace(block(span[0], "a"), span=span))
    assert place.rejects.read_bytes() == before


def changed(path: Path) -> None:
    path.write_bytes(path.read_bytes())


def longer(path: Path) -> None:
    with path.open("a") as stream:
        stream.write("more\n")


@pytest.mark.parametrize("change", [changed, longer, Path.unlink])
def test_rejects_that_somebody_changed_are_known(
    change: Callable[[Path], None], tmp_path: Path
) -> None:
    place = RunDirectory(tmp_path)
    kept = rejected(place, Form.TEXT, None, block(1, "a"))
    change(place.rejects)
    assert not kept.are_at([place.rejects])
