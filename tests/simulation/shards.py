"""Senders that share one import, each on a machine of its own: they die, and go on elsewhere."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.simulation.account import Account
from tests.simulation.ledger import Run, Sitting
from tests.simulation.network import Network
from tests.simulation.process import Kill, SimulatedClock, WallOffset
from tests.simulation.product import Leave, Machine, Start, execute, execute_together
from tests.simulation.trial import HOUR, Trial
from tests.simulation.world import World

MOST_SENDERS = 4
MOST_ROUNDS = 3
MOST_PEOPLE = 8
MOST_ROWS = 16


class ShardedTrial(Trial):
    """One import, dealt out to several senders that work side by side."""

    most_people = MOST_PEOPLE
    most_rows = MOST_ROWS

    def __init__(self, world: World, home: Path) -> None:
        super().__init__(world, home)
        self.history = None
        self.leave = Leave(workflows=world.happens(0.85), resubscribe=world.happens(0.85))
        count = world.chance.randint(2, MOST_SENDERS)
        self.manifest = str(home / "manifest") if world.happens(0.6) else None
        self.walls = {number: self._another_wall() for number in range(1, count + 1)}
        for number in range(1, count + 1):
            shard = self.new_run(f"shard{number}", self.export, self.plan)
            shard.shard = (number, count)

    def _another_wall(self) -> WallOffset:
        off = self.world.chance.uniform(-30.0, 30.0) if self.world.happens(0.5) else 0.0
        return WallOffset(self.scenery.client_offset + off)

    def play(self) -> list[str]:
        """Let all begin at about the same time, and go on until each has come to its end."""
        shards = list(self.ledger.runs)
        if found := self._sit_together(shards):
            return found
        for _ in range(self.world.chance.randint(1, MOST_ROUNDS)):
            self._wait()
            some = [shard for shard in shards if not shard.is_over or self.world.happens(0.2)]
            if found := self._sit_together(some):
                return found
        return self._heal() or self._merge(shards)

    def _sit_together(self, shards: list[Run]) -> list[str]:
        """Have a command carried out for each of them, and everything looked at afterwards."""
        for shard in shards:
            self._move(shard)
        self.scenery.disturb(self.world.between(5, HOUR))
        self.scenery.live_traffic(60.0, self.ledger)
        begun = [self._start(shard) for shard in shards]
        ends = execute_together(self.world, [start for start, _, _ in begun])
        for shard, (_, network, sitting), end in zip(shards, begun, ends, strict=True):
            self.ledger.end(shard, sitting, end, network.log, self.world.now)
            told = f"ends with exit code {end.exit_code} {end.message}"
            self.world.tell(shard.name, "WAS KILLED" if end.was_killed else end.bug or told)
            sitting.ended = max([sitting.began, *(one.left for one in network.log)])
        for shard in shards:
            if found := list(self.oracle.after(shard, shard.sittings[-1])):
                return found
        return []

    def _start(self, shard: Run) -> tuple[Start, Network, Sitting]:
        begins = self.world.now + self.world.between(0.01, 20.0)
        network = self._network(shard)
        verb = self._verb(shard)
        sitting = Sitting(verb, network.process, self.leave, self.world.now)
        sitting.reads_fail = bool(self.scenery.weather.read or self.scenery.unreadable)
        self.ledger.begin(shard, sitting, has_secret_key=self.has_secret_key)
        self.world.tell(shard.name, f"$ plunk-import {verb}")
        assert shard.shard is not None
        clock = SimulatedClock(self.world, self.walls[shard.shard[0]])
        machine = Machine(self.world, clock, network, self.scenery.disk)
        command = self._command(shard, verb, self.leave)
        return Start(command, machine, self._kill(), begins), network, sitting

    def _verb(self, shard: Run) -> str:
        if not shard.is_begun:
            return "run"
        return self.world.chance.choice(["run", "resume", "resume", "resume", "resolve"])

    def settings_of(self, run: Run) -> dict[str, object]:
        """Say which shard a sender takes, of what all of them do."""
        settings = super().settings_of(run)
        if run.shard is not None:
            settings["shard"] = "{}/{}".format(*run.shard)
            settings["manifest"] = self.manifest
        return settings

    def _move(self, shard: Run) -> None:
        """Let a dead sender's directory be taken to another machine now and then."""
        is_dead = bool(shard.sittings) and shard.sittings[-1].end is not None
        if not is_dead or not shard.is_begun or not self.world.happens(0.4):
            return
        assert shard.shard is not None
        self.walls[shard.shard[0]] = self._another_wall()
        lock = shard.directory / ".lock"
        if lock.exists() and (told := lock.read_text("utf-8")):
            lock.write_text(json.dumps({**json.loads(told), "host": "another-machine"}))
        if self.world.happens(0.5):
            elsewhere = shard.directory.with_name(f"{shard.name}-on-{self.world.number()}")
            shutil.move(shard.directory, elsewhere)
            shard.directory = elsewhere
        self.world.tell(shard.name, f"goes on elsewhere, in {shard.directory.name}")

    def _bring_to_its_end(self, run: Run) -> list[str]:
        if not run.is_begun and (found := self.sit(run, "run")):
            return found
        return super()._bring_to_its_end(run)

    def _merge(self, shards: list[Run]) -> list[str]:
        """Put the shards together, and look at the whole as at one run."""
        whole = Run("whole", self.home / "whole", self.export, self.plan, has_history=False)
        whole.parts = tuple(shards)
        machine, network = self._machine(whole)
        sitting = Sitting("merge", network.process, Leave(), self.world.now)
        sitting.has_secret_key = self.has_secret_key
        command = self._command(whole, "merge", Leave())
        given = tuple(shard.directory for shard in shards)
        command = dataclasses.replace(command, parts=given)
        self.world.tell("whole", "$ plunk-import merge")
        end, _ = execute(command, machine, self.home, Kill())
        whole.sittings.append(sitting)
        sitting.ended, sitting.end = self.world.now, end
        self.ledger.note(whole, "merge", end, network.log)
        return list(self._complaints_of_whole(whole, sitting))

    def _complaints_of_whole(self, whole: Run, sitting: Sitting) -> Iterator[str]:
        end = sitting.end
        assert end is not None
        if not end.has_report:
            yield f"whole: `merge` breaks: {end.bug or end.message}"
            return
        for identity, events in self.ledger.stored_by(whole).items():
            if len(events) > 1:
                yield f"whole: {identity} is stored {len(events)} times"
        yield from Account(self.ledger, whole, sitting).complaints()
