import itertools
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from plunk_import.plan.model import Example, Warnings
from plunk_import.report.html.page import render
from plunk_import.report.model import Report
from tests.report.html import reports
from tests.report.html.test_masking import ADDRESSES

EVERY_REPORT = [
    pytest.param(reports.a_validation(), id="validate"),
    pytest.param(reports.a_check(), id="check"),
    pytest.param(reports.a_run(), id="run"),
    pytest.param(reports.a_small_run(), id="small-run"),
    pytest.param(reports.an_empty_report(), id="empty"),
    pytest.param(reports.a_report_saying(reports.HOSTILE), id="hostile"),
]


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


@pytest.mark.parametrize("report", EVERY_REPORT)
def test_a_page_is_one_document_that_loads_and_runs_nothing(report: Report) -> None:
    outline = Outline(render(report))

    assert not {"script", "img", "iframe", "object", "form"} & set(outline.tags)
    assert not [name for name, _ in outline.attributes if name.startswith("on") or name == "src"]
    addresses = [value or "" for name, value in outline.attributes if name == "href"]
    assert all(address.startswith(("#", "data:,")) for address in addresses)
    assert "url(" not in render(report)
    assert "@import" not in render(report)


@pytest.mark.parametrize("report", EVERY_REPORT)
def test_headings_start_at_one_and_skip_no_level(report: Report) -> None:
    levels = Outline(render(report)).levels

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


@pytest.mark.parametrize("report", EVERY_REPORT)
def test_every_id_is_unique_and_every_reference_meets_one(report: Report) -> None:
    attributes = Outline(render(report)).attributes
    ids = [value for name, value in attributes if name == "id"]
    wanted = {
        (value or "")[1:] for name, value in attributes if name == "href" and value != "data:,"
    }
    for name, value in attributes:
        if name == "aria-labelledby":
            wanted |= set((value or "").split())

    assert len(ids) == len(set(ids))
    assert wanted <= set(ids)


@pytest.mark.parametrize("report", EVERY_REPORT)
def test_every_table_has_a_caption_and_every_header_a_scope(report: Report) -> None:
    page = render(report)

    assert page.count("<table") == page.count("<caption")
    assert all("scope=" in header for header in re.findall(r"<th\b[^>]*>", page))


def test_what_a_cell_holds_shows_as_text() -> None:
    page = render(reports.a_report_saying(reports.HOSTILE))

    assert "<script" not in page
    assert "62710561" not in Outline(page).text
    assert '<script>alert("x")</script>{{ 7919 * 7919 }}{% raw %}' in Outline(page).text
    assert page.count("</style>") == page.count("<style>") == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ADDRESSES, st.text(max_size=20), st.text(max_size=20))
def test_no_address_of_the_input_is_in_the_page(address: str, before: str, after: str) -> None:
    page = render(reports.a_report_saying(f"{before}{address}{after}"))

    assert address not in Outline(page).text
    assert address not in page


@settings(max_examples=10, deadline=None)
@given(st.from_regex(r"[ps]k_[A-Za-z0-9]{8,48}", fullmatch=True), st.booleans())
def test_no_key_is_in_the_page(key: str, show_addresses: bool) -> None:
    page = render(reports.a_report_saying(f"Bearer {key} refused"), show_addresses=show_addresses)

    assert key not in page


def test_an_address_cut_short_does_not_show_either() -> None:
    local = "a" * 5_000

    page = render(reports.a_report_saying(f"{local}@example.com"))

    assert "aaa" not in page


def test_addresses_show_when_asked_for() -> None:
    page = render(reports.a_run(), show_addresses=True)

    assert "buying@example.net" in page
    assert "Addresses are masked" not in page


def test_two_events_that_look_alike_once_masked_both_count() -> None:
    report = reports.a_small_run().model_copy(
        update={"events": {"for ada@x.co": 3, "for al@x.co": 2}}
    )

    assert render(report).count("for a•••@x.co") == 2


def test_a_message_does_not_repeat_the_field_beside_it() -> None:
    page = render(reports.a_run())

    assert "<td>email</td>" in page
    assert "email: " not in Outline(page).text


def test_long_lists_are_cut_and_say_so() -> None:
    page = render(reports.a_large_report())

    assert len(page) < 250_000
    for words in (
        "4,980 more events",
        "4,980 more contacts",
        "4,980 more codes",
        "3,980 more variables",
    ):
        assert f"and {words}" in page
    assert "and 996,000 more characters" in page


@pytest.mark.parametrize(
    ("report", "shown", "not_shown"),
    [
        pytest.param(
            reports.a_validation(), "Where every row would end", 'id="pace"', id="validate"
        ),
        pytest.param(reports.a_check(), "2 enabled workflows would fire", 'id="pace"', id="check"),
        pytest.param(reports.a_run(), "Rows delivered a second", 'id="checks"', id="run"),
    ],
)
def test_each_command_shows_what_it_knows(report: Report, shown: str, not_shown: str) -> None:
    page = render(report)

    assert report.verdict in page
    assert shown in page
    assert not_shown not in page


def test_estimates_and_samples_are_said_to_be_such() -> None:
    told = {"contacts_exact": False, "other_events": 7, "sampled_from": 296_914}
    counted, estimated = reports.a_validation(), reports.a_validation().model_copy(update=told)
    words = ("an estimate", "at least", "of 7 rows", "a sample of the 296,914 valid rows")

    assert all(word in " ".join(render(estimated).split()) for word in words)
    assert not any(word in render(counted) for word in words)


def test_a_name_shows_its_spaces_and_a_finding_of_no_row_names_none() -> None:
    example = Example(file="", row=0, field="event", message="'buy', 'buy '")
    found = Warnings(count=1, meaning="Alike.", remedy="Choose.", examples=(example,))
    changes = {"events": {"buy": 2, "buy ": 1}, "warnings": {"similar_events": found}}
    page = " ".join(render(reports.a_validation().model_copy(update=changes)).split())

    assert "&#34;buy &#34;" in page
    assert '<th scope="row">all<small>' in page


def test_only_what_is_still_to_be_sent_has_a_time_to_come() -> None:
    estimate = reports.a_validation().estimate
    sent = reports.a_run().model_copy(update={"estimate": estimate})

    assert "if begun now" in render(reports.a_validation())
    assert "if begun now" not in render(sent)


def test_a_report_read_back_from_json_gives_the_same_page() -> None:
    report = reports.a_run()

    assert render(Report.model_validate_json(report.model_dump_json())) == render(report)


def test_only_rendering_pays_for_templates_and_charts() -> None:
    code = (
        "import sys, plunk_import.report.html.page\n"
        "print(sorted({'jinja2', 'markupsafe', 'pygal'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == "[]"
