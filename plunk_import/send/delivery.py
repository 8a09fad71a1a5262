"""Takes an event; gives its flight: the attempts so far, and the key of the next one."""

import dataclasses

from plunk_import.send.event import Event


@dataclasses.dataclass(slots=True)
class Delivery:
    """One event on its way through its attempts."""

    event: Event
    attempts: int = 0
    failures: int = 0
    burned_keys: int = 0
    claimed: bool = False
    maybe_stored: bool = False
    sent_at: float = 0.0

    @property
    def key(self) -> str:
        """The idempotency key: the row's, with a suffix once the server's claim on it is spent."""
        key = self.event.sent_key
        return f"{key}.{self.burned_keys}" if self.burned_keys else key
