"""A Stripe payments export with metadata, newest payment first."""

import json
import string
from datetime import UTC, datetime, timedelta
from random import Random

from making.cast import Flaw, Person, Sample, invite, money, token

# The default columns, then one for each metadata key.
HEADER = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,"
    "Converted Amount Refunded,Converted Currency,Decline Reason,Description,Fee,"
    "Refunded date (UTC),Statement Descriptor,Status,Seller Message,Taxes On Fee,Card ID,"
    "Customer ID,Customer Description,Customer Email,Invoice ID,Transfer,cart (metadata),"
    "newsletter (metadata),order_id (metadata),plan (metadata)"
)
PAYMENTS = 180
STATUSES = ("Paid", "Refunded", "Failed", "requires_payment_method", "canceled")
STATUS_WEIGHTS = (78, 6, 9, 5, 2)
# The statuses of a checkout that was left before a charge was tried.
ABANDONED = frozenset({"requires_payment_method", "canceled"})
SELLER_MESSAGES = {
    "Paid": "Payment complete.",
    "Refunded": "Payment complete.",
    "Failed": "The bank did not return any further details with this decline.",
}
PLANS = (("starter", 1900), ("team", 4900), ("business", 12900))
# Stripe cuts a metadata value off at 500 characters.
LONG_CART = json.dumps([{"sku": f"ART-{n:05d}", "qty": 1, "gift": False} for n in range(20)])[:500]

# By row, the first being 1; these rows are made as paid ones.
FLAWS = {
    9: Flaw({"Customer Email": "lars.holm@gmial"}, ("invalid_email",)),
    26: Flaw({"Customer Email": ""}, ("missing_email",)),
    41: Flaw({"Amount": "€ 129,00"}, ("invalid_number",)),
    70: Flaw({"Created date (UTC)": "3/14/2026 9:05"}, ("invalid_datetime",)),
    95: Flaw({"cart (metadata)": LONG_CART}, ("invalid_json",)),
    118: Flaw({"newsletter (metadata)": "maybe later"}, ("invalid_boolean",)),
    133: Flaw({"Customer Email": "jürgen@example.org"}, ("invalid_email",)),
    151: Flaw(
        {"Customer Email": "a@example.com,b@example.com", "Amount": "free"},
        ("invalid_email", "invalid_number"),
    ),
}


def make(rng: Random) -> Sample:
    """Return the payments, with checkouts that never became one, which the mapping filters."""
    customers = [(who, f"cus_{_opaque(rng, 14)}") for who in invite(rng, 60)]
    rows = []
    created = datetime(2026, 6, 30, 21, 40, 2, tzinfo=UTC)
    for number in range(1, PAYMENTS + 1):
        created -= timedelta(seconds=rng.randrange(900, 120_000))
        status = rng.choices(STATUSES, STATUS_WEIGHTS)[0]
        if number in FLAWS:
            status = "Paid"
        who, customer = rng.choice(customers)
        rows.append(_payment(rng, who, customer, status, created))
    for number, flaw in FLAWS.items():
        rows[number - 1] |= flaw.cells
    filtered = sum(row["Status"] in ABANDONED for row in rows)
    return Sample(rows, filtered, {number: flaw.codes for number, flaw in FLAWS.items()})


def _payment(
    rng: Random, who: Person, customer: str, status: str, created: datetime
) -> dict[str, str]:
    plan, cents = rng.choice(PLANS)
    currency = "eur" if rng.random() < 0.8 else "usd"
    row = {
        "id": f"{'pi' if status in ABANDONED else 'ch'}_3{_opaque(rng, 23)}",
        "Created date (UTC)": _stamp(created),
        "Amount": _money(cents),
        "Amount Refunded": _money(cents if status == "Refunded" else 0),
        "Currency": currency,
        "Captured": "true" if status in {"Paid", "Refunded"} else "false",
        "Description": "Subscription update",
        "Statement Descriptor": "ATELIER NOORD",
        "Status": status,
        "Seller Message": SELLER_MESSAGES.get(status, ""),
        "Customer ID": customer,
        # The export gives the name that the shop wrote there; some shops write an address block.
        "Customer Description": rng.choice((who.name, who.name, f"{who.name}\n{who.place.city}")),
        "Customer Email": who.email,
        "newsletter (metadata)": rng.choice(("true", "false", "")),
        "plan (metadata)": plan,
    }
    if status not in ABANDONED:
        row |= _charge(rng, cents, currency, status, created)
    return row


def _charge(
    rng: Random, cents: int, currency: str, status: str, created: datetime
) -> dict[str, str]:
    cart = [
        {
            "sku": f"ART-{rng.randrange(99_999):05d}",
            "qty": rng.randrange(1, 4),
            "note": "été, à offrir",
        }
    ]
    cells = {
        "Card ID": f"pm_1{_opaque(rng, 23)}",
        "Invoice ID": f"in_1{_opaque(rng, 23)}",
        "order_id (metadata)": f"{rng.randrange(1, 99_999):06d}",
        "cart (metadata)": json.dumps(cart, ensure_ascii=False) if rng.random() < 0.3 else "",
    }
    if status == "Failed":
        reason = rng.choice(("insufficient_funds", "generic_decline", "expired_card"))
        return cells | {"Decline Reason": reason, "Fee": _money(0), "Taxes On Fee": _money(0)}
    converted = cents if currency == "eur" else cents * 92 // 100
    refunded = status == "Refunded"
    refund_date = _stamp(created + timedelta(days=2, seconds=77)) if refunded else ""
    return cells | {
        "Converted Amount": _money(converted),
        "Converted Amount Refunded": _money(converted if refunded else 0),
        "Converted Currency": "eur",
        "Fee": _money(converted * 15 // 1000 + 25),
        "Taxes On Fee": _money(0),
        "Refunded date (UTC)": refund_date,
        "Transfer": f"po_1{_opaque(rng, 23)}",
    }


def _money(cents: int) -> str:
    # The export writes numbers the way of the account's language: here with a decimal comma.
    return money(cents).replace(".", ",")


def _opaque(rng: Random, length: int) -> str:
    return token(rng, string.ascii_letters + string.digits, length)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
