import html
import itertools
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from plunk_import import ExitCode, Report
from plunk_import.errors import WayOn
from plunk_import.plan import Check, Example, Warnings
from plunk_import.report import render
from tests.report.commands import Commands, saying
from tests.report.html.test_masking import ADDRESSES

EVERY_REPORT = ("validate", "check", "run", "small_run", "nothing_left", "hostile")


class Outline(HTMLParser):
    """The tags of a page, its headings' levels, and the text a reader gets."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def levels(self) -> list[int]:
        return [int(tag[1]) for tag in self.tags if re.fullmatch("h[1-6]", tag)]


@pytest.mark.parametrize("name", EVERY_REPORT)
def test_a_page_is_one_document_that_loads_and_runs_nothing(commands: Commands, name: str) -> None:
    page = render(getattr(commands, name))
    outline = Outline(page)

    assert not {"script", "img", "iframe", "object", "form"} & set(outline.tags)
    assert not [name for name, _ in outline.attributes if name.startswith("on") or name == "src"]
    addresses = [value or "" for name, value in outline.attributes if name == "href"]
    files = {"results.csv", "rejects.csv", "in_doubt.csv"}
    assert all(one.startswith(("#", "data:,")) or one in files for one in addresses)
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.parametrize("name", EVERY_REPORT)
def test_headings_start_at_one_and_skip_no_level(commands: Commands, name: str) -> None:
    page = render(getattr(commands, name))
    levels = Outline(page).levels

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


@pytest.mark.parametrize("name", EVERY_REPORT)
def test_every_id_is_unique_and_every_reference_meets_one(commands: Commands, name: str) -> None:
    page = render(getattr(commands, name))
    attributes = Outline(page).attributes
    ids = [value for name, value in attributes if name == "id"]
    wanted = {
        (value or "")[1:]
        for name, value in attributes
        if name == "href" and (value or "").startswith("#")
    }
    for name, value in attributes:
        if name == "aria-labelledby":
            wanted |= set((value or "").split())

    assert len(ids) == len(set(ids))
    assert wanted <= set(ids)


@pytest.mark.parametrize("name", EVERY_REPORT)
def test_every_table_has_a_caption_and_every_header_a_scope(commands: Commands, name: str) -> None:
    page = render(getattr(commands, name))

    assert page.count("<table") == page.count("<caption")
    assert all("scope=" in header for header in re.findall(r"<th\b[^>]*>", page))


def test_the_page_names_the_file_to_mend(commands: Commands) -> None:
    typed = commands.run.model_copy(update={"to_mend": "rejects.parquet"})

    assert "to be mended in rejects.parquet." in render(typed)
    assert "to be mended in rejects.csv." in render(commands.run)


def test_every_part_of_a_report_is_filled_by_some_command(commands: Commands) -> None:
    reports = (
        commands.validate,
        commands.check,
        commands.run,
        commands.small_run,
        commands.second_night,
    )
    of_large_files = {"contacts_exact", "other_events", "sampled_from"}
    of_typed_files = {"to_mend"}
    of_others = {
        "reason",
        "way_on",
        "worker",
        "verification",
    }  # a stopped run, a look at one, reading back
    filled = {
        name
        for name, field in Report.model_fields.items()
        if any(getattr(report, name) != field.default for report in reports)
    }

    assert set(Report.model_fields) - filled == (of_large_files | of_typed_files | of_others)


def test_rows_in_doubt_are_listed_with_the_command_that_settles_them(commands: Commands) -> None:
    report = commands.run
    table = section(render(report), "doubts")

    assert len(report.doubts) == report.books.in_doubt == 3
    for doubt in report.doubts:
        assert f">{doubt.row}<small>" in table
        assert doubt.reason in table
        assert (doubt.request_id or "not known") in table
    assert any(doubt.request_id for doubt in report.doubts)
    assert f"plunk-import resolve {report.directory}" in table


def test_rejects_go_by_code_and_field_with_the_column_of_the_source(commands: Commands) -> None:
    rejects = section(render(commands.validate), "rejects")

    assert "data.ltv\n          <small>1 row, column ltv</small>" in rejects
    assert "email\n          <small>1 row, column email</small>" in rejects
    assert "'twelve'" in rejects or '"twelve"' in rejects
    assert 'href="rejects.csv"' in rejects


def test_a_field_shows_its_range_and_the_column_it_comes_from(commands: Commands) -> None:
    fields = section(render(commands.validate), "fields")

    assert "from <b>0.5</b> to <b>239.5</b>" in fields
    assert "<small>column name</small>" in fields


def test_who_would_be_subscribed_is_told_in_rows_and_left_out_where_no_column_says_it(
    commands: Commands,
) -> None:
    told = section(render(commands.small_run), "subscription")

    assert "the valid rows say of <code>subscribed</code>, the same in all" in told
    assert "<dt>Unsubscribe</dt><dd>2<small>" in told
    assert 'id="subscription"' not in render(commands.validate)


def test_the_page_of_a_run_leads_to_its_files(commands: Commands) -> None:
    page = render(commands.run)

    for name in ("results.csv", "rejects.csv", "in_doubt.csv"):
        assert f'href="{name}"' in page
        assert (Path(str(commands.run.directory)) / name).exists()


def section(page: str, name: str) -> str:
    """Find a section of the page by its id."""
    found = re.search(f'<section id="{name}".*?</section>', page, re.DOTALL)
    assert found is not None, f"no section {name}"
    return html.unescape(found[0])


TONES = {
    "validate": "heed",
    "check": "heed",
    "run": "heed",
    "small_run": "good",
    "nothing_left": "good",
}


@pytest.mark.parametrize(("name", "tone"), TONES.items(), ids=TONES)
def test_the_tone_follows_the_outcome(commands: Commands, name: str, tone: str) -> None:
    assert f'<header class="{tone}">' in render(getattr(commands, name))


def test_a_run_that_was_stopped_says_so(commands: Commands) -> None:
    changes = {"exit_code": ExitCode.STOPPED, "reason": "the disk is full"}
    page = render(commands.small_run.model_copy(update=changes))

    assert '<header class="stopped">' in page
    assert "Stopped: the disk is full" in page


def test_one_answer_to_several_checks_is_told_once(commands: Commands) -> None:
    refused = [
        Check(name=name, state="wrong", message="The key is refused.", remedy="Mend the key.")
        for name in ("workflows", "event names")
    ]
    page = render(commands.check.model_copy(update={"checks": tuple(refused)}))

    assert page.count("Mend the key.") == 1
    assert "<strong>workflows, event names</strong>" in page


@pytest.mark.parametrize(
    ("way_on", "said"),
    [
        (WayOn.RESUME, "Not sent yet; resume the run."),
        (WayOn.ALLOW_REJECTS, "resume with a higher --max-rejects"),
        (WayOn.NEW_RUN, "Not sent; mend the file and start a new run."),
    ],
)
def test_a_run_that_was_stopped_says_what_gets_the_rest_sent(
    commands: Commands, way_on: WayOn, said: str
) -> None:
    stopped = commands.validate.model_copy(update={"command": "run", "way_on": way_on})

    assert said in section(render(stopped), "books")


def test_rows_to_be_sent_are_valid_in_a_check_and_pending_in_a_run(commands: Commands) -> None:
    stopped = commands.validate.model_copy(update={"command": "run"})

    assert "237 valid (98.8%)" in section(render(commands.validate), "books")
    assert "237 pending (98.8%)" in section(render(stopped), "books")


def test_the_books_are_told_in_words(commands: Commands) -> None:
    words = "Of 240 rows: 234 delivered (97.5%), 3 in doubt (1.2%), 2 rejected (0.8%), "
    assert f'aria-label="{words}1 filtered (0.4%)."' in section(render(commands.run), "books")


def test_what_a_cell_holds_shows_as_text(commands: Commands) -> None:
    page = render(commands.hostile)

    assert "<script" not in page
    assert "62710561" not in Outline(page).text
    assert '<script>alert("x")</script>{{ 7919 * 7919 }}{% raw %}' in Outline(page).text
    assert page.count("</style>") == page.count("<style>") == 1


QUICK = settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@QUICK
@given(ADDRESSES, st.text(max_size=20), st.text(max_size=20))
def test_no_address_of_the_input_is_in_the_page(
    commands: Commands, address: str, before: str, after: str
) -> None:
    page = render(saying(commands.everything, f"{before}{address}{after}"))

    assert address not in Outline(page).text
    assert address not in page


@QUICK
@given(st.from_regex(r"[ps]k_[A-Za-z0-9]{8,48}", fullmatch=True), st.booleans())
def test_no_key_is_in_the_page(commands: Commands, key: str, show_addresses: bool) -> None:
    report = saying(commands.everything, f"Bearer {key} refused")

    assert key not in render(report, show_addresses=show_addresses)


def test_an_address_cut_short_does_not_show_either(commands: Commands) -> None:
    page = render(saying(commands.everything, f"{'a' * 5_000}@example.com"))

    assert "aaa" not in page


def test_addresses_show_when_asked_for(commands: Commands) -> None:
    page = render(commands.run, show_addresses=True)

    assert "kim@gmial.com" in page
    assert "Addresses are masked" not in page
    assert "kim@gmial.com" not in render(commands.run)


def test_two_events_that_look_alike_once_masked_both_count(commands: Commands) -> None:
    events = {"for ada@x.co": 3, "for al@x.co": 2}

    page = render(commands.small_run.model_copy(update={"events": events}))

    assert page.count("for a•••@x.co") == 2


def test_a_message_does_not_repeat_the_field_beside_it(commands: Commands) -> None:
    page = render(commands.run)

    assert "<td>email</td>" in page
    assert "email: " not in Outline(page).text


def test_long_lists_are_cut_and_say_so(commands: Commands) -> None:
    whole = commands.everything
    many = {
        "events": {f"event.{index}": index + 1 for index in range(5_000)},
        "busiest": whole.busiest * 500,
        "fields": whole.fields * 1_000,
        "doubts": whole.doubts * 1_000,
        "rejects": {f"code_{n}": whole.rejects["invalid_email"] for n in range(5_000)},
        "first_bodies": ("x" * 1_000_000,) * 30,
    }

    page = render(whole.model_copy(update=many))

    assert len(page) < 250_000
    for words in (
        "4,980 more events",
        "4,980 more contacts",
        "4,980 more codes",
        "3,980 more variables",
        "2,980 more in in_doubt.csv",
        "996,000 more characters",
    ):
        assert f"and {words}" in page


SHOWN = {
    "validate": ("Where every row would end", 'id="pace"'),
    "check": ("1 workflow would start or go on", 'id="pace"'),
    "run": ("Rows delivered a second", 'id="bodies"'),
}


@pytest.mark.parametrize(("name", "shown", "hidden"), [(k, *v) for k, v in SHOWN.items()])
def test_each_command_shows_what_it_knows(
    commands: Commands, name: str, shown: str, hidden: str
) -> None:
    report = getattr(commands, name)
    page = render(report)

    assert html.escape(report.verdict) in page
    assert shown in page
    assert hidden not in page


def test_estimates_and_samples_are_said_to_be_such(commands: Commands) -> None:
    told = {"contacts_exact": False, "other_events": 7, "sampled_from": 296_914}
    counted, estimated = commands.validate, commands.validate.model_copy(update=told)
    words = ("an estimate", "at least", "of 7 rows", "a sample of the 296,914 valid rows")

    assert all(word in " ".join(render(estimated).split()) for word in words)
    assert not any(word in render(counted) for word in words)


def test_a_name_shows_its_spaces_and_a_finding_of_no_row_names_none(commands: Commands) -> None:
    example = Example(file="", row=0, field="event", message="'buy', 'buy '")
    found = Warnings(count=1, meaning="Alike.", remedy="Choose.", examples=(example,))
    changes = {"events": {"buy": 2, "buy ": 1}, "warnings": {"similar_events": found}}
    page = " ".join(render(commands.validate.model_copy(update=changes)).split())

    assert "&#34;buy &#34;" in page
    assert '<th scope="row">all<small>' in page


def test_only_what_is_still_to_be_sent_has_a_time_to_come(commands: Commands) -> None:
    assert commands.run.estimate is not None
    assert "if begun now" in render(commands.validate)
    assert "if begun now" not in render(commands.run)


def test_a_report_read_back_from_json_gives_the_same_page(commands: Commands) -> None:
    report = commands.run

    assert render(Report.model_validate_json(report.model_dump_json())) == render(report)


def test_only_rendering_pays_for_templates() -> None:
    code = (
        "import sys; from plunk_import.report import render\n"
        "print(sorted({'jinja2', 'markupsafe'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"


def test_a_template_is_compiled_once_and_kept_beside_compiled_modules(
    commands: Commands, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    report.write_text(commands.validate.model_dump_json())
    code = (
        "import sys, jinja2\nfrom plunk_import.report import Report, render\n"
        "compiled, compile = [], jinja2.Environment.compile\n"
        "jinja2.Environment.compile = lambda *a, **k: compiled.append(a) or compile(*a, **k)\n"
        "page = render(Report.model_validate_json(open(sys.argv[1]).read()))\n"
        "print(len(compiled), hash(page))"
    )
    kept = {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONHASHSEED": "1"}

    def rendered(**more: str) -> list[int]:
        variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **kept, **more}
        command = [sys.executable, "-c", code, str(report)]
        return [int(part) for part in subprocess.check_output(command, env=variables).split()]

    first, second = rendered(), rendered()
    elsewhere = str(tmp_path / "elsewhere")
    unkept = rendered(PYTHONPYCACHEPREFIX=elsewhere, PYTHONDONTWRITEBYTECODE="1")

    assert first[0] > 0
    assert second == [0, first[1]]
    assert unkept == first
    assert not Path(elsewhere).exists()


def test_templates_that_cannot_be_kept_are_compiled_each_time(
    commands: Commands, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    variables = {"PYTHONPYCACHEPREFIX": str(tmp_path / "file"), "PYTHONDONTWRITEBYTECODE": ""}
    code = (
        "import sys; from plunk_import.report import Report, render\n"
        "print(render(Report.model_validate_json(sys.stdin.read()))[:15])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=commands.validate.model_dump_json(),
        env={**os.environ, **variables},
        check=True,
        capture_output=True,
        text=True,
    )

    assert done.stdout.strip() == "<!doctype html>"
