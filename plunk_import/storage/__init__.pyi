from .backlog import Backlog as Backlog, WaitingRow as WaitingRow
from .directory import (
    RunDirectory as RunDirectory,
    claimed as claimed,
    open_directory as open_directory,
)
from .durable import replacing as replacing, writing as writing
from .history import History as History
from .journal import (
    FINISHED as FINISHED,
    INTERRUPTED as INTERRUPTED,
    Claim as Claim,
    Entry as Entry,
    Journal as Journal,
    Outcome as Outcome,
    RowState as RowState,
)
from .journal_file import NEW_RUN_WARNING as NEW_RUN_WARNING
from .kept_files import (
    KeptFiles as KeptFiles,
    KeptRejects as KeptRejects,
    KeptResults as KeptResults,
    Section as Section,
)
from .kept_rows import file_to_mend as file_to_mend
from .lock import locked as locked, worker_at as worker_at
from .notices import NoticeBoard as NoticeBoard, notice_board as notice_board
from .outputs import (
    RunFiles as RunFiles,
    SectionsDifferError as SectionsDifferError,
    paths_of_rejects as paths_of_rejects,
    run_files as run_files,
)
from .results import ResultsFile as ResultsFile
from .rows import RowReader as RowReader, reading_journal as reading_journal
from .source_lines import BatchOutcome as BatchOutcome, SourceLines as SourceLines
