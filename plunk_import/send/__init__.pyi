from .client import Capability as Capability, PlunkClient as PlunkClient
from .concurrency_limit import ConcurrencyLimit as ConcurrencyLimit
from .delivery import KEY_IS_USED as KEY_IS_USED
from .dispatch import Dispatcher as Dispatcher
from .event import EarlierTry as EarlierTry, Event as Event
from .http import ServerClock as ServerClock, open_transport as open_transport
from .ownership import Resolver as Resolver
from .pace import RateLimiter as RateLimiter
from .project import (
    Contact as Contact,
    ContactField as ContactField,
    EventUsage as EventUsage,
    Lookup as Lookup,
    StoredEvent as StoredEvent,
    Workflow as Workflow,
    WorkflowStep as WorkflowStep,
)
from .readback import (
    NO_LATER_EVENT as NO_LATER_EVENT,
    OTHER_TIME as OTHER_TIME,
    Doubt as Doubt,
    ReadBack as ReadBack,
    Settled as Settled,
    is_same as is_same,
    unsettled_reason as unsettled_reason,
)
from .reading import (
    EVENT_LIMITS as EVENT_LIMITS,
    LOOKUP_MAX as LOOKUP_MAX,
    TOO_MANY_EVENTS as TOO_MANY_EVENTS,
    ReadFailedError as ReadFailedError,
)
from .replies import (
    OF_ANOTHER_IMPORT as OF_ANOTHER_IMPORT,
    Answer as Answer,
    FieldError as FieldError,
    NotSent as NotSent,
    RateLimit as RateLimit,
    Reply as Reply,
    Unanswered as Unanswered,
    is_of_another as is_of_another,
)
from .session import Session as Session, open_client as open_client, open_session as open_session
from .statistics import SendStatistics as SendStatistics
