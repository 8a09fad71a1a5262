"""Tests of the exports that are known by their headers, and of their habits."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pydantic_core
import pytest

from plunk_import.mapping import load_mapping
from plunk_import.propose import Proposal, propose
from plunk_import.validate import open_job
from tests import SAMPLES

Columns = Mapping[str, Sequence[str]]

ADDRESSES = ["ada@example.com", "bob@example.com"]
KNOWN: dict[str, Columns] = {
    "Shopify: Orders": {
        "Name": ["#1", "#1"],
        "Email": ["ada@example.com", ""],
        "Financial Status": ["paid", ""],
        "Lineitem name": ["Cup", "Plate"],
    },
    "Shopify: Customers": {
        "Customer ID": ["'701", "'702"],
        "Email": ADDRESSES,
        "Accepts Email Marketing": ["yes", "no"],
        "Accepts SMS Marketing": ["no", "yes"],
        "Total Spent": ["12.50", "0.00"],
        "Total Orders": ["1", "0"],
    },
    "WooCommerce": {
        "Name": ["Ada", "Bob"],
        "Username": ["ada", "bob"],
        "Last Active": ["2026-01-31", "2026-02-01"],
        "Sign Up": ["2025-01-31", "2025-02-01"],
        "Email": ADDRESSES,
        "Orders": ["1", "2"],
        "Total Spend": ["12.5", "20"],
        "AOV": ["12.5", "10"],
    },
    "Stripe: Payments": {
        "id": ["ch_1", "ch_2"],
        "Created (UTC)": ["2026-01-31 10:00", "2026-01-31 11:00"],
        "Amount": ["12.50", "3.00"],
        "Currency": ["eur", "eur"],
        "Status": ["Paid", "Failed"],
        "Customer Email": ADDRESSES,
    },
    "Stripe: charges": {
        "id": ["ch_1", "ch_2"],
        "amount": ["1999", "500"],
        "currency": ["usd", "jpy"],
        "created": ["1767225600", "1767225601"],
        "status": ["succeeded", "failed"],
        "receipt_email": ADDRESSES,
    },
    "Mailchimp": {
        "Email Address": ADDRESSES,
        "MEMBER_RATING": ["2", "3"],
        "LEID": ["1", "2"],
        "EUID": ["a1", "b2"],
        "TAGS": ['"VIP","New, old"', ""],
        "Status": ["subscribed", "unsubscribed"],
    },
    "Klaviyo: Lists": {
        "Email": ADDRESSES,
        "Klaviyo ID": ["01A", "01B"],
        "Email Marketing Consent": ["SUBSCRIBED", "NEVER_SUBSCRIBED"],
    },
    "Klaviyo: events": {
        "metric_name": ["Placed Order", "Placed Order"],
        "datetime": ["2026-01-31T10:00:00+00:00", "2026-01-31T11:00:00+00:00"],
        "profile_email": ADDRESSES,
        "event_properties": ['{"$value": 12.5, "Items": ["Cup"]}', '{"$value": 3}'],
        "event_id": ["e1", "e2"],
    },
    "Customer.io: People": {
        "cio_id": ["c1", "c2"],
        "email": ADDRESSES,
        "unsubscribed": ["true", "false"],
    },
    "Customer.io: events": {
        "event_id": ["e1", "e2"],
        "event_name": ["paid", "paid"],
        "internal_customer_id": ["1", "2"],
        "email": ADDRESSES,
    },
    "Brevo": {
        "CONTACT ID": ["1", "2"],
        "EMAIL": ADDRESSES,
        "DOUBLE_OPT-IN": ["Yes", "No"],
        "SMS": ["+32470000000", ""],
    },
    "HubSpot": {
        "Record ID": ["51", "52"],
        "Email": ADDRESSES,
        "Create Date": ["2026-01-31 10:00", "2026-02-01 10:00"],
        "Unsubscribed from all email": ["true", ""],
    },
    "Salesforce: Data": {
        "Id": ["003A", "003B"],
        "Email": ADDRESSES,
        "HasOptedOutOfEmail": ["true", "false"],
        "HasOptedOutOfFax": ["false", "true"],
    },
    "Salesforce: Report": {
        "Contact ID": ["003A", "003B"],
        "Email": ADDRESSES,
        "Email Opt Out": ["1", "0"],
        "Fax Opt Out": ["0", "1"],
    },
    "Ghost": {
        "id": ["g1", "g2"],
        "email": ADDRESSES,
        "subscribed_to_emails": ["true", "false"],
        "complimentary_plan": ["false", "true"],
    },
    "Sendy": {
        "Name": ["Ada", "Bob"],
        "Email": ADDRESSES,
        "Joined": ["2025/12/31, 11:05PM", ""],
        "Last activity": ["2026/01/31, 08:00AM", "2026/01/31, 12:30AM"],
        "Added via": ["API", "App interface"],
        "Opt-in method": ["Double opt-in", ""],
        "IP address": ["192.0.2.1", "No data"],
        "Country": ["Belgium", "No data"],
        "Country code": ["BE", ""],
        "Signed up from": ["https://example.com", ""],
        "Status": ["Active", "Marked as spam"],
        "GDPR": ["No", "Yes"],
    },
    "Google Analytics 4": {
        "event_date": ["20260131", "20260131"],
        "event_timestamp": ["1769853600123456", "1769857200000001"],
        "event_name": ["purchase", "purchase"],
        "user_pseudo_id": ["1.2", "3.4"],
        "user_id": ADDRESSES,
    },
    "Mixpanel": {
        "event": ["paid", "paid"],
        "time": ["1767225600", "1767225601"],
        "distinct_id": ["1", "2"],
        "$insert_id": ["i1", "i2"],
        "$email": ADDRESSES,
    },
    "Segment": {
        "id": ["s1", "s2"],
        "anonymous_id": ["a1", "a2"],
        "event": ["order_paid", "order_paid"],
        "event_text": ["Order Paid", "Order Paid"],
        "received_at": ["2026-01-31T10:00:00Z", "2026-01-31T11:00:00Z"],
        "email": ADDRESSES,
    },
}


def proposed(folder: Path, columns: Columns, event: str | None = None) -> tuple[Path, Proposal]:
    data = folder / "export.csv"
    with data.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
    return data, propose(data, event=event)


def bodies(data: Path, proposal: Proposal) -> list[dict[str, Any]]:
    path = data.with_suffix(".yaml")
    path.write_text(proposal.text, encoding="utf-8")
    job = open_job(data, load_mapping(path))
    return [
        pydantic_core.from_json(body) for batch in job.batches() for body in batch.events["body"]
    ]


def sent(folder: Path, title: str) -> list[dict[str, Any]]:
    return bodies(*proposed(folder, KNOWN[title]))


@pytest.mark.parametrize("title", KNOWN)
def test_an_export_is_known_by_its_headers_and_gets_a_mapping_that_works(
    tmp_path: Path, title: str
) -> None:
    data, proposal = proposed(tmp_path, KNOWN[title])

    assert proposal.notes[0].startswith(f"Recognised as an export of {title}")
    expected = ADDRESSES[:1] if title == "Shopify: Orders" else ADDRESSES
    assert [body["email"] for body in bodies(data, proposal)] == expected


@pytest.mark.parametrize(
    ("sample", "title"),
    [
        ("shopify_orders", "Shopify"),
        ("mailchimp_audience", "Mailchimp"),
        ("stripe_payments", "Stripe"),
    ],
)
def test_a_sample_of_an_export_is_known(sample: str, title: str) -> None:
    assert f"an export of {title}:" in propose(SAMPLES / f"{sample}.csv").notes[0]


@pytest.mark.parametrize(
    "columns",
    [{"email": ADDRESSES, "event": ["a", "a"]}, {"id": ["1", "2"], "email": ADDRESSES}],
    ids=["plain", "with ids"],
)
def test_any_other_file_is_no_export(tmp_path: Path, columns: Columns) -> None:
    _, proposal = proposed(tmp_path, columns, event="x")

    assert not any("Recognised" in note for note in proposal.notes)


@pytest.mark.parametrize(
    ("title", "states"),
    [
        ("Shopify: Customers", [True, False]),
        ("Mailchimp", [True, False]),
        ("Klaviyo: Lists", [True, False]),
        ("Customer.io: People", [False, True]),
        ("Brevo", [True, False]),
        ("HubSpot", [False, None]),
        ("Salesforce: Data", [False, True]),
        ("Salesforce: Report", [False, True]),
        ("Ghost", [True, False]),
        ("Sendy", [True, False]),
    ],
)
def test_who_wants_mail_is_read_as_the_product_means_it(
    tmp_path: Path, title: str, states: list[bool | None]
) -> None:
    assert [body.get("subscribed") for body in sent(tmp_path, title)] == states


def test_stripes_cents_become_amounts_save_where_a_currency_has_none(tmp_path: Path) -> None:
    assert [body["data"]["amount"]["value"] for body in sent(tmp_path, "Stripe: charges")] == [
        19.99,
        500,
    ]


def test_mailchimps_tags_become_a_list(tmp_path: Path) -> None:
    first, second = sent(tmp_path, "Mailchimp")

    assert first["data"]["TAGS"] == ["VIP", "New, old"]
    assert "TAGS" not in second["data"]


@pytest.mark.parametrize("dtype", [pl.String, pl.Int64], ids=["text", "numbers"])
def test_googles_microseconds_become_moments(tmp_path: Path, dtype: type[pl.DataType]) -> None:
    data = tmp_path / "events.parquet"
    table = pl.DataFrame(KNOWN["Google Analytics 4"])
    table.with_columns(pl.col("event_timestamp").cast(dtype)).write_parquet(data)

    first, _ = bodies(data, propose(data))

    assert first["data"]["event_timestamp"] == {
        "value": "2026-01-31T10:00:00.123Z",
        "persistent": False,
    }


def test_sendys_moments_are_read_by_the_twelve_hour_clock(tmp_path: Path) -> None:
    first, second = sent(tmp_path, "Sendy")

    assert first["data"]["Joined"] == "2025-12-31T23:05:00.000Z"
    assert second["data"]["Last activity"] == "2026-01-31T00:30:00.000Z"
    assert "Joined" not in second["data"]


def test_klaviyos_properties_are_json(tmp_path: Path) -> None:
    first, _ = sent(tmp_path, "Klaviyo: events")

    assert first["data"]["event_properties"]["value"] == {"$value": 12.5, "Items": ["Cup"]}


def test_shopifys_further_items_of_an_order_are_no_orders(tmp_path: Path) -> None:
    (only,) = sent(tmp_path, "Shopify: Orders")

    assert only["event"] == "order.paid"
    assert "Lineitem name" not in only["data"]
