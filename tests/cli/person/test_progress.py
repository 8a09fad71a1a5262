import contextlib
import io

import pytest

from plunk_import.cli.person import TerminalProgress
from plunk_import.runtime import SilentProgress


class Terminal(io.StringIO):
    """Takes what is written, as a terminal would."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def a_wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def drawn(name: str, total: int | None, *steps: tuple[int, dict[str, str]]) -> str:
    """Everything that a bar draws on a terminal while these steps are reached."""
    screen = Terminal()
    with contextlib.redirect_stderr(screen), TerminalProgress().phase(name, total) as phase:
        for rows, details in steps:
            phase.reached(rows, **details)
    return screen.getvalue()


def test_a_bar_has_rows_rate_troubles_and_the_time_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    troubles = {"rejects": "4", "in doubt": "1"}
    seen = drawn("sending", 2_000, (500, {"rejects": "3"}), (1_000, troubles))
    assert "sending:  50%" in seen
    assert "1.00k/2.00k" in seen
    assert "rows/s" in seen
    assert "<00:0" in seen
    assert "rejects=4, in doubt=1" in seen
    assert capsys.readouterr() == ("", "")


def test_a_bar_is_gone_when_its_stretch_of_work_is_over() -> None:
    assert drawn("sending", 2, (2, {})).split("\r")[-2].strip() == ""


def test_without_a_known_total_rows_are_counted() -> None:
    assert "1.50k rows" in drawn("checking", None, (1_500, {"rejects": "0"}))


def test_what_is_waited_for_is_shown_while_no_row_is_reached() -> None:
    waits = [(1_000, {"waiting": f"for the server, {n} s now"}) for n in range(10)]
    assert "for the server, 9 s now" in drawn("sending", 2_000, *waits)


@pytest.mark.parametrize("total", [2_000, None], ids=["of so many", "of unknown many"])
def test_why_it_waits_is_not_cut_off_on_a_narrow_terminal(
    total: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    why = "for the server, 6 s now: could not connect"
    seen = drawn("sending", total, (74, {"rejects": "0", "in doubt": "2", "waiting": why}))
    assert f"waiting={why}" in seen


def test_the_bar_is_back_when_the_waiting_is_over() -> None:
    seen = drawn("sending", 2_000, (1_000, {"waiting": "6 s"}), (1_500, {"rejects": "0"}))
    assert "sending:  75%|" in seen.split("waiting=6 s")[-1]


@pytest.mark.parametrize("total", [0, 1])
def test_more_rows_than_were_foreseen_are_drawn_all_the_same(total: int) -> None:
    assert "waiting=6 s" in drawn("sending", total, (3, {}), (4, {"waiting": "6 s"}), (5, {}))


def test_silence_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with SilentProgress().phase("sending", 2) as phase:
        phase.reached(1, rejects="1")
    assert capsys.readouterr() == ("", "")
