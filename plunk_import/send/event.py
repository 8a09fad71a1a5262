"""One validated row on its way to Plunk."""

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """One validated row, ready to be sent.

    `ordinal` counts rows across all input files from 1; `contact` is the trimmed, lower-cased
    address; `key` is the row's own and stands in the marker; `body` is the JSON text for
    `POST /v1/track`; `sent_key` is the key of the request, other than `key` only where a server
    has burned that. `maybe_stored`: an earlier request left it in doubt.
    """

    ordinal: int
    contact: str
    key: str
    body: str
    sent_key: str
    maybe_stored: bool = False
