from .app import SandboxApp as SandboxApp, build_app as build_app
from .clock import ServerClock as ServerClock
from .durations import parse_duration as parse_duration, parse_lifetime as parse_lifetime
from .faults import (
    DESCRIPTIONS as DESCRIPTIONS,
    Fault as Fault,
    FaultKind as FaultKind,
    FaultPlan as FaultPlan,
    FaultSchedule as FaultSchedule,
    parse_fault as parse_fault,
)
from .lock import WriteLock as WriteLock
from .project import (
    Filter as Filter,
    Logic as Logic,
    Operator as Operator,
    Project as Project,
    SeededContact as SeededContact,
    Segment as Segment,
    Step as Step,
    StepType as StepType,
    Workflow as Workflow,
)
from .project_file import read_project as read_project
from .rules import (
    MAX_EVENT_NAME_BYTES as MAX_EVENT_NAME_BYTES,
    JsonValue as JsonValue,
    index_bytes as index_bytes,
)
from .server import Sandbox as Sandbox, running as running, serve as serve
from .settings import (
    DISABLED_PUBLIC_KEY as DISABLED_PUBLIC_KEY,
    DISABLED_SECRET_KEY as DISABLED_SECRET_KEY,
    KEY_LIFETIME_SECONDS as KEY_LIFETIME_SECONDS,
    PUBLIC_KEY as PUBLIC_KEY,
    SECRET_KEY as SECRET_KEY,
    Profile as Profile,
    SandboxSettings as SandboxSettings,
)
from .store import AlreadyThere as AlreadyThere, Counts as Counts, Store as Store
from .track import Limit as Limit, parse_limiter as parse_limiter
