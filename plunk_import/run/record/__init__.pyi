from .earlier_runs import (
    IN_DOUBT_BEFORE as IN_DOUBT_BEFORE,
    SANDBOX_SCOPE as SANDBOX_SCOPE,
    EarlierRuns as EarlierRuns,
    scope_of as scope_of,
    was_left_out as was_left_out,
)
from .files import write_files as write_files
from .finished import finished_sections as finished_sections
from .manifest import claim_shard as claim_shard
from .marks import noted_marks as noted_marks, recall_marks as recall_marks
from .order import OrderWatch as OrderWatch
from .record import (
    AGREED as AGREED,
    Destination as Destination,
    RunRecord as RunRecord,
    redirected as redirected,
)
from .run import MOST_EVENTS as MOST_EVENTS, Run as Run
from .standing import Standing as Standing, StandingAtWork as StandingAtWork, books_of as books_of
