from .job import (
    Job as Job,
    Judged as Judged,
    MappingLike as MappingLike,
    Sources as Sources,
    name_of as name_of,
    open_job as open_job,
)
from .rejects import REGISTRY as REGISTRY, explanation_of as explanation_of
from .types.names import is_address as is_address
