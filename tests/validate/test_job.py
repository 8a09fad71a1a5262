import dataclasses
from collections.abc import Iterable
from pathlib import Path

import pytest

from plunk_import.errors import MappingError, SourceError
from plunk_import.mapping import load_mapping, mapping_from
from plunk_import.read import ORDINAL, RAW, ROW
from plunk_import.validate import REJECT_SCHEMA, Job, MappingLike, ValidatedBatch, name_of, open_job
from tests.mapped import knowing_duplicates

MAPPING = {"version": 1, "email": "email", "event": "event", "data": {"n": "n"}}


def write_rows(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["email,event,n", *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = (f"c{n}@example.com,hi,{n % 3}" for n in range(1, 7))
    return write_rows(tmp_path / "a.csv", *rows)


def ordinals(batches: Iterable[ValidatedBatch]) -> list[int]:
    return [ordinal for part in batches for ordinal in part.events[ORDINAL]]


def test_a_mapping_is_taken_in_every_form(source: Path, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\nemail: email\nevent: event\ndata: {n: n}\n")
    loaded = load_mapping(tmp_path / "a.yaml")
    forms: list[MappingLike] = [MAPPING, mapping_from(MAPPING).mapping, loaded, tmp_path / "a.yaml"]
    jobs = [open_job(source, form) for form in forms]
    bodies = [[part.events["body"].to_list() for part in job.batches()] for job in jobs]
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
        assert ordinals(list(open_job(form, MAPPING).batches())) == [1, 2, 3, 4, 5, 6]


PARTS = {
    "all": (0, None, [1, 2, 3, 4, 5, 6]),
    "the first": (0, 2, [1, 2]),
    "more than there are": (0, 99, [1, 2, 3, 4, 5, 6]),
}


@pytest.mark.parametrize(("after", "limit", "expected"), PARTS.values(), ids=PARTS)
def test_a_part_of_the_rows_is_validated(
    after: int, limit: int | None, expected: list[int], source: Path
) -> None:
    job = open_job(source, MAPPING, limit=limit)
    assert ordinals(job.batches(after_ordinal=after)) == expected


def test_the_limit_counts_rows_of_all_files(source: Path, tmp_path: Path) -> None:
    other = write_rows(tmp_path / "b.csv", "x@example.com,hi,1", "y@example.com,hi,2")
    batches = list(open_job([source, other], MAPPING, limit=7).batches())
    assert sum(part.rows for part in batches) == 7
    files = [name for part in batches for name in part.locations.file_of(part.source[ORDINAL])]
    assert files == [str(source)] * 6 + [str(other)]


def test_rows_that_repeat_an_id_are_found_over_all_files(source: Path, tmp_path: Path) -> None:
    other = write_rows(tmp_path / "b.csv", "x@example.com,hi,1", "y@example.com,hi,9")
    job = open_job([source, other], {**MAPPING, "id": ["n"]})
    assert ordinals(job.batches()) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert ordinals(knowing_duplicates(job).batches()) == [1, 2, 3, 8]
    limited = dataclasses.replace(job, limit=4)
    assert ordinals(knowing_duplicates(limited).batches()) == [1, 2, 3]


def test_a_small_source_is_validated_once_for_each_list_of_duplicates(source: Path) -> None:
    job = open_job(source, {**MAPPING, "id": ["n"]})
    assert ordinals(job.batches()) == [1, 2, 3, 4, 5, 6]
    (once,), (again,) = job.batches(), job.batches()
    assert once is again
    unlike = knowing_duplicates(job)
    assert ordinals(unlike.batches()) == [1, 2, 3]
    assert ordinals(job.batches()) == [1, 2, 3, 4, 5, 6]
    assert ordinals(dataclasses.replace(job, limit=2).batches()) == [1, 2]


def test_what_a_small_source_was_judged_to_be_is_what_is_sent_of_it(source: Path) -> None:
    job = open_job(source, MAPPING)
    (judged,) = job.judged()
    (batch,) = job.batches()
    assert judged is batch
    assert job.bodies(judged, batch.events.tail(1)).to_list() == batch.events["body"].to_list()[-1:]


def test_without_an_id_no_row_repeats_another(source: Path) -> None:
    found = knowing_duplicates(open_job(source, MAPPING)).duplicates
    assert found is not None
    assert found.is_empty()


def unreadable(tmp_path: Path) -> Job:
    rows = ("ada@example.com,hi,1", "too,many,cells,here", "nobody,hi,3")
    return open_job(write_rows(tmp_path / "bad.csv", *rows), MAPPING)


def test_rows_that_cannot_be_read_are_rejects_among_the_others(tmp_path: Path) -> None:
    (batch,) = unreadable(tmp_path).batches()
    assert batch.rows == 3
    assert batch.rejects.schema == REJECT_SCHEMA
    assert batch.rejects[ROW].to_list() == [2, 3]
    assert batch.reject_lines["_message"][0] == "4 cells instead of 3"


def test_the_source_has_a_row_for_each_also_for_the_unreadable(tmp_path: Path) -> None:
    (batch,) = unreadable(tmp_path).batches()
    assert batch.source[ROW].to_list() == [1, 2, 3]
    assert batch.source["email"].to_list() == ["ada@example.com", "too", "nobody"]
    assert batch.source[RAW].to_list() == [None, "too,many,cells,here", None]


def test_what_is_wrong_with_a_mapping_is_told_before_a_row_is_read(source: Path) -> None:
    with pytest.raises(MappingError, match='no column "Emial"'):
        open_job(source, {**MAPPING, "email": "Emial"})
    with pytest.raises(SourceError, match="nowhere"):
        open_job(source.with_name("nowhere.csv"), MAPPING)
