import asyncio
import contextlib
import math
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio.to_thread
import pytest

from tests.simulation.loop import EndlessError, VirtualLoop
from tests.simulation.process import End, Kill, Process, carry_out, carry_out_together
from tests.simulation.world import World


class OwnError(Exception):
    exit_code = 2


def run(work: Callable[[], Awaitable[int]], home: Path, kill: Kill | None = None) -> End:
    return carry_out(World(1), Process(work, home, kill or Kill(), lambda: None, OwnError))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    return place


def test_hours_pass_at_once_and_in_order() -> None:
    world, happened = World(1), list[str]()
    loop = VirtualLoop(world)

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        happened.append(f"{name} at {world.now:.0f}")

    async def main() -> None:
        await asyncio.gather(sleeper("b", 7200), sleeper("a", 3600))

    world.at(5000, lambda: happened.append("world"))
    loop.run_until_complete(main())
    loop.close()
    assert happened == ["a at 3600", "world", "b at 7200"]


def test_blocking_work_is_done_on_the_loops_own_thread() -> None:
    loop = VirtualLoop(World(1))

    async def main() -> list[int]:
        done: list[int] = []
        await asyncio.to_thread(done.append, 1)
        return done

    assert loop.run_until_complete(main()) == [1]
    loop.close()


def test_a_question_in_a_thread_of_anyio_takes_no_time() -> None:
    world = World(1)
    loop = VirtualLoop(world)
    world.at(60, lambda: None)

    async def main() -> float:
        await anyio.to_thread.run_sync(lambda: True, abandon_on_cancel=True)
        return world.now

    assert loop.run_until_complete(main()) == 0
    loop.close()


def test_what_waits_for_nothing_is_found(home: Path) -> None:
    async def work() -> int:
        await asyncio.Event().wait()
        return 0

    end = run(work, home)
    assert end.bug is not None
    assert "never ends" in end.bug


def test_what_goes_round_in_one_moment_is_found() -> None:
    loop = VirtualLoop(World(1), most_steps=500)

    async def main() -> None:
        while True:  # noqa: ASYNC110 - the fault that is looked for
            await asyncio.sleep(0)

    with contextlib.closing(loop), pytest.raises(EndlessError):
        loop.run_until_complete(main())


@pytest.mark.parametrize("kill", [Kill(step=2), Kill(moment=5.0)], ids=["at a step", "at a moment"])
def test_the_dead_tidy_up_nothing(home: Path, kill: Kill) -> None:
    async def work() -> int:
        note = home / "note"
        note.write_text("before")
        try:
            await asyncio.sleep(10)
        finally:
            note.write_text("tidied up")
            (home / "more").write_text("never")
        return 0

    end = run(work, home, kill)
    assert end.was_killed
    assert {path.name: path.read_text() for path in home.iterdir()} == {"note": "before"}


def test_an_error_of_the_importers_own_is_an_exit_code_and_any_other_a_bug(home: Path) -> None:
    async def own() -> int:
        raise OwnError("told")

    async def bug() -> int:
        raise KeyError("oops")

    assert run(own, home) == End(2, "told")
    assert run(bug, home).bug == "KeyError: 'oops'"


def test_a_world_can_be_asked_for_what_comes() -> None:
    world = World(1)
    assert world.next_moment() == math.inf
    world.at(3.0, lambda: None)
    assert world.next_moment() == 3.0


def side_by_side(seed: int, place: Path, kill: Kill) -> tuple[list[End], list[str]]:
    """Let two processes write in turns, of which the first may die."""
    world, told = World(seed), list[str]()

    def writer(name: str) -> Process:
        home = place / name

        async def work() -> int:
            home.mkdir(parents=True)
            try:
                for number in range(3):
                    (home / str(number)).touch()
                    told.append(f"{name}{number}")
                    await asyncio.sleep(1)
            finally:
                (home / "tidied up").touch()
            return 0

        return Process(work, home, kill if name == "a" else Kill(), lambda: None, OwnError)

    return carry_out_together(world, [writer("a"), writer("b")]), told


def test_processes_side_by_side_take_turns_as_the_seed_says(tmp_path: Path) -> None:
    stories = [side_by_side(seed, tmp_path / str(seed), Kill())[1] for seed in range(20)]
    again = [side_by_side(seed, tmp_path / f"again{seed}", Kill())[1] for seed in range(20)]
    assert stories == again
    assert {tuple(told[:2]) for told in stories} == {("a0", "b0"), ("b0", "a0")}
    assert all(sorted(told) == ["a0", "a1", "a2", "b0", "b1", "b2"] for told in stories)


def test_of_processes_side_by_side_one_dies_alone(tmp_path: Path) -> None:
    (dead, alive), told = side_by_side(1, tmp_path, Kill(moment=0.5))
    assert (dead.was_killed, alive.exit_code) == (True, 0)
    assert sorted(told) == ["a0", "b0", "b1", "b2"]
    assert sorted(one.name for one in (tmp_path / "a").iterdir()) == ["0"]
    assert (tmp_path / "b" / "tidied up").exists()
