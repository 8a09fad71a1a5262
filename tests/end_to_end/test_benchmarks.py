"""The benchmarks' table, and the figures that are kept."""

import dataclasses
import json
from pathlib import Path

from benchmarks import profiles
from benchmarks.kept import SHORT, Kept
from benchmarks.table import Row, in_short, markdown
from tools.pages import rendered

QUICK = Row("quick", "a row", "a script", "≤ 1 µs", "0.9 µs", 0.9, reached=True, load=0.2)
SLOW = Row("slow", "a file", "-", "≤ 1 s", "2 s", 2.0, reached=False)


def test_a_row_that_is_not_reached_stands_out() -> None:
    causes = {"slow": "the disk", "quick": "nothing"}
    first, second = markdown([QUICK, SLOW], causes).splitlines()[2:]
    assert first.startswith("| a row | a script | ≤ 1 µs | 0.9 µs | yes |")
    assert "**no**: the disk" in second


def test_rows_are_kept_in_place_of_those_of_the_same_name(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.keep("first", [QUICK, SLOW])
    kept.keep("second", [dataclasses.replace(SLOW, measured="1.5 s", figure=1.5)])

    assert "second" in kept.whole()
    assert kept.whole().count("| a file |") == 1
    assert "1.5 s" in kept.whole()
    assert "0.9 µs" in kept.whole()
    assert len((tmp_path / "history.jsonl").read_text().splitlines()) == 2


def test_figures_over_time_have_a_column_for_each_day_and_commit(tmp_path: Path) -> None:
    records = [
        {"measured": "2026-01-01 10:00", "commit": "aaa", "figures": {"quick": 2.0}},
        {"measured": "2026-01-01 11:00", "commit": "aaa", "figures": {"slow": 9.0}},
        {"measured": "2026-01-02 10:00", "commit": "bbb", "figures": {"quick": 1.0}},
    ]
    (tmp_path / "history.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records))

    assert Kept(tmp_path).over_time().splitlines() == [
        "| figure | 2026-01-01 aaa | 2026-01-02 bbb |",
        "| --- | --- | --- |",
        "| quick | 2 | 1 |",
        "| slow | 9 |  |",
    ]


def test_the_readme_tells_of_what_is_measured_alone() -> None:
    told = rendered("<!-- benchmarks in short -->\n<!-- end -->\n").splitlines()
    assert 3 <= len([line for line in told if line.startswith("| ")]) <= 2 + len(SHORT)
    assert in_short([SLOW], ("slow", "other")).count("\n") == 3


def test_a_sample_counts_for_the_innermost_module_of_the_package() -> None:
    importing = "load (<frozen importlib._bootstrap>:7)"
    stacks = [
        "thread (1);main (plunk_import/cli/x.py:3);walk (plunk_import/read/a.py:9);get (re.py:1) 3",
        "thread (1);main (plunk_import/cli/x.py:3) 1",
        f"thread (1);{importing};<module> (pydantic/main.py:2);{importing} 4",
        "thread (2) 2",
    ]
    assert profiles.by_module(stacks) == {
        "importing pydantic": 0.4,
        "read/a.py": 0.3,
        "others": 0.2,
        "cli/x.py": 0.1,
    }


def test_profiles_are_kept_for_the_page(tmp_path: Path) -> None:
    kept = profiles.Kept(tmp_path / "profiles.json")
    one = profiles.Profile("`run`", {"Python's": 0.98}, {"SQLite": 0.07}, {"send/flow.py": 0.031})
    kept.keep("Measured now", [one], {"CSV": {"reading": 400.2}, "Parquet": {"reading": 90.0}})
    told = kept.whole()
    assert told.startswith("Measured now\n\n| command |")
    assert "| reading | 400 | 90 |" in told
    assert "| `run` | Python's 98% | SQLite 7% | send/flow.py 3% |" in told
