"""The report as a page: takes a report, gives one self-contained HTML document."""

import functools
from importlib.resources import files
from typing import TYPE_CHECKING

from plunk_import.display import exact
from plunk_import.page import phrases, sections
from plunk_import.page.course import course_of
from plunk_import.page.veil import Veil
from plunk_import.report import Report

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["render"]


def render(report: Report, *, show_addresses: bool = False) -> str:
    """Give `report` as HTML that loads nothing, for a browser, a phone, a printer, a ticket.

    Whatever stands in the report is shown as text. Addresses are masked unless `show_addresses`;
    what looks like a key never shows.
    """
    from plunk_import.page.charts import pace_charts

    course = course_of(report.pace) if report.pace else None
    template = _environment(show_addresses=show_addresses).get_template("page.html")
    return template.render(
        report=report,
        outcome=sections.outcome(report),
        ends=sections.ends(report),
        books=sections.books_in_words(report),
        dry=sections.is_dry(report),
        course=course,
        charts=pace_charts(report.pace, course) if report.pace and course else (),
        css=_stylesheet(),
        masked=not show_addresses,
    )


@functools.cache  # compiling the templates takes far longer than filling them
def _environment(*, show_addresses: bool) -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    veil = Veil(show_addresses=show_addresses)
    environment = Environment(
        loader=PackageLoader(__name__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=veil,  # every value passes here on its way into the page, so none is forgotten
    )
    environment.filters.update(
        number=phrases.number,
        plural=phrases.plural,
        percent=phrases.percent,
        duration=phrases.duration,
        moment=phrases.moment,
        clock=phrases.clock,
        figure=phrases.figure,
        exact=exact,
        value=phrases.value,
        # An address cut before its @ would no longer be known for one: veil first, then cut.
        short=lambda text, length=160: phrases.short(veil(text), length),
        prose=lambda text: phrases.prose(phrases.short(veil(text), 600)),
        capped=sections.capped,
        by_count=sections.by_count,
    )
    return environment


@functools.cache
def _stylesheet() -> str:
    from markupsafe import Markup

    text = (files(__name__) / "templates" / "page.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704  our own file: no value of a report is in it
