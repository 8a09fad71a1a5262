from .html import Masking as Masking, render as render
from .installed import versions as versions
from .lengths import size_in_words as size_in_words, time_in_words as time_in_words
from .metrics import Ending as Ending, write_metrics as write_metrics
from .model import (
    Books as Books,
    Difference as Difference,
    Doubt as Doubt,
    EventTotal as EventTotal,
    Report as Report,
    Verification as Verification,
    verdict_of as verdict_of,
)
from .pace import pace_of as pace_of
from .text import (
    annotation as annotation,
    annotations as annotations,
    displayed as displayed,
    foretell as foretell,
    printable as printable,
    summarize as summarize,
    tell_demand as tell_demand,
)
from .timeline import Interval as Interval, Pace as Pace
