import pytest

from plunk_import.errors import ExitCode, StoppedError
from plunk_import.runtime.progress import SilentProgress
from plunk_import.runtime.runtime import Runtime
from plunk_import.runtime.stop import Control, StopRequest

CTRL_C = StopRequest(ExitCode.INTERRUPTED, "interrupted")
KILLED = StopRequest(ExitCode.TERMINATED, "terminated")


def test_the_first_request_to_stop_counts() -> None:
    control, heard = Control(), list[StopRequest]()
    control.govern(heard.append)
    control.stop(CTRL_C)
    control.stop(KILLED)
    assert control.request is CTRL_C
    assert heard == [CTRL_C, CTRL_C]


def test_what_begins_after_a_request_to_stop_hears_of_it_at_once() -> None:
    control, heard = Control(), list[StopRequest]()
    control.stop(CTRL_C)
    control.govern(heard.append)
    assert heard == [CTRL_C]


def test_only_what_governs_now_is_told_to_stop() -> None:
    control, before, now = Control(), list[StopRequest](), list[StopRequest]()
    control.govern(before.append)
    control.govern(now.append)
    control.stop(CTRL_C)
    assert (before, now) == ([], [CTRL_C])


def test_a_stop_before_anything_was_sent_ends_the_work_with_its_exit_code() -> None:
    control = Control()
    control.check()
    control.stop(KILLED)
    with pytest.raises(StoppedError, match="terminated: nothing was sent") as raised:
        control.check()
    assert raised.value.exit_code is ExitCode.TERMINATED


def test_each_run_has_edges_of_its_own_that_say_nothing() -> None:
    assert Runtime().control is not Runtime().control
    assert isinstance(Runtime().progress, SilentProgress)
