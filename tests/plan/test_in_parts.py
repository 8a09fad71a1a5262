"""A source read in parts, wherever it is cut and whoever reads them, gives the plan of one pass."""

import dataclasses
import gzip
import pickle
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from plunk_import import SourceError
from plunk_import.plan import FirstPass, HereInTurn, Plan, make_plan, make_plan_in_parts
from plunk_import.runtime import SilentProgress
from plunk_import.settings import Shard
from plunk_import.storage import RunDirectory, RunFiles, run_files
from plunk_import.validate import Job, open_job

Order = TypeVar("Order")
Found = TypeVar("Found")
MAPPING: dict[str, Any] = {
    "version": 1,
    "email": "email",
    "event": "event",
    "id": ["n"],
    "data": {"a": "a", "n": {"column": "n", "type": "integer"}},
}
QUIET = SilentProgress()


class Travelling(HereInTurn):
    """Workers that are told, and answer, by what travels between machines."""

    def each(self, work: Callable[[Job, Order], Found], orders: Iterable[Order]) -> Iterator[Found]:
        sent = (pickle.loads(pickle.dumps(order)) for order in orders)  # noqa: S301 - our own
        for found in super().each(work, sent):
            yield pickle.loads(pickle.dumps(found))  # noqa: S301 - our own


