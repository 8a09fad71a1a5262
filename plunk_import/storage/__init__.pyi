from .backlog import Backlog as Backlog, WaitingRow as WaitingRow
from .directory import (
    RunDirectory as RunDirectory,
    claimed as claimed,
    open_directory as open_directory,
)
from .durable import replacing as replacing, writing as writing
from .history import History as History
from .journal import (
    INTERRUPTED as INTERRUPTED,
    Claim as Claim,
    Entry as Entry,
    Journal as Journal,
    Outcome as Outcome,
    RowState as RowState,
)
from .kept_rows import file_to_mend as file_to_mend
from .lock import locked as locked, worker_at as worker_at
from .notices import NoticeBoard as NoticeBoard, notice_board as notice_board
from .outputs import BatchOutcome as BatchOutcome, RunFiles as RunFiles, run_files as run_files
from .rows import (
    NEW_RUN_WARNING as NEW_RUN_WARNING,
    RowReader as RowReader,
    reading_journal as reading_journal,
)
