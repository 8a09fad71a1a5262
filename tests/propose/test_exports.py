"""Tests of the exports that are known by their headers."""

import csv
from pathlib import Path

import pytest

from plunk_import.mapping.load import load_mapping
from plunk_import.propose.exports import EXPORTS, known_export
from plunk_import.propose.proposal import propose, write_proposal
from tests import SAMPLES


def header(name: str) -> list[str]:
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


@pytest.mark.parametrize(
    ("columns", "title"),
    [
        (header("shopify_orders.csv"), "Shopify"),
        (header("mailchimp_audience.csv"), "Mailchimp"),
        (header("stripe_payments.csv"), "Stripe"),
        (["id", "Created (UTC)", "Amount", "Currency", "Status", "Customer Email"], "Stripe"),
        (["Email", "Klaviyo ID", "First Name"], "Klaviyo"),
        (["metric_name", "datetime", "profile_email", "event_id"], "Klaviyo"),
        (["id", "cio_id", "email", "created_at"], "Customer.io"),
        (["event_id", "event_name", "internal_customer_id", "email"], "Customer.io"),
        (["event", "time", "distinct_id", "$insert_id", "$email"], "Mixpanel"),
        (["mp_event_name", "time", "distinct_id", "mp_insert_id"], "Mixpanel"),
        (["id", "anonymous_id", "event", "event_text", "received_at", "email"], "Segment"),
        (["email", "event", "time"], None),
        (["id", "Amount", "Status"], None),
        ([], None),
    ],
)
def test_an_export_is_known_by_its_headers(columns: list[str], title: str | None) -> None:
    export = known_export(columns)
    assert (export.title.split(":")[0] if export else None) == title


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.title)
def test_every_export_gets_a_mapping_that_loads(export: object, tmp_path: Path) -> None:
    known = next(one for one in EXPORTS if one is export)
    columns = dict.fromkeys((*known.marks, *known.any_marks[:1], *known.email[:1]))
    columns |= dict.fromkeys((*known.event_columns[:1], *known.ids[:1]))
    rows = [
        [f"p{n}@example.com" if name in known.email else f"{name[:4]} {n % 2}" for name in columns]
        for n in range(6)
    ]
    data = tmp_path / "export.csv"
    with data.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(columns), *rows])
    proposal = propose(data)
    write_proposal(proposal, tmp_path / "mapping.yaml")
    mapping = load_mapping(tmp_path / "mapping.yaml").mapping
    assert known.title in proposal.notes[0]
    assert mapping.email.column in known.email
    assert mapping.event.sql == known.event
    assert mapping.event.const == known.event_name


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.title)
def test_what_an_export_says_of_a_column_does_not_contradict_itself(export: object) -> None:
    known = next(one for one in EXPORTS if one is export)
    needed = {*known.email, *known.ids, *known.subscribed}
    assert not needed & set(known.left_out)
    assert not (known.event and known.event_name)
    assert known.event or known.event_name or known.event_columns