def outcome(
    sources: Sequence[Path], part_bytes: int | None, mapping: dict[str, Any] = MAPPING
) -> tuple[object, ...]:
    """Everything that a first pass says, or the error that ends it; in one pass where None."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            job = open_job([str(source) for source in sources], mapping)
            with run_files(RunDirectory(Path(folder)), job.source) as files:
                found = first_pass(job, part_bytes, files)
        except SourceError as error:
            return (str(error),)
        duplicates = found.job.duplicates
        repeated = None if duplicates is None else duplicates.to_list()
        return found.plan, repeated, (Path(folder) / "rejects.csv").read_bytes()


def first_pass(job: Job, part_bytes: int | None, files: RunFiles) -> FirstPass:
    if part_bytes is None:
        return make_plan(job, progress=QUIET, show=3, files=files)
    return make_plan_in_parts(
        job, Travelling(job), progress=QUIET, show=3, files=files, part_bytes=part_bytes
    )


CELLS = ["x", "", "é", '"q,1"', '"two\nlines"', '"a ""b"" c"', '"\n\n"', '"p1@example.com,a,x,1"']
ODD_CELLS = ['st"ray', '"un', '"bad"x', "1,2", '"']


@st.composite
def tables(draw: st.DrawFn, cells: Sequence[str]) -> str:
    """Text of a table with quotes, blank lines, rejects, repeated ids and many contacts."""
    lines = ["email,event,a,n"]
    for _ in range(draw(st.integers(1, 30))):
        contact, event = draw(st.integers(0, 30)), draw(st.sampled_from("abc"))
        number = draw(st.sampled_from([*map(str, range(40)), "x"]))
        lines.append(f"p{contact}@example.com,{event},{draw(st.sampled_from(cells))},{number}")
        lines += [""] * draw(st.sampled_from([0, 0, 0, 0, 1, 3]))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join(lines) + end * draw(st.integers(0, 2))


@given(text=tables(CELLS), part_bytes=st.integers(30, 400))
@settings(max_examples=25)
def test_text_cut_anywhere_gives_what_one_pass_gives(text: str, part_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.csv"
        source.write_text(text, encoding="utf-8", newline="")
        assert outcome([source], part_bytes) == outcome([source], None)


@given(text=tables([*CELLS, *ODD_CELLS]), part_bytes=st.integers(30, 400))
@settings(max_examples=25)
def test_so_does_text_whose_quotes_do_not_have_their_place(text: str, part_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "rows.csv"
        source.write_text(text, encoding="utf-8", newline="")
        assert outcome([source], part_bytes) == outcome([source], None)


def rows(count: int) -> list[dict[str, Any]]:
    """Rows of some contacts, a few of them rejects, with ids that repeat far apart."""
    drawn = random.Random(7)  # noqa: S311 - the same rows each time
    return [
        {
            "email": f"p{drawn.randrange(60)}@example.com" if drawn.random() < 0.97 else "nobody",
            "event": drawn.choice(["a", "b"]),
            "a": drawn.choice(["x", "y", None]),
            "n": drawn.randrange(count * 3),
        }
        for _ in range(count)
    ]


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    frame.write_csv(path)


def write_gzip(frame: pl.DataFrame, path: Path) -> None:
    path.write_bytes(gzip.compress(frame.write_csv().encode()))


def write_wide(frame: pl.DataFrame, path: Path) -> None:
    path.write_bytes(frame.write_csv().encode("utf-16"))


FORMATS: dict[str, tuple[str, Callable[[pl.DataFrame, Path], Any]]] = {
    "csv": ("csv", write_csv),
    "gzip": ("csv.gz", write_gzip),
    "ndjson": ("ndjson", pl.DataFrame.write_ndjson),
    "json": ("json", pl.DataFrame.write_json),
    "parquet": ("parquet", pl.DataFrame.write_parquet),
    "arrow": ("arrow", pl.DataFrame.write_ipc),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("part_bytes", [900, 20_000])
def test_every_format_gives_what_one_pass_gives(name: str, part_bytes: int, tmp_path: Path) -> None:
    ending, write = FORMATS[name]
    sources = []
    for number, start in enumerate((0, 150, 300)):
        sources.append(tmp_path / f"{number}.{ending}")
        write(pl.DataFrame(rows(450)[start : start + 150]), sources[-1])
    whole = outcome(sources, None)
    assert len(whole) == 3
    assert outcome(sources, part_bytes) == whole


def test_the_table_is_cut(tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    write_csv(pl.DataFrame(rows(100)), source)
    job = open_job(source, MAPPING)
    assert len(list(job.source.partitions(400))) > 5


def test_a_shard_counts_its_own_rows_in_parts_too(tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    write_csv(pl.DataFrame(rows(400)), source)
    job = dataclasses.replace(open_job(source, MAPPING), shard=Shard(2, 3))
    one = make_plan(job, progress=QUIET).plan
    assert 0 < one.valid < 300
    assert make_plan_in_parts(job, Travelling(job), progress=QUIET, part_bytes=700).plan == one


def test_more_rows_than_are_examined_give_the_same_sample(tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    numbers = pl.int_range(0, 11_000, eager=True)
    frame = pl.DataFrame(
        {
            "email": "p" + (numbers % 6_000).cast(pl.String) + "@example.com",
            "event": "e" + (numbers % 7).cast(pl.String),
            "a": numbers.cast(pl.String) + "x" * 800,
            "n": numbers,
        }
    )
    write_csv(frame, source)
    whole = outcome([source], None)
    plan = whole[0]
    assert getattr(plan, "examined", 0) < 10_001
    assert source.stat().st_size > 8 << 20  # the scan for where to cut takes several blocks
    assert outcome([source], 3_000_000) == whole


def test_the_busiest_contact_of_all_is_named_though_it_is_no_parts_busiest(
    tmp_path: Path,
) -> None:
    lines = ["email,event,a,n"]
    for part in range(8):
        for number in range(30):
            lines += [f"of{part}.{number}@example.com,a,x,1"] * 3
        lines += ["everywhere@example.com,a,x,1"] * 2
    source = tmp_path / "rows.csv"
    source.write_text("\n".join(lines) + "\n")
    mapping = {name: value for name, value in MAPPING.items() if name != "id"}
    job = open_job(source, mapping)
    plan = make_plan_in_parts(job, Travelling(job), progress=QUIET, part_bytes=2_900).plan
    assert (plan.busiest[0].value, plan.busiest[0].count) == ("everywhere@example.com", 16)
    assert plan == make_plan(job, progress=QUIET).plan


def test_the_same_error_in_the_same_place_ends_it(tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    lines = [f"p{number}@example.com,a,x,{number}" for number in range(200)]
    lines[150] = 'p150@example.com,a,"never closed,150'
    source.write_text("email,event,a,n\n" + "\n".join(lines) + "\n")
    whole = outcome([source], None)
    assert "rows.csv:152: row 151: the quote that begins" in str(whole[0])
    assert outcome([source], 500) == whole


VERY_MANY = 1_200_000
ANYWHERE = pl.int_range(VERY_MANY, eager=True)


def planned_in_parts(source: Path, email: pl.Expr, event: pl.Expr) -> Plan:
    """The plan of very many rows, counted in at least four parts."""
    pl.select(email=email, event=event).write_parquet(source, row_group_size=VERY_MANY // 8)
    job = open_job(source, {"version": 1, "email": "email", "event": "event"})
    part_bytes = source.stat().st_size // 5
    assert len(list(job.source.partitions(part_bytes))) >= 4
    return make_plan_in_parts(job, Travelling(job), progress=QUIET, part_bytes=part_bytes).plan


def test_of_very_many_event_names_in_parts_counts_are_bounds_and_no_row_is_forgotten(
    tmp_path: Path,
) -> None:
    is_often = ANYWHERE % 5 == 0
    seldom, often = "of" + (ANYWHERE // 3).cast(pl.String), "often" + (ANYWHERE % 3).cast(pl.String)
    event = pl.when(is_often).then(often).otherwise(seldom).alias("event")
    plan = planned_in_parts(tmp_path / "rows.parquet", pl.lit("a@example.com"), event)
    counted = pl.select(event).to_series().value_counts()
    truth = dict(counted.iter_rows())
    assert len(truth) > 200_000
    for name in ("often0", "often1", "often2"):
        assert plan.events[name] == truth[name]
    assert all(count <= truth[name] for name, count in plan.events.items())
    assert sum(plan.events.values()) + plan.other_events == VERY_MANY


def test_of_very_many_contacts_in_parts_the_number_is_near_and_the_busiest_is_found(
    tmp_path: Path,
) -> None:
    others = "p" + ANYWHERE.cast(pl.String) + "@example.com"
    address = pl.when(ANYWHERE % 4 == 0).then(pl.lit("busy@example.com")).otherwise(others)
    plan = planned_in_parts(tmp_path / "rows.parquet", address, pl.lit("paid"))
    assert not plan.contacts_exact
    assert plan.contacts == pytest.approx(VERY_MANY * 3 // 4 + 1, rel=0.01)
    assert plan.busiest[0].value == "busy@example.com"
    assert 0.95 * VERY_MANY / 4 <= plan.busiest[0].count <= VERY_MANY / 4
