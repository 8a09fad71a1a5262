from .envelope import read_answer as read_answer
from .reply import (
    RETRY_AFTER_DEFAULT_SECONDS as RETRY_AFTER_DEFAULT_SECONDS,
    Answer as Answer,
    FieldError as FieldError,
    NotSent as NotSent,
    RateLimit as RateLimit,
    Reply as Reply,
    Unanswered as Unanswered,
)
from .verdict import (
    OF_ANOTHER_IMPORT as OF_ANOTHER_IMPORT,
    OTHERS_IN_FLIGHT as OTHERS_IN_FLIGHT,
    Delivered as Delivered,
    InDoubt as InDoubt,
    KnownElsewhere as KnownElsewhere,
    Rejected as Rejected,
    StopRun as StopRun,
    TryAgain as TryAgain,
    Verdict as Verdict,
    Wait as Wait,
    give_up as give_up,
    holds_key as holds_key,
    is_of_another as is_of_another,
    verdict_on as verdict_on,
)
