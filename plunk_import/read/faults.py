"""Why a record of a file cannot be read."""

from enum import StrEnum


class RecordFault(StrEnum):
    """What makes a record unreadable; each is a reject code, which `validate` explains."""

    TOO_FEW_CELLS = "too_few_cells"
    TOO_MANY_CELLS = "too_many_cells"
    INVALID_ENCODING = "invalid_encoding"
    STRAY_QUOTE = "stray_quote"
    RUNAWAY_QUOTE = "runaway_quote"
    INVALID_RECORD = "invalid_record"
    LONE_SURROGATE = "lone_surrogate"
    TOO_DEEP = "too_deep"
