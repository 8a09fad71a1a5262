"""One seed: a world is drawn, people import into it, and whatever is wrong afterwards is told."""

import contextlib
import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.simulation.disk import Disk
from tests.simulation.files import Export, Plan, draw_export, draw_plan, tonight
from tests.simulation.ledger import Ledger, Run, Sitting
from tests.simulation.network import Network
from tests.simulation.oracle import Oracle
from tests.simulation.process import Kill, SimulatedClock, WallOffset
from tests.simulation.product import HOSTED, SELF_HOSTED, Command, Leave, Machine, execute
from tests.simulation.scenery import Scenery
from tests.simulation.server import SECRET_KEY
from tests.simulation.themes import set_scene
from tests.simulation.verified import Verified
from tests.simulation.world import Theme, World

MOST_COMMANDS = 5
LAST_RESUMES = 3
HOUR = 3600.0
STORED = 200


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """What a seed showed: nothing wrong, or complaints with the story that led there."""

    seed: int
    complaints: tuple[str, ...]
    story: tuple[str, ...]
    digest: str


def play(seed: int, *, tells: bool = False) -> Verdict:
    """Play one seed from the beginning to the end."""
    with temporary_home() as home:
        world = World(seed, tells=tells)
        trial = _kind_of_trial(world)(world, home)
        with trial.disk.watched():
            complaints = trial.play()
        return Verdict(seed, tuple(complaints), tuple(trial.world.story), trial.ledger.digest())


@contextlib.contextmanager
def temporary_home() -> Iterator[Path]:
    """Make a directory in memory where there is one: a disk would only cost time."""
    memory = Path("/dev/shm")  # noqa: S108 - a private directory is made in it
    parent = tempfile.mkdtemp(prefix="simulation-", dir=memory if memory.is_dir() else None)
    home = Path(parent) / "home"
    home.mkdir()
    try:
        yield home
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def _kind_of_trial(world: World) -> "type[Trial]":
    from tests.simulation.shards import ShardedTrial

    return ShardedTrial if world.theme is Theme.SHARDS else Trial


