import pytest

from tests.simulation.mutants import MUTANTS, PACKAGE, PROJECT, Change
from tests.simulation.trial import play

SEEDS_AT_ONCE = 20
SEEDS_OF_EVERY_RUN = 200
SEEDS = [
    pytest.param(first, marks=[pytest.mark.ordeal] if first > SEEDS_OF_EVERY_RUN else [])
    for first in range(1, 1001, SEEDS_AT_ONCE)
]
# A process that is killed has tasks that never began.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")


@pytest.mark.parametrize("first", SEEDS)
def test_every_world_is_left_in_order(first: int) -> None:
    verdicts = map(play, range(first, first + SEEDS_AT_ONCE))
    failed = [f"seed {one.seed}: {one.complaints[0]}" for one in verdicts if one.complaints]
    assert not failed, "\n".join([*failed, "see: python -m tests.simulation --seed N"])


@pytest.mark.parametrize(
    "seed",
    [
        1182,
        1326,
        1812,
        1831,
        2012,
        2134,
        2864,
        3367,
        3804,
        3904,
        4430,
        7094,
        7883,
        10032,
        12200,
        36428,
        40028,
        50438,
        52957,
        55578,
        60673,
        63824,
        78889,
        152196,
        202294,
        202476,
    ],
)
def test_a_world_that_was_once_left_in_disorder_is_no_more(seed: int) -> None:
    assert play(seed).complaints == ()


def test_a_seed_replays_exactly() -> None:
    once, again = play(3, tells=True), play(3, tells=True)
    assert once == again
    assert len(once.story) > 10


def test_seeds_differ() -> None:
    assert play(3).digest != play(4).digest


def test_every_mutant_changes_the_package_in_one_place() -> None:
    changes = [(mutant.name, mutant.change) for mutant in MUTANTS]
    times = {
        name: (PROJECT / PACKAGE / change.file).read_text(encoding="utf-8").count(change.before)
        for name, change in changes
    }
    assert {name: count for name, count in times.items() if count != 1} == {}


def test_a_change_that_fits_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="0 times"):
        Change("errors.py", "no such text", "").apply(PROJECT / PACKAGE)
