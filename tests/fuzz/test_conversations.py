import itertools
import random
from pathlib import Path

from tests.fuzz.conversations import ENDS, ROWS, conversations, outcome
from tests.fuzz.replies import Meaning, script
from tests.fuzz.worker import outcomes


def test_whatever_a_server_replies_each_row_ends_as_the_reply_says(tmp_path: Path) -> None:
    found = list(outcomes(outcome, conversations(4 * ROWS, seed=30_000), tmp_path))
    assert [(conversation, how) for conversation, how in found if how not in ENDS] == []
    assert len(found) == 4


def test_a_script_has_replies_of_every_meaning() -> None:
    replies = list(itertools.islice(script(random.Random(0)), 1_000))  # noqa: S311
    assert {reply.meaning for reply in replies} == set(Meaning)
    assert len({reply.name for reply in replies}) > 30
