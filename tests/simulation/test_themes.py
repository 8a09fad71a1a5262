from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.themes import Habits, set_scene
from tests.simulation.trial import Trial
from tests.simulation.world import Theme, World, draw_theme


def seed_of(theme: Theme) -> int:
    return next(seed for seed in range(1, 1000) if draw_theme(seed) is theme)


@pytest.mark.parametrize("theme", Theme, ids=lambda theme: theme.name.lower())
def test_each_theme_sets_a_scene_of_its_own(theme: Theme, tmp_path: Path) -> None:
    trial = Trial(World(seed_of(theme)), tmp_path)
    assert (trial.habits == Habits()) is (theme is Theme.PLAIN)


def test_a_world_without_a_theme_is_left_as_it_was_drawn(tmp_path: Path) -> None:
    world = World(seed_of(Theme.PLAIN))
    trial = Trial(world, tmp_path)
    state = world.chance.getstate()
    assert set_scene(world, trial.scenery) == Habits()
    assert world.chance.getstate() == state


def test_no_theme_is_as_frequent_as_none_and_each_is_met() -> None:
    themes = [draw_theme(seed) for seed in range(1, 2001)]
    assert Counter(themes).most_common(1)[0][0] is Theme.PLAIN
    assert min(themes.count(theme) for theme in Theme) > 100
