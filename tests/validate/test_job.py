from collections.abc import Sequence
from pathlib import Path

import pytest

from plunk_import.errors import MappingError, SourceError
from plunk_import.mapping.load import load_mapping, mapping_from
from plunk_import.validate.job import REJECT_SCHEMA, Job, Judged, MappingLike, name_of, open_job

MAPPING = {"version": 1, "email": "email", "event": "event", "data": {"n": "n"}}


def write_rows(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["email,event,n", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = (f"c{n}@example.com,hi,{n % 3}" for n in range(1, 7))
    return write_rows(tmp_path / "a.csv", *rows)


def ordinals(judged: Sequence[Judged]) -> list[int]:
    return [ordinal for part in judged for ordinal in part.events["_ordinal"]]


def test_a_mapping_is_taken_in_every_form(source: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\nemail: email\nevent: event\ndata: {n: n}\n")
    loaded = load_mapping(tmp_path / "a.yaml")
    forms: list[MappingLike] = [MAPPING, mapping_from(MAPPING).mapping, loaded, tmp_path / "a.yaml"]
    jobs = [open_job(source, form) for form in forms]
    bodies = [[part.events["body"].to_list() for part in job.judged()] for job in jobs]
    assert bodies.count(bodies[0]) == len(forms)


NAMES = {
    "a path": ("exports/orders.csv.gz", "orders"),
    "several": (["may.csv", "june.csv"], "may"),
    "a pattern": ("exports/part*.csv", "part"),
    "words": ("Großkunden 2024.csv", "Großkunden-2024"),
    "standard input": ("-", "stdin"),
    "hidden": (".csv", "rows"),
    "nothing but stars": ("*.csv", "rows"),
}


@pytest.mark.parametrize(("sources", "name"), NAMES.values(), ids=NAMES)
def test_a_job_s_name_needs_no_quotes_in_a_shell(sources: str | list[str], name: str) -> None:
    assert name_of(sources) == name


def test_one_source_may_be_given_on_its_own_or_in_a_list(source: Path) -> None:
    for form in (source, str(source), [source], (str(source),)):
        assert ordinals(list(open_job(form, MAPPING).judged())) == [1, 2, 3, 4, 5, 6]


PARTS = {
    "all": (0, None, [1, 2, 3, 4, 5, 6]),
    "the first": (0, 2, [1, 2]),
    "more than there are": (0, 99, [1, 2, 3, 4, 5, 6]),
}


@pytest.mark.parametrize(("after", "limit", "expected"), PARTS.values(), ids=PARTS)
def test_a_part_of_the_rows_is_judged(
    after: int, limit: int | None, expected: list[int], source: Path
) -> None:
    job = open_job(source, MAPPING)
    assert ordinals(list(job.judged(after_ordinal=after, limit=limit))) == expected


def test_the_limit_counts_rows_of_all_files(source: Path, tmp_path: Path) -> None:
    other = write_rows(tmp_path / "b.csv", "x@example.com,hi,1", "y@example.com,hi,2")
    judged = list(open_job([source, other], MAPPING).judged(limit=7))
    assert sum(part.rows for part in judged) == 7
    assert {part.batch.file for part in judged} == {str(source), str(other)}


def test_rows_that_repeat_an_id_are_found_over_all_files(source: Path, tmp_path: Path) -> None:
    other = write_rows(tmp_path / "b.csv", "x@example.com,hi,1", "y@example.com,hi,9")
    job = open_job([source, other], {**MAPPING, "id": ["n"]})
    duplicates = job.duplicates()
    assert duplicates is not None
    assert duplicates.to_list() == [4, 5, 6, 7]
    assert ordinals(list(job.judged(duplicates=duplicates))) == [1, 2, 3, 8]
    limited = job.duplicates(limit=4)
    assert limited is not None
    assert limited.to_list() == [4]


def test_without_an_id_no_row_repeats_another(source: Path) -> None:
    assert open_job(source, MAPPING).duplicates() is None


def unreadable(tmp_path: Path) -> Job:
    rows = ("ada@example.com,hi,1", "too,many,cells,here", "nobody,hi,3")
    return open_job(write_rows(tmp_path / "bad.csv", *rows), MAPPING)


def test_rows_that_cannot_be_read_are_rejects_among_the_others(tmp_path: Path) -> None:
    (judged,) = unreadable(tmp_path).judged()
    assert judged.rows == 3
    assert judged.rejects.schema == REJECT_SCHEMA
    assert judged.rejects["_row"].to_list() == [2, 3]
    assert "too,many,cells,here" in judged.rejects["_message"][0]


def test_the_source_has_a_row_for_each_also_for_the_unreadable(tmp_path: Path) -> None:
    (judged,) = unreadable(tmp_path).judged()
    assert judged.source["_row"].to_list() == [1, 2, 3]
    assert judged.source["email"].to_list() == ["ada@example.com", None, "nobody"]


def test_what_is_wrong_with_a_mapping_is_told_before_a_row_is_judged(source: Path) -> None:
    with pytest.raises(MappingError, match='no column "Emial"'):
        open_job(source, {**MAPPING, "email": "Emial"})
    with pytest.raises(SourceError, match="nowhere"):
        open_job(source.with_name("nowhere.csv"), MAPPING)
