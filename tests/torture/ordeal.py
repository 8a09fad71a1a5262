"""One ordeal, made from a seed: a file, a server with its faults, and who is killed when."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

TIMEOUT = "800ms"
SETTLE = "2s"
SETTLE_SECONDS = 2.0
TIMEOUT_SECONDS = 0.8
FAULTS = (
    *("late=1200ms", "late-store=1300ms", "slow=1200ms", "hang=1s", "store-then-hang=1s"),
    *("drop", "store-then-drop", "reset", "store-then-reset", "half", "not-json"),
    *("500", "store-then-500", "502", "store-then-502", "429=1s", "refuse=500ms"),
)
"""Every kind of fault that the sandbox knows. No store comes later than the settling time."""

Victim = Literal["importer", "server"]
SecretKey = Literal["always", "never", "in the end"]


@dataclass(frozen=True, slots=True)
class Kill:
    """SIGKILL for the victim, some seconds after it, or the server, has left so many traces."""

    victim: Victim
    traces: int
    delay_seconds: float


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the source, and what must become of it: sent unless a code says why not."""

    number: int
    email: str
    order: str
    keep: str = "yes"
    code: str | None = None

    @property
    def is_filtered(self) -> bool:
        return self.keep == "no"

    @property
    def is_valid(self) -> bool:
        return self.code is None and not self.is_filtered


@dataclass(frozen=True, slots=True)
class Ordeal:
    """All that one run goes through; the same for the same seed."""

    seed: int
    profile: str
    secret_key: SecretKey
    rows: tuple[Row, ...]
    mapping: Mapping[str, Any]
    faults: tuple[str, ...]
    commands: tuple[str, ...]
    """What is called until all is over: the first is `run`, the last is repeated."""
    kills: tuple[tuple[Kill, ...], ...] = ()
    """For each of the first commands, who is killed while it works."""
    has_history: bool = False
    max_in_flight: int = 10

    @property
    def options(self) -> tuple[str, ...]:
        """What `run` is told so that an ordeal takes seconds."""
        return (
            *("--rate", "unlimited", "--timeout", TIMEOUT, "--settle", SETTLE),
            *("--patience", "30s", "--max-in-flight", str(self.max_in_flight)),
        )

    @property
    def reads_back(self) -> bool:
        """Whether all doubt must be settled in the end."""
        return self.secret_key != "never"

    def is_undisturbed(self, number: int) -> bool:
        """Whether nobody is killed any more from the command of this number, from 0, on."""
        # Where the key comes in the end, one more command has to do without it.
        return number >= len(self.kills) + (self.secret_key == "in the end")

    def has_secret_key(self, number: int) -> bool:
        """Whether the command of this number, from 0, has the secret key."""
        is_the_end = self.secret_key == "in the end" and self.is_undisturbed(number)
        return self.secret_key == "always" or is_the_end

    def command(self, number: int) -> str:
        """Return the command of this number, from 0; the last one is repeated."""
        return self.commands[min(number, len(self.commands) - 1)]

    def __str__(self) -> str:
        key = f"secret key {self.secret_key}"
        return f"ordeal {self.seed} ({self.profile}, {key}, {len(self.rows)} rows)"


@dataclass(frozen=True, slots=True)
class Severity:
    """How hard ordeals are: rows at most, and how many commands at most are cut short."""

    most_rows: int = 120
    most_kills: int = 4
    fault_share: float = 0.4
    victims: tuple[Victim, ...] = field(default=("importer", "importer", "importer", "server"))


def ordeal_of(seed: int, severity: Severity) -> Ordeal:
    """Draw an ordeal; neighbouring seeds go through both profiles, with and without the key."""
    lot = random.Random(seed)  # noqa: S311 - not for secrets
    has_id = lot.random() < 0.5
    rows = _rows(lot, lot.randint(20, severity.most_rows), has_id=has_id)
    kills = tuple(
        tuple(_kill(lot, len(rows), severity) for _ in range(lot.choice((1, 1, 2))))
        for _ in range(lot.randint(0, severity.most_kills))
    )
    return Ordeal(
        seed=seed,
        profile=("spring", "autumn")[seed % 2],
        secret_key=("always", "never", "in the end")[seed // 2 % 3],
        rows=rows,
        mapping=_mapping(has_id=has_id, has_marker=lot.random() < 0.75),
        faults=_faults(lot, severity.fault_share),
        commands=("run", *(_command(lot) for _ in kills[1:]), "resume", "resolve", "resume"),
        kills=kills,
        has_history=lot.random() < 0.3,
        max_in_flight=lot.choice((1, 4, 10, 10, 30)),
    )


def _rows(lot: random.Random, count: int, *, has_id: bool) -> tuple[Row, ...]:
    contacts = [f"person{number}@example.com" for number in range(lot.randint(2, 20))]
    rows: list[Row] = []
    for number in range(1, count + 1):
        order, email, fate = f"order-{number}", lot.choice(contacts), lot.random()
        if fate < 0.05:
            rows.append(Row(number, "nobody at all", order, code="invalid_email"))
        elif fate < 0.1:
            rows.append(Row(number, email, order, keep="no"))
        elif fate < 0.15 and has_id and rows and rows[-1].is_valid:
            rows.append(Row(number, email, rows[-1].order, code="duplicate_id"))
        else:
            rows.append(Row(number, email, order))
    return tuple(rows)


def _mapping(*, has_id: bool, has_marker: bool) -> dict[str, Any]:
    return {
        "version": 1,
        "email": "email",
        "event": {"const": "order.placed"},
        "where": "keep <> 'no'",
        "data": {
            "last_row": {"column": "row", "type": "integer"},
            "row": {"column": "row", "type": "integer", "persistent": False},
        },
        **({"id": ["order"]} if has_id else {}),
        **({} if has_marker else {"marker": "off"}),
    }


def _faults(lot: random.Random, share: float) -> tuple[str, ...]:
    weights = [lot.random() ** 2 for _ in FAULTS]
    scale = lot.uniform(0.2, 1.0) * share / sum(weights)
    return tuple(
        # One that refuses everybody for a while must stay rare, or nothing else is met.
        f"{fault}:{weight * scale * (0.2 if fault.startswith('refuse') else 1):.4f}"
        for fault, weight in zip(FAULTS, weights, strict=True)
    )


def _kill(lot: random.Random, rows: int, severity: Severity) -> Kill:
    traces = 0 if lot.random() < 0.25 else lot.randint(1, max(1, rows // 4))
    delay = lot.uniform(0, 1.2) if traces == 0 else lot.choice((0.0, lot.uniform(0, 0.05), 0.9))
    return Kill(lot.choice(severity.victims), traces, delay)


def _command(lot: random.Random) -> str:
    return lot.choices(("resume", "run", "resolve", "status"), (5, 2, 2, 1))[0]
