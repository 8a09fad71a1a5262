from .agreeing import agree_to as agree_to
from .api import (
    aimport_file as aimport_file,
    aresolve as aresolve,
    aresume as aresume,
    import_file as import_file,
    resolve as resolve,
    resume as resume,
)
from .check import acheck_file as acheck_file, check_file as check_file
from .deliver import AgreedImport as AgreedImport, Consent as Consent
from .expected import (
    HeldRow as HeldRow,
    first_expectations as first_expectations,
    hold_mapping as hold_mapping,
    renewed as renewed,
)
from .inspect import (
    avalidate_file as avalidate_file,
    validate_file as validate_file,
    validate_in_parts as validate_in_parts,
)
from .kept_runs import KeptRun as KeptRun, find_runs as find_runs, prune_runs as prune_runs
from .merging import merge as merge
from .reopen import status as status
from .reporting import pace_asked_for as pace_asked_for, write_report as write_report
from .verify import averify as averify, verify as verify
from .workload import count_workload as count_workload
