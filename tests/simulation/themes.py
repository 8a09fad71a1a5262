"""What a world has more of than others, by its theme: each makes some troubles meet often.

Seeds without a theme draw everything evenly, and what needs three rare things at once hardly ever
happens there. Nothing here is beyond what the other worlds may do; it is only more frequent.
"""

import dataclasses
from collections.abc import Callable

from tests.simulation.scenery import HOUR, Scenery
from tests.simulation.store import Build, Limits, Segment, Workflow
from tests.simulation.world import Theme, World


@dataclasses.dataclass(frozen=True, slots=True)
class Habits:
    """What people do in a world, as far as its theme says.

    Attributes:
        secret_key: How likely they have the right one, or else none; None: as anywhere.
        pause_seconds: How long they wait between two commands, at the least and at the most.
        leaps: How often their machine's clock may step in a command.
        forgets: How likely what was allowed once is not allowed again.
        dies: How likely their processes are of the kind that gets killed; None: as anywhere.
        answers: Whether somebody sits there who answers questions.
        finds_key: Whether those without the secret key have it in the end.
        loses_log: How likely a killed run loses what its journal was told last.
        history: How likely they keep a history.
        stays: How likely their next command is for a run that has begun.
        verbs: What they do then.
        others: What else they begin.
        first_steps: What they do after the first command, before anything is drawn: a run by its
            place in the order of their beginning, and what is done; None is the same file again.
        allows: Whether they allow everything, or nothing; None: as anywhere.
        meddles: How likely workflows are switched on and off between two commands.
        people: How many the file tells of, at the most; None: as anywhere.

    """

    secret_key: float | None = None
    pause_seconds: tuple[float, float] = (20, 72 * HOUR)
    leaps: int = 1
    forgets: float = 0.4
    dies: float | None = None
    answers: bool = False
    finds_key: bool = False
    loses_log: float = 0.04
    history: float = 0.4
    stays: float = 0.7
    verbs: tuple[str, ...] = (*["resume"] * 3, *["resolve"] * 2, "status", "run")
    others: tuple[str, ...] = ("same", "event", "event", "other", "tonight", "tonight")
    first_steps: tuple[tuple[int | None, str], ...] = ()
    allows: bool | None = None
    meddles: float = 0.3
    people: int | None = None


def set_scene(world: World, scenery: Scenery) -> Habits:
    """Change a world as its theme wants it, and tell what people do in it."""
    scene = _SCENES.get(world.theme)
    return Habits() if scene is None else scene(world, scenery)


def _slow(world: World, scenery: Scenery) -> Habits:
    _often_spring(world, scenery)
    settle_seconds = world.chance.choice([30.0, 60.0])
    timeout_seconds = world.chance.choice([4.0, 10.0, 30.0])
    scenery.set_times(timeout_seconds=timeout_seconds, settle_seconds=settle_seconds)
    scenery.weather.track = {"late": world.chance.choice([0.3, 0.5])}
    scenery.weather.longest_late_seconds = 100.0
    if world.happens(0.6):  # so that some rows are sent after the others were given up
        scenery.settings["max_in_flight"] = world.chance.choice([1, 2])
    scenery.clock_trouble = world.happens(0.7)
    return Habits(secret_key=0.85, leaps=4, dies=0.2)


def _hourly(world: World, scenery: Scenery) -> Habits:
    scenery.is_hosted = False
    scenery.server.build = world.chance.choice([Build.AUTUMN, Build.NEWEST])
    scenery.server.limits = Limits(HOUR, 0.0, None, 3)
    scenery.set_times(timeout_seconds=4.0, settle_seconds=30.0)
    scenery.weather.track = {"late": world.chance.choice([0.2, 0.5])}
    scenery.weather.longest_late_seconds = 100.0
    scenery.troubles = 0.0
    return Habits(secret_key=0.15, pause_seconds=(1000, 3400), dies=0.3)


def _crowd(world: World, scenery: Scenery) -> Habits:
    _often_spring(world, scenery)
    scenery.weather.read = {"bad_gateway": world.chance.choice([0.0, 0.3, 0.7])}
    scenery.weather.track = {"reply_lost": 0.2, "reply_reset": 0.2}
    scenery.traffic = world.chance.choice([30.0, 100.0])
    scenery.has_favourite = True
    scenery.slow_disk = True
    return Habits(secret_key=1.0, dies=0.9)


def _gates(world: World, scenery: Scenery) -> Habits:
    for event in ("order.placed", "order.shipped", "segment.buyers.entry"):
        for _ in range(world.chance.randint(0, 3)):
            scenery.server.workflows.append(
                Workflow(
                    f"w{world.number()}",
                    event,
                    enabled=world.happens(0.5),
                    waits=world.happens(0.3),
                    allow_reentry=world.happens(0.3),
                    standing={f"p{person}@x.co" for person in range(5)},
                )
            )
    if world.happens(0.6):
        scenery.server.segments.append(Segment("buyers", "order.placed"))
    scenery.unreadable = "/workflows" if world.happens(0.3) else None
    # So little is sent at once that a run takes several commands; to ask in vain takes longer.
    if scenery.unreadable is None and world.happens(0.6):
        scenery.server.limits = Limits(24 * HOUR, 0.0, 2.0, 2)
        scenery.settings["max_duration_seconds"] = 1.0
    return Habits(secret_key=0.85, forgets=0.8, dies=0.7, answers=world.happens(0.5), meddles=0.9)


