"""Exports of shops and of those who take their payments."""

from types import MappingProxyType

from plunk_import.propose.exports.export import AUDIENCE, ONE_EVENT_EACH, Export, Reading

_FIRST_ROW_ONLY = "one item's, while a row is sent for each order"
_LINE_ITEM = (
    *("quantity", "name", "price", "compare at price", "sku", "requires shipping", "taxable"),
    *("fulfillment status", "discount"),
)

_SHOPIFY_ORDERS = Export(
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

_STRIPE_PAYMENTS = Export(
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

_SHOPIFY_CUSTOMERS = Export(
    title="Shopify: Customers > Export",
    marks=("Email", "Total Spent", "Total Orders"),
    any_marks=("Accepts Email Marketing", "Accepts Marketing"),
    email=("Email",),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    subscribed=("Accepts Email Marketing", "Accepts Marketing"),
    ids=("Customer ID",),
    labels=frozenset({"Customer ID", "Default Address Zip", "Phone", "Default Address Phone"}),
)

_WOOCOMMERCE_CUSTOMERS = Export(
    title="WooCommerce: Analytics > Customers > Download",
    marks=("Username", "Email", "Sign Up", "Total Spend", "AOV"),
    email=("Email",),
    event_name=AUDIENCE,
    event_remark=ONE_EVENT_EACH,
    labels=frozenset({"Postal Code"}),
    advice=(
        "WooCommerce does not say who wants mail: ask the plugin by which people sign up for your",
        "newsletter, and import its list as well.",
    ),
)

_WITHOUT_CENTS = (
    "'bif', 'clp', 'djf', 'gnf', 'jpy', 'kmf', 'krw', 'mga', 'pyg', 'rwf', 'ugx', 'vnd', 'vuv', "
    "'xaf', 'xof', 'xpf'"
)


def _in_cents(column: str) -> Reading:
    return Reading(
        sql=f'CAST("{column}" AS DOUBLE) / '
        f'CASE WHEN LOWER("currency") IN ({_WITHOUT_CENTS}) THEN 1 ELSE 100 END',
        type="number",
        remark="Stripe counts in cents; currencies that have none are whole.",
    )


_STRIPE_CHARGES = Export(
    title="Stripe: charges, from its API or Sigma",
    marks=("id", "amount", "currency", "created", "status"),
    any_marks=("receipt_email", "billing_details_email", "customer_email"),
    email=("receipt_email", "billing_details_email", "customer_email"),
    event="'payment.' || LOWER(\"status\")",
    event_remark="One name for each state: payment.succeeded, payment.failed and so on.",
    ids=("id",),
    moment=("created",),
    keeps=frozenset({"customer", "customer_id", "billing_details_name"}),
    readings=MappingProxyType(
        {name: _in_cents(name) for name in ("amount", "amount_refunded", "amount_captured", "fee")}
    ),
    other_names=MappingProxyType({"id": "payment_id"}),
)

SHOPS = (
    _SHOPIFY_ORDERS,
    _STRIPE_PAYMENTS,
    _STRIPE_CHARGES,
    _SHOPIFY_CUSTOMERS,
    _WOOCOMMERCE_CUSTOMERS,
)
