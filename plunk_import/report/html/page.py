"""The report as a page: one self-contained HTML document."""

import functools
import shlex
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plunk_import.report.checks import joined
from plunk_import.report.html import phrases, sections
from plunk_import.report.html.masking import Masking
from plunk_import.report.lengths import time_in_words
from plunk_import.report.model import Report
from plunk_import.report.text import displayed, exact

if TYPE_CHECKING:
    from jinja2 import Environment

    from plunk_import.report.timeline import Pace


def render(report: Report, *, show_addresses: bool = False) -> str:
    """Render `report` as HTML that loads nothing, for a browser, a phone, a printer, a ticket.

    Whatever stands in the report is shown as text. Addresses are masked unless `show_addresses`;
    what looks like a key never shows.
    """
    report = displayed(report)
    template = _environment(show_addresses=show_addresses).get_template("page.html")
    return template.render(
        report=report,
        outcome=sections.outcome(report),
        ends=sections.ends(report),
        books=sections.books_in_words(report),
        dry=sections.is_dry(report),
        **_drawn(report.pace),
        css=_stylesheet(),
        masked=not show_addresses,
    )


def _drawn(pace: "Pace | None") -> dict[str, Any]:
    """Draw what a run has; a look at a file has none, and need not know how."""
    if pace is None or not pace.intervals:
        return {"charts": (), "words": ""}
    from plunk_import.report.html.chart import charts_of, in_words

    return {"charts": charts_of(pace), "words": in_words(pace)}


def render_compact(report: Report) -> str:
    """Render the outcome of `report` as a part of another page, such as a notebook.

    Addresses and keys are masked, and whatever stands in the report is shown as text.
    """
    report = displayed(report)
    return (
        _environment(show_addresses=False)
        .get_template("compact.html")
        .render(
            report=report,
            outcome=sections.outcome(report),
            ends=sections.ends(report),
            page=Path(report.directory, "report.html") if report.directory else None,
        )
    )


@functools.cache  # compiling the templates takes far longer than filling them
def _environment(*, show_addresses: bool) -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    from plunk_import.report.html.compiled_templates import CompiledTemplates

    masking = Masking(show_addresses=show_addresses)
    environment = Environment(
        loader=PackageLoader(__package__),
        bytecode_cache=CompiledTemplates(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=masking,  # every value passes here on its way into the page, so none is forgotten
    )
    environment.filters.update(
        number=phrases.number,
        plural=phrases.plural,
        percent=phrases.percent,
        duration=time_in_words,
        moment=phrases.moment,
        clock=phrases.clock,
        figure=phrases.figure,
        exact=exact,
        shell=shlex.quote,
        value=phrases.value,
        # An address cut before its @ would no longer be known for one: mask first, then cut.
        short=lambda text, length=160: phrases.short(masking(text), length),
        prose=lambda text: phrases.prose(phrases.short(masking(text), 600)),
        capped=sections.capped,
        joined=joined,
        by_count=sections.by_count,
    )
    return environment


@functools.cache
def _stylesheet() -> str:
    from markupsafe import Markup

    text = (files(__package__) / "templates" / "page.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704  our own file: no value of a report is in it
