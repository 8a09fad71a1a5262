from .admission import NEAR_SECONDS as NEAR_SECONDS, Admission as Admission
from .breaker import CircuitBreaker as CircuitBreaker
from .bucket import RefillEstimate as RefillEstimate, TokenBucket as TokenBucket
from .concurrency import ConcurrencyTuner as ConcurrencyTuner
from .look_ahead import LookAhead as LookAhead
from .rate_limiter import RateLimiter as RateLimiter
