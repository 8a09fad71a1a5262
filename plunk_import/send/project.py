"""What a Plunk project holds, as frozen values read back from its API with the secret key.

Shapes as recorded from the real server; keys that are not used here are ignored.
"""

from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, RootModel
from pydantic.alias_generators import to_camel


class _Read(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_camel,
        validate_by_name=True,
        hide_input_in_errors=True,
    )


class Contact(_Read):
    """A contact with its persistent data."""

    id: str
    email: str
    subscribed: bool
    data: dict[str, Any] | None = None
    created_at: AwareDatetime | None = None


class ContactPage(_Read):
    """One page of contacts; `cursor` leads to the next while there is more.

    The newest builds tell the `total` on the first page only.
    """

    data: tuple[Contact, ...]
    total: int | None = None
    has_more: bool
    cursor: str | None = None


class StoredEvent(_Read):
    """An event as recorded; `data` is what was sent, one-shot wrappers included."""

    id: str
    name: str
    data: Any = None
    created_at: AwareDatetime


class ContactField(_Read):
    """A field of the project's contacts (`data.ltv`) and its inferred type."""

    field: str
    type: str


class Named(_Read):
    """A segment or a workflow, by its id and name."""

    id: str
    name: str


class EventUsage(_Read):
    """Where an event name is used."""

    used_in_segments: tuple[Named, ...] = ()
    used_in_workflows: tuple[Named, ...] = ()


class Workflow(_Read):
    """A workflow; enabled and triggered by an event, it runs for each contact that has one."""

    id: str
    name: str
    enabled: bool
    trigger_type: str | None = None
    trigger_config: dict[str, Any] | None = None
    allow_reentry: bool = False

    @property
    def event_name(self) -> str | None:
        """The event that starts it, or None where something else does."""
        name = (self.trigger_config or {}).get("eventName")
        return name if isinstance(name, str) else None


class WorkflowStep(_Read):
    """One step of a workflow; `config` depends on its `type`."""

    type: str
    config: dict[str, Any] | None = None

    @property
    def awaited_event(self) -> str | None:
        """The event that lets a contact who stands here go on; None where that is not told."""
        name = (self.config or {}).get("eventName")
        return name if isinstance(name, str) else None


class WorkflowSteps(_Read):
    """The steps of one workflow."""

    steps: tuple[WorkflowStep, ...]


class WorkflowPage(_Read):
    """One page of workflows; pages count from 1."""

    data: tuple[Workflow, ...]
    total_pages: int


class Lookup(_Read):
    """Which of the addresses asked about are contacts."""

    found: tuple[str, ...]
    not_found: tuple[str, ...]


class FieldList(_Read):
    """All fields of the project's contacts."""

    fields: tuple[ContactField, ...]


class EventList(_Read):
    """A contact's events, newest first."""

    events: tuple[StoredEvent, ...]


class EventCount(_Read):
    """How many events of one name were recorded in some time."""

    name: str
    count: int


class EventCounts(RootModel[tuple[EventCount, ...]]):
    """The counts of all events of some time, by name."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class EventNames(_Read):
    """All event names of the project."""

    event_names: tuple[str, ...]


class Health(_Read):
    """The server's word on itself."""

    status: str
