from .errors import (
    ConsentError as ConsentError,
    ExitCode as ExitCode,
    MappingError as MappingError,
    OutputError as OutputError,
    PlunkImportError as PlunkImportError,
    RunDirectoryError as RunDirectoryError,
    RunLockedError as RunLockedError,
    RunningLoopError as RunningLoopError,
    SettingsError as SettingsError,
    SourceChangedError as SourceChangedError,
    SourceError as SourceError,
    StoppedError as StoppedError,
    UnreachableError as UnreachableError,
)
from .plan import Foresight as Foresight
from .report import Books as Books, Report as Report
from .run import (
    Consent as Consent,
    acheck_file as acheck_file,
    aimport_file as aimport_file,
    aresolve as aresolve,
    aresume as aresume,
    avalidate_file as avalidate_file,
    averify as averify,
    check_file as check_file,
    import_file as import_file,
    merge as merge,
    resolve as resolve,
    resume as resume,
    status as status,
    validate_file as validate_file,
    verify as verify,
)
from .runtime import (
    LogLines as LogLines,
    Runtime as Runtime,
    Stop as Stop,
    StopRequest as StopRequest,
)
from .sandbox import SandboxSettings as SandboxSettings
from .settings import Connection as Connection, SendSettings as SendSettings

__version__: str
