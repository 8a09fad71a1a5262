"""Exports of events from tools that measure what people do."""

from types import MappingProxyType

from plunk_import.propose.exports.export import Export, Reading

_KLAVIYO_EVENTS = Export(
    title="Klaviyo: events",
    marks=("metric_name",),
    any_marks=("profile_email", "profile_id", "person_email"),
    email=("profile_email", "person_email", "email"),
    event_columns=("metric_name",),
    ids=("event_id", "id", "uuid"),
    moment=("datetime", "timestamp", "event_datetime"),
    keeps=frozenset({"profile_id", "first_name", "last_name", "person_id"}),
)

_CUSTOMER_IO_EVENTS = Export(
    title="Customer.io: events",
    marks=("event_id", "event_name"),
    any_marks=("internal_customer_id", "customer_id", "delivery_id"),
    email=("email", "email_address", "recipient", "customer_email"),
    event_columns=("event_name",),
    ids=("event_id",),
    moment=("timestamp", "event_timestamp", "created_at"),
    keeps=frozenset({"internal_customer_id", "customer_id"}),
)

_MIXPANEL_KEEPS = frozenset(
    {"$city", "$region", "mp_country_code", "city", "region", "$timezone", "$user_id", "user_id"}
    | {"$name", "$first_name", "$last_name", "$os", "$browser", "country_code"}
)
_MIXPANEL = Export(
    title="Mixpanel: raw events",
    marks=("distinct_id", "time"),
    any_marks=("$insert_id", "insert_id", "mp_insert_id", "mp_processing_time_ms"),
    email=("$email", "email", "mp_email", "user_email"),
    event_columns=("event", "event_name", "mp_event_name", "name"),
    ids=("$insert_id", "insert_id", "mp_insert_id"),
    moment=("time",),
    keeps=_MIXPANEL_KEEPS,
    left_out=MappingProxyType(
        dict.fromkeys(
            (
                *("mp_processing_time_ms", "mp_lib", "$lib_version", "$mp_api_endpoint"),
                *("$mp_api_timestamp_ms", "mp_sent_by_lib_version"),
            ),
            "Mixpanel's own bookkeeping",
        )
    ),
    advice=(
        "Projects made before 2023 export `time` in the project's time zone, not in UTC: check",
        "one event whose time you know.",
    ),
)

_SEGMENT = Export(
    title="Segment: tracks",
    marks=("anonymous_id", "event", "received_at"),
    any_marks=("event_text", "original_timestamp", "sent_at", "uuid_ts"),
    email=("email", "context_traits_email", "context_user_email", "user_email", "user_id"),
    event_columns=("event_text", "event"),
    ids=("id", "message_id"),
    moment=("timestamp", "original_timestamp", "sent_at", "received_at"),
    keeps=frozenset({"user_id", "context_locale", "context_timezone"}),
    left_out=MappingProxyType(
        {"uuid_ts": "when the warehouse was loaded", "uuid": "the warehouse's own row number"}
        | {"loaded_at": "when the warehouse was loaded", "event": "event_text without its spaces"}
    ),
    other_names=MappingProxyType({"id": "message_id"}),
    advice=("Only track calls are events of Plunk's; identify calls are contacts without one.",),
)

_MICROSECONDS = "Google counts microseconds since 1970, which is UTC."

_GA4 = Export(
    title="Google Analytics 4: BigQuery export",
    marks=("event_name", "event_timestamp", "user_pseudo_id"),
    email=("email", "user_email", "user_id"),
    event_columns=("event_name",),
    moment=("event_timestamp",),
    keeps=frozenset({"user_id", "user_pseudo_id", "user_first_touch_timestamp"}),
    labels=frozenset({"user_pseudo_id", "stream_id"}),
    readings=MappingProxyType(
        {
            name: Reading(
                sql=f'DIV(CAST("{name}" AS BIGINT), 1000)',
                type="datetime",
                format="epoch_ms",
                remark=_MICROSECONDS,
            )
            for name in (
                *("event_timestamp", "event_previous_timestamp", "user_first_touch_timestamp"),
            )
        }
    ),
    left_out=MappingProxyType(
        {
            "event_server_timestamp_offset": "Google's own bookkeeping",
            "event_bundle_sequence_id": "Google's own bookkeeping",
            "event_date": "the day of event_timestamp, in the time zone of the property",
        }
    ),
)

EVENTS = (_KLAVIYO_EVENTS, _CUSTOMER_IO_EVENTS, _GA4, _MIXPANEL, _SEGMENT)
