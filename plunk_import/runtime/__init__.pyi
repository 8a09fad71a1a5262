from .clock import Clock as Clock, SystemClock as SystemClock
from .commits import CommitterKind as CommitterKind, GroupCommits as GroupCommits
from .garbage import (
    collecting_seldom as collecting_seldom,
    end_without_collecting as end_without_collecting,
    importing as importing,
)
from .log_lines import (
    LogLines as LogLines,
    WriteLine as WriteLine,
    detail_shown as detail_shown,
    seconds_between_looks as seconds_between_looks,
)
from .progress import Phase as Phase, Progress as Progress, SilentProgress as SilentProgress
from .runtime import Runtime as Runtime
from .shown_text import JOINERS as JOINERS, printable as printable, shows as shows
from .stop import Stop as Stop, StopRequest as StopRequest
from .threads import in_thread as in_thread, run_async as run_async
from .times import (
    UNIT_SECONDS as UNIT_SECONDS,
    next_moment as next_moment,
    seconds_of as seconds_of,
)
from .transport import (
    Headers as Headers,
    NoReplyError as NoReplyError,
    NotSentError as NotSentError,
    QuickTransport as QuickTransport,
    Received as Received,
    Request as Request,
    Transport as Transport,
    TransportError as TransportError,
)
