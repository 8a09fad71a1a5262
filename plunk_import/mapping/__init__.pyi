from .expectations import (
    Expectation as Expectation,
    Expectations as Expectations,
    LoadedExpectations as LoadedExpectations,
    expectations_path as expectations_path,
    load_expectations as load_expectations,
    written as written,
)
from .fields import Field as Field, Variable as Variable, VariableType as VariableType
from .formats import FILE_FORMATS as FILE_FORMATS, FileFormat as FileFormat
from .identity import Identity as Identity
from .load import (
    LoadedMapping as LoadedMapping,
    Mapping as Mapping,
    SourceOptions as SourceOptions,
    load_mapping as load_mapping,
    mapping_from as mapping_from,
    mapping_schema as mapping_schema,
)
from .models import DEFAULT_MARKER as DEFAULT_MARKER
from .name_size import is_name_stored as is_name_stored
from .rules import (
    DELIMITERS as DELIMITERS,
    RESERVED_NAMES as RESERVED_NAMES,
    check_event_name as check_event_name,
)
