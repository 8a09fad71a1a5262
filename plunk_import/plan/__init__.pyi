from .comparison import (
    Change as Change,
    Comparison as Comparison,
    RunNumbers as RunNumbers,
    compare_runs as compare_runs,
    unlike as unlike,
)
from .estimate import duration as duration, warnings_of as warnings_of
from .figures import FIGURES as FIGURES, Figure as Figure
from .first_pass import FirstPass as FirstPass, make_plan as make_plan
from .foresight import Foresight as Foresight
from .gates import (
    Consequence as Consequence,
    GateName as GateName,
    GateQuestion as GateQuestion,
    GateState as GateState,
    answered as answered,
)
from .in_parts import (
    HereInTurn as HereInTurn,
    Workers as Workers,
    make_plan_in_parts as make_plan_in_parts,
)
from .machines import Demand as Demand, Workload as Workload, demand_of as demand_of
from .model import (
    FROZEN as FROZEN,
    Check as Check,
    Counted as Counted,
    Estimate as Estimate,
    Example as Example,
    FieldProfile as FieldProfile,
    FieldRejects as FieldRejects,
    Rejects as Rejects,
    Subscription as Subscription,
    Warnings as Warnings,
    place_of as place_of,
)
from .plan import Plan as Plan
from .preflight.entrants import subscribed_in as subscribed_in
from .preflight.own_changes import OwnWords as OwnWords
from .preflight.preflight import (
    Bounds as Bounds,
    Preflight as Preflight,
    ServerWord as ServerWord,
    check as check,
    unread as unread,
)
from .warnings import WarningCode as WarningCode
