from .keys import KeyClaim as KeyClaim, Keys as Keys
from .limiter import Limit as Limit, TokenBucket as TokenBucket, parse_limiter as parse_limiter
from .tracker import (
    Call as Call,
    Crash as Crash,
    KeyKind as KeyKind,
    Tracker as Tracker,
    authenticate as authenticate,
)
