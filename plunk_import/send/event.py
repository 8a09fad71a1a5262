"""One validated row on its way to Plunk."""

import dataclasses
import math
from typing import NamedTuple


@dataclasses.dataclass(frozen=True, slots=True)
class EarlierTry:
    """What an earlier command of the same run left of a row that it had sent.

    Attributes:
        key: The idempotency key of its last request; None for a row that only another run sent.
        in_doubt: Whether it may be stored.
        noted: The number of the journal's last note of it.
        reason: Why it is in doubt, if it is.
        claimed: When it was claimed first since it was last known not to be stored, in Unix seconds
            of Plunk's clock.
        key_good_until: Until when the server surely knows its key; monotonic seconds.
        is_of_another: Whether the server said that the key was another import's.
        last_left: About when its last request left, in Unix seconds.

    """

    key: str | None
    in_doubt: bool
    noted: int
    reason: str | None
    claimed: float
    key_good_until: float
    is_of_another: bool = False
    last_left: float = math.inf


class Event(NamedTuple):
    """One validated row, ready to be sent; of two, the first in file order is the less.

    `ordinal` counts rows across all input files from 1; `contact` is the trimmed, lower-cased
    address; `key` is the row's own and stands in the marker; `body` is the JSON text for
    `POST /v1/track`, and `name` the event's name in it. `earlier` is None for a row that this run
    has not sent yet.
    """

    ordinal: int
    contact: str
    key: str
    body: str
    name: str
    earlier: EarlierTry | None = None

    @property
    def sent_key(self) -> str:
        """The key of the next request: other than `key` only where a server has burned that."""
        return (self.earlier and self.earlier.key) or self.key

    @property
    def was_sent(self) -> bool:
        """Whether an earlier command of this run may have made the server keep its key."""
        earlier = self.earlier
        return earlier is not None and earlier.key is not None and not earlier.is_of_another

    @property
    def maybe_stored(self) -> bool:
        """Whether an earlier command left it in doubt."""
        return self.earlier is not None and self.earlier.in_doubt
