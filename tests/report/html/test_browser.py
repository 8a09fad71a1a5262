"""The page in a real Chromium, driven by Playwright; `chromium` must be on the PATH."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

from plunk_import import Report
from plunk_import.report import render
from tests.report.commands import HOSTILE, Commands

pytestmark = pytest.mark.browser

PHONE, DESKTOP = 360, 1280
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
REPORTS = ("validate", "check", "run", "small_run", "nothing_left", "hostile", "unbroken")
FOCUSABLE = "a[href], summary, pre[tabindex]"
Open: TypeAlias = Callable[..., Page]
Scheme: TypeAlias = Literal["light", "dark"]


@pytest.fixture(scope="module")
def browser(commands: Commands) -> Iterator[Browser]:
    for name in REPORTS:  # before Playwright, whose event loop holds on to this thread
        getattr(commands, name)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "these tests drive Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a report as a file; every console message, error and request fails the test."""
    heard: list[str] = []

    def opened(
        report: Report, *, width: int = DESKTOP, scheme: Scheme = "light", unfold: bool = False
    ) -> Page:
        path = tmp_path / "report.html"
        path.write_text(render(report), encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
        )
        page = context.new_page()
        page.on("console", lambda message: heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: heard.append(f"error: {error}"))
        page.on("request", lambda request: heard.append(f"request: {request.url}"))
        page.goto(path.as_uri())
        assert heard.pop(0) == f"request: {path.as_uri()}"
        if unfold:
            page.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
        return page

    yield opened
    assert heard == []
    for context in browser.contexts:
        context.close()


@pytest.mark.parametrize("name", REPORTS)
def test_opens_without_a_request_an_error_or_a_word_on_the_console(
    open_page: Open, commands: Commands, name: str
) -> None:
    page = open_page(getattr(commands, name))

    assert page.locator("h1").is_visible()
    assert page.title().startswith(getattr(commands, name).command)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize("name", ["check", "run", "nothing_left", "hostile"])
def test_the_accessibility_checker_finds_nothing(
    open_page: Open, commands: Commands, name: str, width: int, scheme: Scheme
) -> None:
    page = open_page(getattr(commands, name), width=width, scheme=scheme, unfold=True)

    results = Axe().run(page)

    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("name", REPORTS)
def test_a_phone_need_not_scroll_sideways(open_page: Open, commands: Commands, name: str) -> None:
    page = open_page(getattr(commands, name), width=PHONE, unfold=True)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    assert page.evaluate(
        "[...document.querySelectorAll('main *:not(svg *)')]"
        ".filter(it => it.getBoundingClientRect().right > innerWidth + 1).map(it => it.outerHTML)"
    ) == []  # fmt: skip


def test_the_keyboard_reaches_everything_in_order(open_page: Open, commands: Commands) -> None:
    page = open_page(commands.run, unfold=True)
    wanted = page.eval_on_selector_all(FOCUSABLE, "all => all.map(it => it.outerHTML)")

    reached = []
    for _ in wanted:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.outerHTML"))
        focus = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert focus == "solid"

    assert len(wanted) > 5
    assert reached == wanted


def test_the_keyboard_opens_what_is_folded(open_page: Open, commands: Commands) -> None:
    page = open_page(commands.run)
    details = page.locator("#pace details")
    assert not details.locator("table").is_visible()

    details.locator("summary").focus()
    page.keyboard.press("Enter")

    assert details.locator("table").is_visible()


def test_the_first_tab_leads_past_the_links(open_page: Open, commands: Commands) -> None:
    page = open_page(commands.run)
    page.keyboard.press("Tab")
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]

    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize(
    ("width", "shown"), [pytest.param(PHONE, "narrow", id="phone"), pytest.param(DESKTOP, "wide")]
)
def test_one_chart_shows_with_its_words(
    open_page: Open, commands: Commands, width: int, shown: str
) -> None:
    page = open_page(commands.run, width=width)

    charts = page.get_by_role("img", name="Rows delivered a second")
    assert charts.count() == 1
    assert shown in (charts.get_attribute("class") or "")


def test_light_and_dark_follow_the_system(open_page: Open, commands: Commands) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"

    light = open_page(commands.run, scheme="light").evaluate(ground)
    dark = open_page(commands.run, scheme="dark").evaluate(ground)

    assert light == "rgb(246, 247, 249)"
    assert dark == "rgb(16, 19, 25)"


def test_print_is_dark_on_white_and_shows_what_is_folded(
    open_page: Open, commands: Commands
) -> None:
    page = open_page(commands.run, scheme="dark")

    page.emulate_media(media="print")

    for details in page.locator("details").all():
        assert details.locator(":scope > :not(summary)").bounding_box()["height"] > 0  # type: ignore[index]
    assert not page.locator("nav").is_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(23, 27, 34)"


def test_a_cell_shows_as_the_text_it_is(open_page: Open, commands: Commands) -> None:
    page = open_page(commands.hostile)

    assert page.locator("h1").text_content() == HOSTILE
