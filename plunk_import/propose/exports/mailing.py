"""Exports of the people in tools that send mail, and in customer databases."""

from types import MappingProxyType

from plunk_import.propose.exports.export import AUDIENCE, ONE_EVENT_EACH, Export, Reading

_MAILCHIMP = Export(
    title="Mailchimp: Audience > All contacts > Export audience",
    marks=("Email Address", "MEMBER_RATING", "LEID", "EUID"),
    email=("Email Address",),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    subscribed=("Status", "STATUS"),
    ids=("EUID", "LEID"),
    labels=frozenset({"LEID", "EUID", "UNSUB_CAMPAIGN_ID", "CLEAN_CAMPAIGN_ID"}),
    readings=MappingProxyType(
        {
            "TAGS": Reading(
                sql="'[' || NULLIF(\"TAGS\", '') || ']'",
                type="json",
                remark="Mailchimp writes several tags in one cell; Plunk gets them as a list.",
            )
        }
    ),
    advice=(
        "The export is one file for each status. Import those who left too, with `subscribed`",
        "false, or a later import from elsewhere signs them up again. Leave out cleaned_….csv:",
        "these addresses bounced.",
    ),
)

_KLAVIYO_PROFILES = Export(
    title="Klaviyo: Lists & Segments > Export to CSV",
    marks=("Email", "Klaviyo ID"),
    email=("Email",),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    subscribed=("Email Marketing Consent", "Consent", "$consent", "Accepts Marketing"),
    ids=("Klaviyo ID",),
    labels=frozenset({"Phone Number", "Zip Code"}),
)

_CUSTOMER_IO_PEOPLE = Export(
    title="Customer.io: People > Export to CSV",
    marks=("cio_id", "email"),
    email=("email",),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    subscribed=("unsubscribed", "subscribed"),
    ids=("cio_id",),
)

_BREVO = Export(
    title="Brevo: Contacts > Export",
    marks=("EMAIL",),
    any_marks=("DOUBLE_OPT-IN", "OPT_IN", "CONTACT ID", "EMAIL_BLACKLISTED", "EMAIL_BLOCKLISTED"),
    email=("EMAIL",),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    subscribed=("EMAIL_BLACKLISTED", "EMAIL_BLOCKLISTED", "OPT_IN", "DOUBLE_OPT-IN"),
    ids=("CONTACT ID",),
    labels=frozenset({"SMS", "WHATSAPP"}),
)

_HUBSPOT = Export(
    title="HubSpot: Contacts > Export",
    marks=("Record ID", "Email"),
    any_marks=(
        *("Unsubscribed from all email", "Marketing contact status", "Lifecycle Stage"),
        *("Contact owner", "Create Date"),
    ),
    email=("Email",),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    subscribed=("Unsubscribed from all email",),
    ids=("Record ID",),
    labels=frozenset({"Record ID", "Phone Number", "Mobile Phone Number", "Postal Code"}),
)

_SALESFORCE_DATA = Export(
    title="Salesforce: Data Export or Data Loader",
    marks=(),
    any_marks=("HasOptedOutOfEmail", "HASOPTEDOUTOFEMAIL"),
    email=("Email", "EMAIL"),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    subscribed=("HasOptedOutOfEmail", "HASOPTEDOUTOFEMAIL"),
    ids=("Id", "ID"),
)

_SALESFORCE_REPORT = Export(
    title="Salesforce: Report > Export",
    marks=("Email", "Email Opt Out"),
    any_marks=("Contact ID", "Lead ID", "Account Name", "Account ID"),
    email=("Email",),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    subscribed=("Email Opt Out",),
    ids=("Contact ID", "Lead ID"),
)

_GHOST = Export(
    title="Ghost: Members > Export all members",
    marks=("email", "subscribed_to_emails", "complimentary_plan"),
    email=("email",),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    subscribed=("subscribed_to_emails",),
    ids=("id",),
    other_names=MappingProxyType({"id": "ghost_id"}),
)

_SENDY_MOMENT = Reading(
    type="datetime",
    format="%Y/%m/%d, %I:%M%p",
    remark="Sendy writes the time of its own settings: name that zone with `timezone`.",
)
_SENDY = Export(
    title="Sendy: Subscribers > Export",
    marks=("Email", "Added via", "Opt-in method", "Status"),
    email=("Email",),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    subscribed=("Status",),
    readings=MappingProxyType({"Joined": _SENDY_MOMENT, "Last activity": _SENDY_MOMENT}),
    advice=(
        "The button exports the tab that is open. Export all subscribers, those who left too, or a",
        "later import from elsewhere signs them up again.",
    ),
)

MAILING = (
    _SENDY,
    _MAILCHIMP,
    _KLAVIYO_PROFILES,
    _CUSTOMER_IO_PEOPLE,
    _GHOST,
    _BREVO,
    _HUBSPOT,
    _SALESFORCE_DATA,
    _SALESFORCE_REPORT,
)
