from pathlib import Path
from typing import Any

import pytest

from plunk_import.sandbox import Sandbox
from tests.plan.preflight.asking import ask, job_of, line

ROWS = [("ada@example.com", "Order Paid", "yes")]


def populate(
    sandbox: Sandbox, data: dict[str, Any], event: str = "x", email: str = "old@example.com"
) -> None:
    with sandbox.open_store() as store:
        contact = store.create_contact(email, data, subscribed=True)
        store.add_event(contact, event, request=1)


@pytest.mark.parametrize(
    ("value", "details"),
    [
        (1, ()),
        ("text", ("'ltv' is a string there; 1 of 1 values would be a number",)),
        (True, ("'ltv' is a boolean there; 1 of 1 values would be a number",)),
        ("2026-01-01", ("'ltv' is a date there; 1 of 1 values would be a number",)),
    ],
)
def test_fields_of_another_type_are_named(
    sandbox: Sandbox, tmp_path: Path, value: object, details: tuple[str, ...]
) -> None:
    populate(sandbox, {"ltv": value})

    found = line(ask(sandbox, job_of(tmp_path, ROWS)), "field types")

    assert (found.state, found.details) == ("wrong" if details else "ok", details)


def test_one_shot_variables_are_no_fields(sandbox: Sandbox, tmp_path: Path) -> None:
    populate(sandbox, {"occurred_at": 3, "OccurredAt": 3})

    found = ask(sandbox, job_of(tmp_path, ROWS))

    assert line(found, "field types").state == line(found, "field names").state == "ok"


def test_names_with_another_spelling_are_named(sandbox: Sandbox, tmp_path: Path) -> None:
    populate(sandbox, {"LTV": 1}, event="order_paid")

    found = ask(sandbox, job_of(tmp_path, ROWS))

    assert line(found, "field names").details == ("'ltv' here, 'LTV' in the project",)
    assert line(found, "event names").details == ("'Order Paid' here, 'order_paid' in the project",)


@pytest.mark.parametrize(
    ("ours", "theirs", "details"),
    [
        ("signed up", ("Signed_Up",), ("'signed up' here, 'Signed_Up' in the project",)),
        ("signed up", ("signed up", "Signed_Up"), ()),
        ("signed up", ("signed out",), ()),
        ("!!", ("??",), ()),
    ],
    ids=["respelt", "there as well", "another", "nothing but punctuation"],
)
def test_a_name_is_respelt_only_where_ours_is_not_there(
    sandbox: Sandbox, tmp_path: Path, ours: str, theirs: tuple[str, ...], details: tuple[str, ...]
) -> None:
    for n, name in enumerate(theirs):
        populate(sandbox, {}, event=name, email=f"old{n}@example.com")

    found = ask(sandbox, job_of(tmp_path, [("ada@example.com", ours, "yes")]))

    assert line(found, "event names").details == details
