"""Makes, from the samples, the README's pictures of the terminal and of report.html.

    python tools/screenshots.py [DIRECTORY]        # docs/images unless given

Needs the `dev` extra and Debian's chromium. What is seen is a real run into the sandbox.
"""

import dataclasses
import os
import pty
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, FloatRect, sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parent.parent
COMMAND = "plunk-import run shopify_orders.csv -m shopify_orders.yaml -o runs/orders --sandbox"
COLUMNS = 128
SCALE = 2  # device pixels for a CSS pixel, so that text stays sharp where it is enlarged
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: transparent; }}
main {{ display: inline-block; background: #1b1f27; border-radius: 10px; padding: 34px 18px 14px;
  position: relative; }}
main::before {{ content: "● ● ●"; position: absolute; top: 8px; left: 16px; color: #6b7280;
  letter-spacing: 2px; font: 12px sans-serif; }}
pre {{ margin: 0; color: #e5e9f0;
  font: 14px/1.45 "Liberation Mono", "DejaVu Sans Mono", monospace; }}
</style><main><pre>{code}</pre></main>"""


@dataclasses.dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the report: its name, and the screen it is taken on, in CSS pixels."""

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"]


SHOTS = (
    Shot("report-light", 1040, 1180, "light"),
    Shot("report-dark", 1040, 1180, "dark"),
    Shot("report-phone", 360, 1180, "light"),
)


def main() -> None:
    """Run the command and write the pictures."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        place = Path(name)
        for sample in (ROOT / "samples").glob("shopify_orders.*"):
            shutil.copy(sample, place)
        shoot_terminal(browser, run_on_a_terminal(COMMAND, place), target / "terminal.png")
        report = place / "runs" / "orders" / "report.html"
        for shot in SHOTS:
            shoot_report(browser, report, shot, target / f"{shot.name}.png")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium of the PATH."""
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


def run_on_a_terminal(command: str, place: Path) -> str:
    """Run `command` and give what it writes to a terminal, colours and all; progress left out."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    with subprocess.Popen(
        command.split(),
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ):
        os.close(theirs)
        written = b"".join(_chunks(ours))
    return written.decode().replace("\r\n", "\n")


def _chunks(terminal: int) -> Iterator[bytes]:
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        while True:
            try:
                chunk = stream.read(65_536)
            except OSError:  # Linux says so when the last writer of a terminal has gone
                return
            if not chunk:
                return
            yield chunk


def shoot_terminal(browser: Browser, written: str, target: Path) -> None:
    """Picture the command and what it wrote, as a terminal shows them."""
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text(f"$ {COMMAND}", style="bold"))
        console.print(Text.from_ansi(written))
        code = console.export_html(theme=MONOKAI, inline_styles=True, code_format="{code}")
    page = browser.new_page(device_scale_factor=SCALE)
    page.set_content(TERMINAL.format(code=code))
    page.locator("main").screenshot(path=target, omit_background=True)
    page.close()


def shoot_report(browser: Browser, report: Path, shot: Shot, target: Path) -> None:
    """Picture the top of the page on the shot's screen."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.scheme,
        device_scale_factor=SCALE,
    )
    page.goto(report.as_uri())
    clip: FloatRect = {"x": 0, "y": 0, "width": shot.width, "height": shot.height}
    page.screenshot(path=target, clip=clip)
    page.close()


if __name__ == "__main__":
    main()
