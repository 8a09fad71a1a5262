from .batch import (
    REJECT_SCHEMA as REJECT_SCHEMA,
    JudgedBatch as JudgedBatch,
    ValidatedBatch as ValidatedBatch,
)
from .compile import Compiled as Compiled, compile_mapping as compile_mapping
from .duplicates import DuplicateFinder as DuplicateFinder
from .job import Job as Job
from .opening import (
    Files as Files,
    MappingLike as MappingLike,
    name_of as name_of,
    open_job as open_job,
)
from .rejects import REGISTRY as REGISTRY, explanation_of as explanation_of
from .server_rules import is_address as is_address
from .shards import shard_of as shard_of
from .sql import columns_in as columns_in
from .types import FALSE_WORDS as FALSE_WORDS, KINDS as KINDS, TRUE_WORDS as TRUE_WORDS
