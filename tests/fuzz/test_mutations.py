from pathlib import Path

from tests.fuzz.mutations import ENDS, WHOLE, mutations, outcome
from tests.fuzz.worker import outcomes


def test_a_mutated_file_is_read_or_refused_by_its_name(tmp_path: Path) -> None:
    found = list(outcomes(outcome, mutations(2 * len(WHOLE), seed=20_000), tmp_path))
    assert [(mutation, how) for mutation, how in found if how not in ENDS] == []
    assert {how for _, how in found} == ENDS
