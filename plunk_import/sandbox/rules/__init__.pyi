from .answers import (
    Answer as Answer,
    Refusal as Refusal,
    iso_time as iso_time,
    refuse as refuse,
    unexpected as unexpected,
)
from .bodies import (
    ABSENT as ABSENT,
    MAX_BODY_BYTES as MAX_BODY_BYTES,
    MAX_DEPTH as MAX_DEPTH,
    Absent as Absent,
    Track as Track,
    event_data as event_data,
    is_email as is_email,
    is_idempotency_key as is_idempotency_key,
    is_reserved_event as is_reserved_event,
    is_storable as is_storable,
    is_storable_name as is_storable_name,
    merge_data as merge_data,
    read_body as read_body,
    validate as validate,
)
from .javascript import (
    JsonValue as JsonValue,
    dump_json as dump_json,
    name_type as name_type,
    parse_deep_json as parse_deep_json,
    parse_json as parse_json,
    spread as spread,
)
from .names import MAX_EVENT_NAME_BYTES as MAX_EVENT_NAME_BYTES, index_bytes as index_bytes
