"""A Shopify orders export, one row for each item of an order."""

import string
from datetime import UTC, datetime, timedelta
from random import Random

from making.cast import Flaw, Person, Sample, invite, money, token

HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,"
    "Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,"
    "Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,"
    "Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,"
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,"
    "Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,"
    "Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,"
    "Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
ORDERS = 96
PRODUCTS = (  # name, SKU, price in cents
    ('Linen shirt, "Zomer" - White / M', "LIN-ZOM-WH-M", 5900),
    ("Théière, 1,2 l", "TEA-12", 3450),
    ("Wool socks (3 pairs)", "SOCK-3", 1995),
    ("Carte cadeau 25 €", "", 2500),
    ("抹茶 Matcha, 50 g", "MAT-050", 1480),
)
STATUSES = ("paid", "pending", "refunded", "partially_refunded", "voided")
STATUS_WEIGHTS = (80, 6, 5, 5, 4)
NOTES = ("", "", "", "Please ring twice.\nNeighbour: no. 14", 'Card: "Gefeliciteerd, Oma!"')
SUMMER_TIME_STARTS = datetime(2026, 3, 29, 1, tzinfo=UTC)

# By number of the order, the first being 1.
FLAWS = {
    7: Flaw({"Email": "hanna.peeters@gmial"}, ("invalid_email",)),
    15: Flaw({"Email": ""}, ("missing_email",)),
    23: Flaw({"Email": "ada@exämple.com"}, ("invalid_email",)),
    38: Flaw({"Email": "tom@example.com, an@example.com"}, ("invalid_email",)),
    52: Flaw({"Created at": "19/04/2026 9:41"}, ("invalid_datetime",)),
    61: Flaw({"Total": "€ 84,45"}, ("invalid_number",)),
    74: Flaw({"Accepts Marketing": "opt-in?"}, ("invalid_boolean",)),
    88: Flaw({"Email": "n/a", "Total": "n/a"}, ("invalid_email", "invalid_number")),
}


def make(rng: Random) -> Sample:
    """Return the orders oldest first, each followed by its further line items."""
    customers = invite(rng, 40)
    rows: list[dict[str, str]] = []
    rejects: dict[int, tuple[str, ...]] = {}
    created = datetime(2026, 3, 2, 13, 12, 9, tzinfo=UTC)
    for number in range(1, ORDERS + 1):
        created += timedelta(seconds=rng.randrange(1_800, 130_000))
        order = _order(rng, number, rng.choice(customers), created)
        flaw = FLAWS.get(number)
        if flaw:
            order[0] |= flaw.cells
            rejects[len(rows) + 1] = flaw.codes
        rows += order
    return Sample(rows, filtered=len(rows) - ORDERS, rejects=rejects)


def _order(rng: Random, number: int, who: Person, created: datetime) -> list[dict[str, str]]:
    status = rng.choices(STATUSES, STATUS_WEIGHTS)[0]
    payment = token(rng, string.ascii_letters + string.digits, 25)
    common = {
        "Name": f"#{1000 + number}",
        "Email": who.email,
        "Created at": _stamp(created),
        "Vendor": "Atelier Noord",
        "Billing Province Name": who.place.province,
        "Shipping Province Name": who.place.province,
        "Payment ID": payment,
        "Payment References": payment,
    }
    products = rng.sample(PRODUCTS, rng.choices((1, 2, 3), (60, 28, 12))[0])
    quantities = [rng.choice((1, 1, 1, 2)) for _ in products]
    items = [_line_item(*pair, status) for pair in zip(products, quantities, strict=True)]
    rows = [common | item for item in items]
    subtotal = sum(product[2] * count for product, count in zip(products, quantities, strict=True))
    rows[0] |= _sums(rng, subtotal, status) | _state(rng, status, created) | _addresses(who)
    rows[0] |= {
        "Accepts Marketing": rng.choice(("yes", "yes", "no")),
        "Notes": rng.choice(NOTES),
        "Payment Reference": payment,
        "Id": str(6_866_149_310_695 + number * 32_768),
        "Tags": rng.choice(("", "", "wholesale", "gift, first order")),
        "Risk Level": "Low",
        "Source": rng.choice(("web", "web", "web", "pos")),
        "Phone": f"'{who.phone}",
    }
    return rows


def _line_item(product: tuple[str, str, int], quantity: int, status: str) -> dict[str, str]:
    name, sku, price = product
    return {
        "Lineitem quantity": str(quantity),
        "Lineitem name": name,
        "Lineitem price": money(price),
        "Lineitem sku": sku,
        "Lineitem requires shipping": "true" if sku else "false",
        "Lineitem taxable": "true",
        "Lineitem fulfillment status": "fulfilled" if status == "paid" else "pending",
        "Lineitem discount": "0.00",
    }


def _sums(rng: Random, subtotal: int, status: str) -> dict[str, str]:
    discount = subtotal // 10 if rng.random() < 0.2 else 0
    shipping = 0 if subtotal > 5000 else 495
    total = subtotal - discount + shipping
    tax = total * 21 // 121
    refunded = {"refunded": total, "partially_refunded": total // 2}.get(status, 0)
    return {
        "Currency": "EUR",
        "Subtotal": money(subtotal - discount),
        "Shipping": money(shipping),
        "Taxes": money(tax),
        "Total": money(total),
        "Discount Code": "LENTE10" if discount else "",
        "Discount Amount": money(discount),
        "Shipping Method": "bpost, thuis geleverd" if shipping else "Gratis verzending",
        "Refunded Amount": money(refunded),
        "Outstanding Balance": money(total if status == "pending" else 0),
        "Tax 1 Name": "BE btw 21%",
        "Tax 1 Value": money(tax),
    }


def _state(rng: Random, status: str, created: datetime) -> dict[str, str]:
    was_paid = status not in {"pending", "voided"}
    is_sent = status == "paid"
    return {
        "Financial Status": status,
        "Paid at": _stamp(created + timedelta(seconds=2)) if was_paid else "",
        "Fulfillment Status": "fulfilled" if is_sent else "unfulfilled",
        "Fulfilled at": _stamp(created + timedelta(hours=rng.randrange(4, 60))) if is_sent else "",
        "Cancelled at": _stamp(created + timedelta(hours=3)) if status == "voided" else "",
        "Payment Method": rng.choice(("Shopify Payments", "Bancontact", "PayPal Express Checkout")),
    }


def _addresses(who: Person) -> dict[str, str]:
    place = who.place
    parts = {
        "Name": who.name,
        "Street": place.street,
        "Address1": place.street,
        "City": place.city,
        # Shopify's apostrophe keeps a spreadsheet from eating the leading zero.
        "Zip": f"'{place.postcode}",
        "Province": place.province_code,
        "Country": place.country,
        "Phone": f"'{who.phone}",
    }
    return {
        f"{kind} {part}": text for kind in ("Billing", "Shipping") for part, text in parts.items()
    }


def _stamp(moment: datetime) -> str:
    hours = 2 if moment >= SUMMER_TIME_STARTS else 1
    return f"{moment + timedelta(hours=hours):%Y-%m-%d %H:%M:%S} +0{hours}00"
