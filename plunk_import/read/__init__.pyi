from .batch import (
    CODE as CODE,
    MARK as MARK,
    MESSAGE as MESSAGE,
    ORDINAL as ORDINAL,
    ORIGIN as ORIGIN,
    RAW as RAW,
    ROW as ROW,
    Batch as Batch,
    Form as Form,
)
from .columns import as_named as as_named, column as column, copied as copied, field as field
from .dtypes import (
    accept_odd_types as accept_odd_types,
    is_interval as is_interval,
    unread_type as unread_type,
)
from .encoding_guess import (
    EncodingCandidate as EncodingCandidate,
    encoding_candidates as encoding_candidates,
)
from .encodings import encoding_of as encoding_of, likely_encoding as likely_encoding
from .faults import RecordFault as RecordFault
from .held import MOST_HELD as MOST_HELD
from .json.depth import depth_of as depth_of
from .json.own_types import types_of as types_of
from .json.whole import ndjson_frame as ndjson_frame
from .lines import NO_LINES as NO_LINES, LineRun as LineRun, Lines as Lines
from .locations import FileStart as FileStart, Locations as Locations
from .marks import Mark as Mark
from .opening import header_line_of as header_line_of, open_source as open_source
from .own_columns import OwnColumns as OwnColumns, own_columns_beside as own_columns_beside
from .partition import Before as Before, Partition as Partition
from .places import Place as Place
from .rows import (
    Rows as Rows,
    acopy_rows as acopy_rows,
    are_rows as are_rows,
    copy_rows as copy_rows,
)
from .source import Source as Source
from .value_texts import (
    as_cells as as_cells,
    as_json as as_json,
    calendar_text as calendar_text,
    text_of as text_of,
)
