"""The exports of other products, recognised by their headers.

The headers are those the products write; columns that an export lets people choose are optional
here, and what a file holds beyond the known columns is judged by its content alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_AUDIENCE = "audience.imported"
_FIRST_ROW_ONLY = "one item's, while a row is sent for each order"


@dataclass(frozen=True, slots=True)
class Export:
    """What is known of one product's export.

    It is recognised by `marks`, columns that all must be there, and one of `any_marks`. Of
    `email`, `event_columns`, `subscribed` and `ids` the first column that the file has counts.
    `event` is an SQL expression or, in `event_name`, one name for all rows. `keeps` names the
    columns that describe the contact, the others being one-shot; None keeps every column on the
    contact. `labels` are digits that count nothing; `left_out` says why a column is of no use.
    """

    title: str
    marks: tuple[str, ...]
    any_marks: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    event_columns: tuple[str, ...] = ()
    event: str | None = None
    event_name: str | None = None
    event_remark: str = ""
    where: str | None = None
    where_remark: str = ""
    subscribed: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    moment: tuple[str, ...] = ()
    keeps: frozenset[str] | None = None
    labels: frozenset[str] = frozenset()
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    other_names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    advice: tuple[str, ...] = ()

    def describes(self, columns: Collection[str]) -> bool:
        """Say whether a file with these columns is such an export."""
        has_any = not self.any_marks or any(mark in columns for mark in self.any_marks)
        return has_any and all(mark in columns for mark in self.marks)


def known_export(columns: Collection[str]) -> Export | None:
    """Recognise an export by its headers; None for any other file."""
    return next((export for export in EXPORTS if export.describes(columns)), None)


_LINE_ITEM = (
    *("quantity", "name", "price", "compare at price", "sku", "requires shipping", "taxable"),
    *("fulfillment status", "discount"),
)

_SHOPIFY = Export(
    title="Shopify: Orders > Export",
    marks=("Name", "Email", "Financial Status", "Lineitem name"),
    email=("Email",),
    event="'order.' || \"Financial Status\"",
    event_remark="One name for each state: order.paid, order.refunded and so on.",
    where="\"Financial Status\" <> ''",
    where_remark="An order of several items takes several rows; only its first one says the state.",
    subscribed=("Accepts Marketing",),
    ids=("Id", "Name"),
    moment=("Created at",),
    keeps=frozenset(
        {"Billing Name", "Billing Company", "Billing City", "Billing Zip", "Billing Province"}
        | {"Billing Country", "Billing Phone", "Phone", "Billing Province Name", "Billing Street"}
        | {"Billing Address1", "Billing Address2"}
    ),
    labels=frozenset({"Name", "Id", "Receipt Number", "Device ID"}),
    left_out=MappingProxyType({f"Lineitem {part}": _FIRST_ROW_ONLY for part in _LINE_ITEM}),
    other_names=MappingProxyType({"id": "order_id"}),
    advice=(
        "Sort the orders by date, oldest first, before you export them: Plunk keeps the last",
        "value of a variable, so the newest order has to come last.",
    ),
)

_MAILCHIMP = Export(
    title="Mailchimp: Audience > All contacts > Export audience",
    marks=("Email Address", "MEMBER_RATING", "LEID", "EUID"),
    email=("Email Address",),
    event_name=_AUDIENCE,
    event_remark="One event for each member; give it a name that no workflow starts from.",
    subscribed=("Status", "STATUS"),
    ids=("EUID", "LEID"),
    labels=frozenset({"LEID", "EUID", "UNSUB_CAMPAIGN_ID", "CLEAN_CAMPAIGN_ID"}),
    advice=(
        "The export is one file for each status. Import those who left too, with `subscribed`",
        "false, or a later import from elsewhere signs them up again. Leave out cleaned_….csv:",
        "these addresses bounced.",
    ),
)

_STRIPE = Export(
    title="Stripe: Payments > Export",
    marks=("id", "Amount", "Currency", "Status", "Customer Email"),
    any_marks=("Created date (UTC)", "Created (UTC)"),
    email=("Customer Email",),
    event="'payment.' || LOWER(\"Status\")",
    event_remark="One name for each state: payment.paid, payment.refunded, payment.failed.",
    where="\"Status\" NOT LIKE 'requires%'",
    where_remark="Checkouts that were left before a card was charged are no payments.",
    subscribed=("newsletter (metadata)", "marketing (metadata)", "opt_in (metadata)"),
    ids=("id",),
    moment=("Created date (UTC)", "Created (UTC)"),
    keeps=frozenset({"Customer ID", "Customer Description", "Customer Name", "Customer Phone"}),
    left_out=MappingProxyType({"Card ID": "it names a card of Stripe's, of no use in an e-mail"}),
    other_names=MappingProxyType({"id": "payment_id"}),
    advice=(
        "Import your audience before your payments: a payment does not say that someone wants",
        "mail, and a contact that Plunk does not know yet becomes subscribed.",
    ),
)

_KLAVIYO_PROFILES = Export(
    title="Klaviyo: Lists & Segments > Export to CSV",
    marks=("Email", "Klaviyo ID"),
    email=("Email",),
    event_name=_AUDIENCE,
    event_remark="One event for each profile; give it a name that no workflow starts from.",
    subscribed=("Email Marketing Consent", "Consent", "Accepts Marketing"),
    ids=("Klaviyo ID",),
    labels=frozenset({"Phone Number", "Zip Code"}),
)

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

_CUSTOMER_IO_PEOPLE = Export(
    title="Customer.io: People > Export to CSV",
    marks=("cio_id", "email"),
    email=("email",),
    event_name=_AUDIENCE,
    event_remark="One event for each person; give it a name that no workflow starts from.",
    subscribed=("unsubscribed", "subscribed"),
    ids=("cio_id",),
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

EXPORTS = (
    _SHOPIFY,
    _MAILCHIMP,
    _STRIPE,
    _KLAVIYO_PROFILES,
    _KLAVIYO_EVENTS,
    _CUSTOMER_IO_PEOPLE,
    _CUSTOMER_IO_EVENTS,
    _MIXPANEL,
    _SEGMENT,
)
"""Every export that is known by its headers, the surest first."""
