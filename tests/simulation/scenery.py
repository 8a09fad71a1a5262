"""How one world is: its server, its weather, its clocks, who was there before, and what comes."""

from collections.abc import Callable
from typing import Any

from tests.simulation.files import Export
from tests.simulation.ledger import Ledger
from tests.simulation.network import READ_FAULTS, TRACK_FAULTS, Weather
from tests.simulation.server import PUBLIC_KEY, Server
from tests.simulation.store import LIVE, Build, Call, Fate, Limits, Workflow
from tests.simulation.world import World

HOUR = 3600.0
SERVER_STEP_SECONDS = 240.0
"""Servers are kept in time: they may be off, but do not leap."""
_OTHER_EVENTS = (0, 0, 0, 1, 3, 20, 49, 50, 50, 68, 100, 150)


class Scenery:
    """Everything about a world that is no process, drawn once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.is_hosted = world.happens(0.2)
        self.server = Server(world, world.chance.choice(list(Build)), self._limits())
        self.settings = self._draw_settings()
        self.timeout_seconds = self.settings.get("request_timeout_seconds", 60.0)
        self.clock_trouble = world.happens(0.4)
        self.client_offset = self._skew(1800) if self.clock_trouble else 0.0
        self.server.clock_offset = self._skew(900) if self.clock_trouble else 0.0
        self.weather = self._draw_weather()
        self.troubles = world.chance.choice([0.0, 0.0, 0.5, 0.9])
        self.traffic = world.chance.choice([0.0, 0.0, 0.0, 0.5, 0.5, 5.0, 5.0, 30.0])
        self.slow_disk = world.happens(0.1)
        self.has_favourite = False
        self.unreadable: str | None = None
        self.is_healed = False

    def described(self) -> str:
        """Say it in one line."""
        limits = self.server.limits
        weather = {**self.weather.track, **{f"read {k}": v for k, v in self.weather.read.items()}}
        return (
            f"{self.server.build}, keys kept {limits.key_lifetime / HOUR:.0f} h, {weather}, "
            f"clocks off by {self.client_offset:.0f} s here and "
            f"{self.server.clock_offset:.0f} s there"
        )

    def _limits(self) -> Limits:
        chance = self._world.chance
        lifetime = 24.0 if self.is_hosted else chance.choice([1, 2, 6, 24, 24, 48])
        rate = chance.choice([None, None, 100.0, 5.0])
        burst = 200 if rate == 100.0 else 3
        return Limits(lifetime * HOUR, chance.choice([0.0, HOUR]), rate, burst)

    def _draw_settings(self) -> dict[str, Any]:
        chance = self._world.chance
        settings: dict[str, Any] = {}
        if chance.random() < 0.5:
            settings["request_timeout_seconds"] = chance.choice([4.0, 10.0, 30.0])
        if chance.random() < 0.4:
            settings["settle_seconds"] = chance.choice([5.0, 10.0, 60.0])
        if chance.random() < 0.3:
            settings["max_in_flight"] = chance.choice([1, 2, 5])
        if chance.random() < 0.2:
            settings["patience_seconds"] = chance.choice([30.0, 7200.0])
        if chance.random() < 0.1:
            settings["max_duration_seconds"] = chance.choice([1.0, 30.0])
        if self._world.is_at_full_speed:
            settings["rate"] = "unlimited"
        return settings

    def set_times(self, *, timeout_seconds: float, settle_seconds: float) -> None:
        """Say how long clients wait, and how long a server may take that they have left."""
        self.settings["request_timeout_seconds"] = self.timeout_seconds = timeout_seconds
        self.settings["settle_seconds"] = settle_seconds
        self.weather.late_after_leaving_seconds = settle_seconds - 1.5

    def set_clocks_right(self) -> None:
        """Let nobody's clock be off, now or later."""
        self.clock_trouble = False
        self.client_offset = self.server.clock_offset = 0.0

    def _skew(self, most: float) -> float:
        chance = self._world.chance
        size = chance.choice([0.0, self._world.between(0.01, most), chance.uniform(most / 2, most)])
        return size * chance.choice([-1, 1])

    def _draw_weather(self) -> Weather:
        chance = self._world.chance
        weather = Weather()
        weather.longest_late_seconds = chance.choice([20.0, 100.0])
        settle = self.settings.get("settle_seconds", 30.0)
        weather.late_after_leaving_seconds = max(0.0, settle - 1.5)
        kind = chance.choice(["calm", "one", "one", "storm"])
        if kind == "one":
            weather.track[chance.choice(TRACK_FAULTS)] = chance.choice([0.1, 0.3, 0.6])
        if kind == "storm":
            for fault in chance.sample(TRACK_FAULTS, 5):
                weather.track[fault] = chance.choice([0.03, 0.1, 0.2])
        if chance.random() < 0.35:
            weather.read[chance.choice(READ_FAULTS)] = chance.choice([0.05, 0.2, 0.5])
        return weather

    def heal(self) -> None:
        """End all trouble for good."""
        self.weather.track.clear()
        self.weather.read.clear()
        self.troubles = self.traffic = 0.0
        self.unreadable = None
        self.clock_trouble = False
        self.is_healed = True
        self.server.unlock()

    def disk(self) -> float:
        """Draw how long a commit takes."""
        longest = 2.0 if self.slow_disk and self._world.happens(0.3) else 0.01
        return self._world.chance.uniform(0.001, longest)

    def populate(self, export: Export, events: list[str]) -> None:
        """Put in place what was there before the import."""
        addresses = sorted({row.contact for row in export.rows if "@" in row.email})
        for address in addresses:
            if self._world.happens(0.5):
                self._add_contact(address)
        for event in events:
            if self._world.happens(0.2):
                self._add_workflow(event, addresses)

    def _add_contact(self, address: str) -> None:
        has_capitals = self.server.build is Build.SPRING and self._world.happens(0.15)
        contact = self.server.add_contact(
            address.title() if has_capitals else address, subscribed=self._world.happens(0.6)
        )
        count = 5_000 if self._world.happens(0.003) else self._world.chance.choice(_OTHER_EVENTS)
        name = self._world.chance.choice(["page.viewed", "order.placed"])
        for _ in range(count):
            self.server.record_live(contact, name, {"page": 1})

    def _add_workflow(self, event: str, addresses: list[str]) -> None:
        workflow = Workflow(
            f"w{self._world.number()}",
            event,
            enabled=self._world.happens(0.7),
            waits=self._world.happens(0.4),
            allow_reentry=self._world.happens(0.2),
        )
        if workflow.waits:
            workflow.standing.update(one for one in addresses if self._world.happens(0.6))
        self.server.workflows.append(workflow)

    def change_workflows(self) -> None:
        """Enable or disable something in the project meanwhile."""
        for workflow in self.server.workflows:
            if self._world.happens(0.6):
                workflow.enabled = not workflow.enabled
                state = "enabled" if workflow.enabled else "disabled"
                self._world.tell("people", f"workflow {workflow.id} is {state}")

    def disturb(self, within_seconds: float) -> None:
        """Let what happens to servers happen in the next so many seconds, if it does."""
        if not self._world.happens(self.troubles):
            return
        moment = self._world.now + self._world.between(0.02, within_seconds)
        match self._world.chance.choice(["lock", "lock", "restart", "clock"]):
            case "lock":
                seconds = self._world.between(2, 3 * HOUR)
                self._trouble(moment, lambda: self.server.lock(seconds))
            case "restart":
                seconds = self._world.between(1, 1200)
                self._trouble(moment, lambda: self.server.restart(seconds))
            case "clock" if self.clock_trouble:
                step = self._skew(SERVER_STEP_SECONDS)
                self._trouble(moment, lambda: self._step_server(step))

    def _trouble(self, moment: float, happens: Callable[[], None]) -> None:
        self._world.at(moment, lambda: None if self.is_healed else happens())

    def _step_server(self, seconds: float) -> None:
        self.server.step_clock(seconds)
        self._world.tell("clock", f"the server's steps by {seconds:,.0f} s")

    def live_traffic(self, within_seconds: float, ledger: Ledger) -> None:
        """Let the project's own applications send events for the same people."""
        people = [row.contact for run in ledger.runs for row in run.export.rows if "@" in row.email]
        if not people or not self.traffic:
            return
        for _ in range(self._world.chance.randint(1, int(5 * self.traffic) + 1)):
            moment = self._world.now + self._world.between(0.01, within_seconds)
            is_of_favourite = self.has_favourite and self._world.happens(0.7)
            person = people[0] if is_of_favourite else self._world.chance.choice(people)
            self._world.at(moment, lambda person=person: self._send_live(person))  # type: ignore[misc]

    def _send_live(self, person: str) -> None:
        if not self.server.is_up:
            return
        name = self._world.chance.choice(["page.viewed", "order.placed"])
        data = {"seen": self._world.number()}
        call = Call(
            by=LIVE,
            process=0,
            token=PUBLIC_KEY,
            key=None,
            body={"email": person, "event": name, "data": data},
            answer=lambda *_: None,
            reset=lambda: None,
        )
        self.server.receive(call, Fate())
