from .formats import FILE_FORMATS as FILE_FORMATS, FileFormat as FileFormat
from .load import (
    Field as Field,
    LoadedMapping as LoadedMapping,
    Mapping as Mapping,
    SourceOptions as SourceOptions,
    Variable as Variable,
    load_mapping as load_mapping,
    mapping_from as mapping_from,
    mapping_schema as mapping_schema,
)
from .models import DEFAULT_MARKER as DEFAULT_MARKER, VariableType as VariableType
from .rules import (
    DELIMITERS as DELIMITERS,
    RESERVED_NAMES as RESERVED_NAMES,
    check_event_name as check_event_name,
)