def _skew(world: World, scenery: Scenery) -> Habits:
    _often_spring(world, scenery)
    scenery.clock_trouble = True
    scenery.client_offset = world.chance.uniform(-600.0, 1800.0)
    scenery.weather.track = {"reply_lost": world.chance.choice([0.0, 0.3])}
    scenery.slow_disk = True
    return Habits(secret_key=1.0, dies=1.0)


def _nights(world: World, scenery: Scenery) -> Habits:
    _often_spring(world, scenery)
    scenery.set_times(timeout_seconds=4.0, settle_seconds=5.0)
    scenery.weather.track = {"lost": world.chance.choice([0.2, 0.4]), "reply_lost": 0.3}
    scenery.settings["max_duration_seconds"] = world.between(1.0, 12.0)
    scenery.traffic = world.chance.choice([0.0, 5.0])
    return Habits(
        secret_key=1.0,
        pause_seconds=(60, 20 * HOUR),
        forgets=0.0,
        dies=0.3,
        history=1.0,
        stays=0.6,
        verbs=("resume", "resolve", "resolve", "resolve"),
        others=("same", "tonight", "tonight"),
    )


def _keyless(world: World, scenery: Scenery) -> Habits:
    _often_spring(world, scenery)
    scenery.set_times(timeout_seconds=4.0, settle_seconds=60.0)
    scenery.settings["rest_seconds"] = world.chance.choice([0.0, 1.0, 5.0])
    scenery.weather.track = {"late": world.chance.choice([0.2, 0.4])}
    scenery.weather.longest_late_seconds = 100.0
    return Habits(secret_key=0.0, pause_seconds=(20, 120), dies=0.5, finds_key=True, loses_log=0.25)


def _shards(world: World, scenery: Scenery) -> Habits:
    if world.happens(0.6):  # one bucket for all of them, which is soon empty
        limits = scenery.server.limits
        scenery.server.limits = Limits(limits.key_lifetime, limits.sweep, 5.0, 3)
    return Habits(secret_key=0.7, dies=0.8)


def _repeats(world: World, scenery: Scenery) -> Habits:
    """Have a file's rows in doubt, sent again by another run, and looked for by the first."""
    _often_spring(world, scenery)
    scenery.set_times(timeout_seconds=4.0, settle_seconds=5.0)
    scenery.weather.track = {"lost": 0.4, "reply_lost": 0.3}
    scenery.settings["max_duration_seconds"] = world.between(1.0, 12.0)
    scenery.traffic = 5.0
    scenery.set_clocks_right()
    with_history = Habits(
        secret_key=1.0,
        pause_seconds=(60, 20 * HOUR),
        forgets=0.0,
        dies=0.2,
        history=1.0,
        others=("same",),
        first_steps=((0, "resolve"), (None, "run"), (0, "resume")),
        allows=True,
    )
    alone = dataclasses.replace(with_history, history=0.0, pause_seconds=(5, 250))
    match world.chance.choice(["proven", "proven", "later", "earlier", "enabled"]):
        case "later":
            steps = ((None, "run"), (0, "resolve"))
            return dataclasses.replace(
                alone, pause_seconds=(25 * HOUR, 72 * HOUR), first_steps=steps
            )
        case "earlier":
            return dataclasses.replace(alone, first_steps=((None, "run"), (-1, "resolve")))
        case "enabled":
            return _enabled(world, scenery, alone)
    return with_history


def _enabled(world: World, scenery: Scenery, habits: Habits) -> Habits:
    """Have a workflow enabled after a run that asked about it, and before its doubt is settled."""
    scenery.server.build = world.chance.choice([Build.AUTUMN, Build.NEWEST])
    scenery.traffic = 0.0  # it would start the workflow before
    late = Workflow("late", "order.placed", enabled=False, allow_reentry=True)
    scenery.server.workflows.append(late)
    steps = ((0, "resolve"), (0, "resume"))
    return dataclasses.replace(
        habits, first_steps=steps, allows=False, forgets=1.0, meddles=1.0, dies=0.8
    )


def _still(world: World, scenery: Scenery) -> Habits:
    """Have the rows of one or two people late, and writes that stand still meanwhile.

    When they go on, what has waited is stored in one moment, in any order.
    """
    scenery.server.build = Build.SPRING
    scenery.set_times(timeout_seconds=4.0, settle_seconds=world.chance.choice([10.0, 30.0]))
    scenery.weather.track = {"late": 0.5}
    scenery.weather.longest_late_seconds = 100.0
    scenery.server.serves_in_order = False
    scenery.set_clocks_right()
    seconds = world.between(20.0, 600.0)
    world.at(world.between(0.5, 20.0), lambda: scenery.server.lock(seconds))
    return Habits(secret_key=1.0, dies=0.2, allows=True, people=2)


def _often_spring(world: World, scenery: Scenery) -> None:
    if world.happens(0.75):
        scenery.server.build = Build.SPRING


_SCENES: dict[Theme, Callable[[World, Scenery], Habits]] = {
    Theme.SLOW: _slow,
    Theme.HOURLY: _hourly,
    Theme.CROWD: _crowd,
    Theme.GATES: _gates,
    Theme.SKEW: _skew,
    Theme.NIGHTS: _nights,
    Theme.KEYLESS: _keyless,
    Theme.SHARDS: _shards,
    Theme.REPEATS: _repeats,
    Theme.STILL: _still,
}