class Trial:
    """The people of one world, and what they do one after the other."""

    most_people = 5
    most_rows = 9

    def __init__(self, world: World, home: Path) -> None:
        self.world = world
        self.home = home
        self.scenery = Scenery(world)
        self.server = self.scenery.server
        self.disk = Disk()
        self.habits = set_scene(world, self.scenery)
        self.ledger = Ledger(self.server, clocks_agree=not self.scenery.clock_trouble)
        self.oracle = Oracle(self.ledger)
        self.wall = WallOffset(self.scenery.client_offset)
        self.base_url = HOSTED if self.scenery.is_hosted else SELF_HOSTED
        self.secret_key = world.chance.choice([SECRET_KEY] * 5 + [None] * 4 + ["sk_wrong"])
        if self.habits.secret_key is not None:
            self.secret_key = SECRET_KEY if world.happens(self.habits.secret_key) else None
        keeps_history = world.happens(self.habits.history)
        self.history = home / "history.sqlite" if keeps_history else None
        self.leave = Leave(workflows=world.happens(0.7), resubscribe=world.happens(0.5))
        if (allows := self.habits.allows) is not None:
            self.leave = Leave(workflows=allows, resubscribe=allows)
        self.dies = world.happens(0.55 if self.habits.dies is None else self.habits.dies)
        self.plan = draw_plan(world, "order.placed")
        self.export = draw_export(
            world,
            home / "orders.csv",
            "o",
            self.plan,
            people=self.habits.people or self.most_people,
            rows=self.most_rows,
        )
        self.scenery.populate(self.export, [self.plan.event, "order.shipped"])
        world.tell("world", self._described())

    def _described(self) -> str:
        secret = {None: "no secret key", SECRET_KEY: "a secret key"}.get(
            self.secret_key, "a wrong secret key"
        )
        return (
            f"{self.world.theme}; {self.scenery.described()}; {secret}, "
            f"{'a history' if self.history else 'no history'}, {self.plan}, {self.leave}, "
            f"{self.scenery.settings}"
        )

    def play(self) -> list[str]:
        """Live through it; give every complaint, ending at the first command that earns one."""
        first = self.new_run("first", self.export, self.plan)
        if found := self.sit(first, "run"):
            return found
        for run, verb in self._what_is_done():
            if found := self.sit(run, verb):
                return found
        return self._heal()

    def _what_is_done(self) -> Iterator[tuple[Run, str]]:
        """Iterate over the commands after the first, each some time after the one before."""
        for place, verb in self.habits.first_steps:
            self._wait()
            yield (self._again() if place is None else self.ledger.runs[place]), verb
        for _ in range(self.world.chance.randint(0, MOST_COMMANDS)):
            self._wait()
            yield self._next()

    def _next(self) -> tuple[Run, str]:
        """Draw what is done next: most go on with a run, some begin another."""
        if self.world.happens(self.habits.stays) or len(self.ledger.runs) >= 3:
            run = self.world.chance.choice(self.ledger.runs)
            return run, self.world.chance.choice(self.habits.verbs)
        return self._another(), "run"

    def _another(self) -> Run:
        number = len(self.ledger.runs)
        match self.world.chance.choice(self.habits.others):
            case "same":
                return self._again()
            case "event":
                shipped = dataclasses.replace(self.plan, event="order.shipped")
                return self.new_run(f"shipped{number}", self.export, shipped)
            case "other":
                # Two kinds of things may have the same ids, and even the same event.
                event = self.plan.event if number % 2 else f"ticket.opened{number}"
                plan = dataclasses.replace(self.plan, event=event, id_column="ticket")
                path = self.home / f"tickets{number}.csv"
                export = draw_export(self.world, path, f"t{number}.", plan)
                return self.new_run(f"tickets{number}", export, plan)
        path = self.home / f"tonight{number}.csv"
        export = tonight(self.world, path, f"n{number}.", self.export, self.plan)
        return self.new_run(f"tonight{number}", export, self.plan)

    def _again(self) -> Run:
        return self.new_run(f"again{len(self.ledger.runs)}", self.export, self.plan)

    def new_run(self, name: str, export: Export, plan: Plan) -> Run:
        """Begin a run in a directory of its own; nothing is done for it yet."""
        run = Run(name, self.home / name, export, plan, has_history=self.history is not None)
        self.ledger.runs.append(run)
        return run

    def _wait(self) -> None:
        """Let minutes or days pass, with what happens in them."""
        pause = self.world.between(*self.habits.pause_seconds)
        if self.world.happens(self.habits.meddles):
            self.scenery.change_workflows()
        self.scenery.disturb(pause)
        self.scenery.live_traffic(pause, self.ledger)
        self.world.advance(self.world.now + pause)

    def _heal(self) -> list[str]:
        """Let everything be well again; then every run comes to its end."""
        locked_until = self.server.locked_until
        self.scenery.heal()
        self.world.advance(max(self.world.now, locked_until) + HOUR)
        self.dies = False
        self.leave = Leave(workflows=True, resubscribe=True)
        if self.secret_key == "sk_wrong":
            self.secret_key = None
        if self.habits.finds_key:
            self.secret_key = SECRET_KEY
        for run in self.ledger.runs:
            if found := self._bring_to_its_end(run):
                return found
            if found := list(self.oracle.at_the_end(run)):
                return found
            if found := self._verify(run):
                return found
        return []

    def _verify(self, run: Run) -> list[str]:
        """Read a run back now that it is over, and look at what is said of it."""
        is_whole = run.is_begun and not run.lost_log and run.sittings[-1].has_report
        if not self.has_secret_key or not is_whole or not self.world.happens(0.3):
            return []
        machine, network = self._machine(run)
        self.world.tell(run.name, "$ plunk-import verify")
        end, told = execute(self._command(run, "verify", Leave()), machine, self.home, Kill())
        self.ledger.note(run, "verify", end, network.log)
        if told.report is None:
            return [f"{run.name}: `verify` breaks: {end.bug or end.message}"]
        return list(Verified(self.ledger, run, told.report).complaints())

    def _bring_to_its_end(self, run: Run) -> list[str]:
        if run.lost_log and run.is_begun:
            return self.sit(run, "resume")  # whoever does not know better tries it
        for _ in range(LAST_RESUMES):
            if run.is_over and not run.may_settle:
                break
            self.world.advance(self.world.now + 600)
            # What is refused for its ids is not sent; its doubts can be settled all the same.
            if found := self.sit(run, "resolve" if run.is_refused_for_its_ids else "resume"):
                return found
            if run.sittings[-1].is_idle:
                break  # without the secret key nothing more will ever be known
        return []

    def sit(self, run: Run, verb: str) -> list[str]:
        """Have one command carried out, and everything looked at afterwards."""
        if verb != "run" and not (run.directory / "journal.sqlite").exists():
            verb = "run"
        self.scenery.disturb(self.world.between(5, 4 * HOUR))
        self.scenery.live_traffic(60.0, self.ledger)
        machine, network = self._machine(run)
        leave = self._leave_given(run)
        sitting = Sitting(verb, network.process, leave, self.world.now)
        sitting.reads_fail = bool(self.scenery.weather.read or self.scenery.unreadable)
        self.ledger.begin(run, sitting, has_secret_key=self.has_secret_key)
        self.world.tell(run.name, f"$ plunk-import {verb} ({leave})")
        end, told = execute(self._command(run, verb, leave), machine, self.home, self._kill())
        if end.has_report and (lost := self.disk.lost(run.directory)):
            return [f"{run.name}: a power cut after `{verb}` leaves {', '.join(lost)} empty"]
        sitting.warned = told.warned
        sitting.said_yes = told.was_asked and bool(leave.answer)
        self.ledger.end(run, sitting, end, network.log, self.world.now)
        sitting.sent_nothing = not network.log
        ended = f"ends with exit code {end.exit_code} {end.message}"
        self.world.tell(run.name, "IS KILLED" if end.was_killed else end.bug or ended)
        if end.was_killed:
            self._lose_log(run, has_stored=any(one.status == STORED for one in network.log))
        return list(self.oracle.after(run, sitting))

    def _leave_given(self, run: Run) -> Leave:
        """What was allowed once is not always allowed again."""
        is_later = bool(run.sittings) and not self.scenery.is_healed
        leave = self.leave
        if is_later and self.world.happens(self.habits.forgets):
            leave = Leave()
        if self.habits.answers and not self.scenery.is_healed:
            return dataclasses.replace(leave, answer=self.world.happens(0.6))
        return leave

    def _lose_log(self, run: Run, *, has_stored: bool) -> None:
        """Lose the write-ahead log now and then, as a copy or a clean-up of a directory does.

        Mostly one that knows of something: of any other nobody would miss anything.
        """
        log = run.directory / "journal.sqlite-wal"
        is_there = log.exists() and log.stat().st_size > 0
        if is_there and self.world.happens(self.habits.loses_log * (4 if has_stored else 1)):
            log.unlink()
            run.lost_log = True
            self.world.tell(run.name, "loses its journal.sqlite-wal")

    def _machine(self, run: Run) -> tuple[Machine, Network]:
        network = self._network(run)
        clock = SimulatedClock(self.world, self.wall)
        for _ in range(self.habits.leaps):
            if self.world.happens(0.6 * self.scenery.clock_trouble):
                self._step_clock()
        return Machine(self.world, clock, network, self.scenery.disk), network

    def _network(self, run: Run) -> Network:
        return Network(
            self.world,
            self.server,
            self.scenery.weather,
            run=run.name,
            timeout_seconds=self.scenery.timeout_seconds,
            unreadable=self.scenery.unreadable,
        )

    def _step_clock(self) -> None:
        step = self.world.between(1, 4 * HOUR) * self.world.chance.choice([-1, 1])

        def happens() -> None:
            self.wall.seconds += step
            self.world.tell("clock", f"the importer's machine steps by {step:,.0f} s")

        self.world.at(self.world.now + self.world.between(0.1, 300), happens)

    def _kill(self) -> Kill:
        if not self.dies or self.world.happens(0.4):
            return Kill()
        if self.world.happens(0.7):
            return Kill(step=int(self.world.between(1, 1500)))
        return Kill(moment=self.world.now + self.world.between(0.05, 300))

    @property
    def has_secret_key(self) -> bool:
        """Whether they have the right one."""
        return self.secret_key == SECRET_KEY

    def settings_of(self, run: Run) -> dict[str, Any]:  # noqa: ARG002 - the same for all here
        """Say how the rows of a run are sent."""
        return dict(self.scenery.settings)

    def _command(self, run: Run, verb: str, leave: Leave) -> Command:
        return Command(
            verb,
            run.directory,
            run.export.path,
            run.plan.mapping,
            leave,
            self.secret_key,
            self.base_url,
            self.settings_of(run),
            self.history if run.has_history else None,
        )
