from .agreement import (
    AgreedImport as AgreedImport,
    Agreement as Agreement,
    events_agreed_to as events_agreed_to,
)
from .deliver import Sent as Sent, carry_out as carry_out
from .gates import (
    Consent as Consent,
    Refusal as Refusal,
    open_gates as open_gates,
    refusal_of as refusal_of,
)
from .live_traffic import writes_flow as writes_flow
from .settle import (
    earlier_tries as earlier_tries,
    rest_left_seconds as rest_left_seconds,
    settle_doubts as settle_doubts,
)
