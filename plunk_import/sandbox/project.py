"""What a sandbox's project holds before anything is sent to it: contacts, workflows, segments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

_STRICT = {"extra": "forbid"}
"""For pydantic, by which files are read: a name that means nothing is a mistake."""


class StepType(StrEnum):
    """What a step of a workflow does."""

    SEND_EMAIL = "SEND_EMAIL"
    WAIT_FOR_EVENT = "WAIT_FOR_EVENT"
    DELAY = "DELAY"
    """Contacts stand here for good: a sandbox does not wait it out."""
    WEBHOOK = "WEBHOOK"
    UPDATE_CONTACT = "UPDATE_CONTACT"
    EXIT = "EXIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a workflow, after its trigger."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    type: StepType
    config: Mapping[str, Any] = field(default_factory=dict)
    """As Plunk keeps it; a `WAIT_FOR_EVENT` names its event under `eventName`."""
    name: str = ""

    def __post_init__(self) -> None:
        """Refuse a wait for nothing."""
        if self.type is StepType.WAIT_FOR_EVENT and not isinstance(
            self.config.get("eventName"), str
        ):
            raise ValueError("a WAIT_FOR_EVENT needs config: {eventName: NAME}")

    @property
    def label(self) -> str:
        """What people call the step."""
        return self.name or self.type.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow that an event triggers."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    event: str
    name: str
    enabled: bool = True
    allow_reentry: bool = False
    steps: tuple[Step, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether a contact can stand in one of its steps, waiting for an event."""
        return any(step.type is StepType.WAIT_FOR_EVENT for step in self.steps)


class Operator(StrEnum):
    """How a filter compares; those of Plunk that need no clock."""

    EQUALS = "equals"
    NOT_EQUALS = "notEquals"
    CONTAINS = "contains"
    NOT_CONTAINS = "notContains"
    GREATER_THAN = "greaterThan"
    LESS_THAN = "lessThan"
    GREATER_THAN_OR_EQUAL = "greaterThanOrEqual"
    LESS_THAN_OR_EQUAL = "lessThanOrEqual"
    EXISTS = "exists"
    NOT_EXISTS = "notExists"
    TRIGGERED = "triggered"
    NOT_TRIGGERED = "notTriggered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One thing that a segment asks of its contacts."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    field: str
    """`email`, `subscribed`, `data.NAME`, or `event.NAME` for an event ever recorded."""
    operator: Operator
    value: bool | int | float | str | None = None

    def __post_init__(self) -> None:
        """Refuse a field that no contact has, and a comparison that does not suit it."""
        asks_event = self.operator in (Operator.TRIGGERED, Operator.NOT_TRIGGERED)
        if self.field.startswith("event.") != asks_event:
            raise ValueError("triggered and notTriggered go with event.NAME, and only they do")
        is_known = self.field in ("email", "subscribed") or self.field.startswith(
            ("data.", "event.")
        )
        if not is_known:
            raise ValueError(
                f"no field {self.field!r}: say email, subscribed, data.NAME or event.NAME"
            )


class Logic(StrEnum):
    """Whether all filters of a segment must hold or one is enough."""

    AND = "AND"
    OR = "OR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A dynamic segment: who belongs follows from its filters."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    name: str
    filters: tuple[Filter, ...]
    logic: Logic = Logic.AND
    tracks_membership: bool = True
    """Whether `segment.<slug>.entry` and `.exit` are recorded as contacts come and go."""

    def __post_init__(self) -> None:
        """Refuse a segment without filters, as Plunk does."""
        if not self.filters:
            raise ValueError("a segment needs at least one filter")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededContact:
    """A contact that the project has before anything is sent."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    email: str
    subscribed: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)
    waits_in: tuple[str, ...] = ()
    """Names of workflows in whose first `WAIT_FOR_EVENT` step it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """All that is there before anything is sent; what exists already is left as it is."""

    __pydantic_config__: ClassVar[dict[str, str]] = _STRICT

    contacts: tuple[SeededContact, ...] = ()
    workflows: tuple[Workflow, ...] = ()
    segments: tuple[Segment, ...] = ()

    def __post_init__(self) -> None:
        """Refuse contacts that wait in a workflow where nothing waits."""
        waiting = {workflow.name for workflow in self.workflows if workflow.waits}
        for contact in self.contacts:
            if unknown := set(contact.waits_in) - waiting:
                raise ValueError(
                    f"{contact.email} waits in {', '.join(sorted(unknown))}: "
                    "no workflow of this name has a WAIT_FOR_EVENT step"
                )
