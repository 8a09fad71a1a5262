import anyio
import pytest
from anyio.lowlevel import checkpoint

from plunk_import.send import ConcurrencyLimit

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Crowd:
    """Tasks that go in when they can and stay inside until told to leave."""

    def __init__(self, slots: ConcurrencyLimit) -> None:
        self._slots = slots
        self.came: list[int] = []
        self.exits = [anyio.Event() for _ in range(9)]
        self.scopes = [anyio.CancelScope() for _ in range(9)]

    async def visit(self, number: int) -> None:
        with self.scopes[number]:
            await self._slots.enter()
            try:
                self.came.append(number)
                await self.exits[number].wait()
            finally:
                self._slots.leave()


async def settled() -> None:
    for _ in range(5):
        await checkpoint()


@pytest.mark.parametrize(
    ("limit", "leaving", "later_limit", "came"),
    [
        pytest.param(2, [], 2, [0, 1], id="as many as there are places"),
        pytest.param(2, [1, 0], 2, [0, 1, 2, 3], id="the others in their order"),
        pytest.param(1, [0], 4, [0, 1, 2, 3, 4], id="more under a higher limit"),
        pytest.param(3, [0, 1], 1, [0, 1, 2], id="none until a lower limit is met"),
        pytest.param(3, [0, 1, 2], 1, [0, 1, 2, 3], id="one at a time under a lower limit"),
    ],
)
async def test_as_many_are_inside_as_the_limit_says(
    limit: int, leaving: list[int], later_limit: int, came: list[int]
) -> None:
    slots = ConcurrencyLimit(limit)
    crowd = Crowd(slots)
    async with anyio.create_task_group() as tasks:
        for number in range(6):
            tasks.start_soon(crowd.visit, number)
        await settled()
        slots.limit = later_limit
        for number in leaving:
            crowd.exits[number].set()
            await settled()
        assert crowd.came == came
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize("admitted", [False, True], ids=["still in line", "just let in"])
async def test_one_who_is_cancelled_in_line_takes_no_place(admitted: bool) -> None:
    crowd = Crowd(ConcurrencyLimit(1))
    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(crowd.visit, number)
        await settled()
        if admitted:
            crowd.exits[0].set()
            while len(crowd.came) == 1 and not crowd.scopes[1].cancel_called:
                await checkpoint()
                crowd.scopes[1].cancel()
        else:
            crowd.scopes[1].cancel()
            await settled()
            crowd.exits[0].set()
        await settled()
        assert crowd.came[-1] == 2
        tasks.cancel_scope.cancel()
