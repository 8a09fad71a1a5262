from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from plunk_import.plan import Warnings
from tests.plan.census.planning import ANY_DATE, make_job, plan_of, plan_of_column

NUMBER: dict[str, Any] = {"type": "number"}
MILLISECONDS: dict[str, Any] = {"type": "datetime", "format": "epoch_ms"}
WARNED: list[tuple[str, Sequence[object], dict[str, Any], str, int]] = [
    ("slashed dates", ["31/01/2026", "01/02/2026", ""], {}, "date_as_text", 2),
    ("zoneless times", ["2026-01-31 10:00", "2026-02-01 10:00"], {}, "date_as_text", 2),
    ("some in Plunk's form", ["2026-01-31", "31/01/2026"], {}, "date_as_text", 1),
    ("prices", ["12.50", "9.99", "100"], {}, "number_as_text", 3),
    ("thousands", ["1,200.00", "10"], {}, "number_as_text", 2),
    ("leading zeros", ["007", "12"], {"type": "integer"}, "code_as_number", 1),
    ("phone numbers", ["+3212345", "3"], {"type": "number"}, "code_as_number", 1),
    ("odd ones among numbers", ["1", "2", "3", "4", "5", "many"], {}, "mixed_types", 1),
    *(
        (f"{word} as text", ["Ada", word, word], {}, "null_as_text", 2)
        for word in ("NULL", "N/A", "n/a", "None", "nan", "undefined", "#N/A")
    ),
    ("n/a among dates", ["2026-01-31"] * 9 + ["n/a"], {}, "null_as_text", 1),
    ("shortened phones", ["4.79E+11", "3,2477E+10", "+3247"], {}, "shortened_number", 2),
    ("shortened ids as numbers", ["4.79E+11", "1.5e3"], {"type": "number"}, "shortened_number", 1),
    ("protected phones", ["'+3247", "'0470", "O'Hara"], {}, "leading_apostrophe", 2),
    ("seconds as milliseconds", ["1767225600"], MILLISECONDS, "date_near_epoch", 1),
    ("a zero date", ["1970-01-01"], {"type": "date"}, "date_near_epoch", 1),
    ("year 26", ["0026-02-01"], {"type": "date"}, "year_out_of_range", 1),
    ("year 2926", ["2926-02-01"], {"type": "date"}, "year_out_of_range", 1),
    ("never among dates", ["2026-01-31"] * 9 + ["never"], {}, "mixed_types", 1),
    ("JSON of two types", ["1", "2", '"x"'], {"type": "json"}, "mixed_types", 1),
    ("17 digits", ["0.12345678901234567", "1.5"], {"type": "number"}, "rounded_number", 1),
    ("17 digits in JSON", ['{"a":[0.12345678901234567]}'], {"type": "json"}, "rounded_number", 1),
    ("a negative of 17 digits", ["-12345678901.123457"], {"type": "number"}, "rounded_number", 1),
    ("numbers below zero", ["-12.50", "1"], {}, "number_as_text", 2),
    *(
        (f"{odd.strip()} as text", [odd], {}, "date_as_text", 1)
        for odd in (
            *("2026-01-31T10:00:00", "2026-01-31 10:00:00", "2026-01-31T10:00:00+01:00"),
            *("2026-01-31 10:00 UTC", "1/31/26 9:05 PM", "31.01.2026 10:00", "1.2.2026"),
            *("Jan 31, 2026", "31 January 2026", "2026/01/31", " 31/01/2026 "),
        )
    ),
]
QUIET: list[tuple[str, Sequence[object], dict[str, Any]]] = [
    ("declared dates", ["31/01/2026"], {"type": "date", "format": "%d/%m/%Y"}),
    ("declared numbers", ["12.50", "9.99"], {"type": "number"}),
    ("postcodes", ["01234", "98765"], {}),
    ("ids of one length", ["100234", "100235"], {}),
    ("months and days", ["03/14", "12/01"], {}),
    ("words", ["free", "pro", "2"], {}),
    ("JSON with nulls", ["1", "2"], {"type": "json"}),
    ("noise of doubles", ["0.30000000000000004"], {"type": "number"}),
    ("nothing", ["", ""], {}),
    ("signs", ["-3", "4"], {"type": "integer"}),
    ("zero", ["0", "0.5"], {"type": "number"}),
    ("Plunk's dates", ["2026-01-31", "2026-01-31T10:00:00Z", "2026-01-31T10:00:00.123Z"], {}),
    ("small fractions", ["1.5E-03", "2.5e-3"], NUMBER),
    ("names like words for nothing", ["Nil Patel", "Null Island", "O'1"], {}),
    ("a later 1970", ["1970-02-01"], {"type": "date"}),
    ("edges of the years", ["1900-01-01", "2200-12-31"], {"type": "date"}),
    ("digits beyond a double", ["12345678901234567890"], {}),
    ("points as thousands", ["1.234.567"], {}),
    ("words for yes", ["True", "no"], {}),
    ("more noise of doubles", ["157.92000000000002", "1e17", "9007199254740992"], NUMBER),
]


@pytest.mark.parametrize(
    ("values", "variable", "code", "count"),
    [case[1:] for case in WARNED],
    ids=[c[0] for c in WARNED],
)
def test_values_are_warned_of(
    tmp_path: Path, values: Sequence[object], variable: dict[str, Any], code: str, count: int
) -> None:
    warnings = plan_of_column(tmp_path, values, variable).warnings

    assert list(warnings) == [code]
    assert warnings[code].count == count
    assert warnings[code].examples[0].field == "data.v"
    assert warnings[code].examples[0].row >= 1


@pytest.mark.parametrize(("values", "variable"), [c[1:] for c in QUIET], ids=[c[0] for c in QUIET])
def test_sound_values_raise_no_warning(
    tmp_path: Path, values: Sequence[object], variable: dict[str, Any]
) -> None:
    assert plan_of_column(tmp_path, values, variable).warnings == {}


@pytest.mark.parametrize("name", ["order_id", "orderId", "Zip", "PhoneNumber", "customerID", "sku"])
def test_a_variable_named_as_a_code_may_hold_numbers_as_text(tmp_path: Path, name: str) -> None:
    assert plan_of_column(tmp_path, ["7", "12"], {}, name=name).warnings == {}


@pytest.mark.parametrize("name", ["ltv", "orders", "amount", "width", "idle", "total_spent"])
def test_a_variable_named_as_a_quantity_may_not(tmp_path: Path, name: str) -> None:
    assert list(plan_of_column(tmp_path, ["7", "12"], {}, name=name).warnings) == ["number_as_text"]


def emails(tmp_path: Path, *addresses: str) -> Mapping[str, Warnings]:
    rows = [(address, ANY_DATE) for address in addresses]
    mapping = {"subscribed": {"const": False}, "data": {"at": "at"}}
    return plan_of(make_job(tmp_path, ("email", "at"), rows, mapping)).warnings


def test_misspelt_domains_are_named_with_what_was_meant(tmp_path: Path) -> None:
    found = emails(tmp_path, "ada@gmial.com", "bob@example.com", "ADA@gmial.com")

    assert found["typo_domains"].count == 1
    assert found["typo_domains"].examples[0].message == "ada@gmial.com: gmail.com?"
    assert found["typo_domains"].examples[0].row == 1


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("ada@hotmail.con", "hotmail.com"),
        ("ada@example.con", "example.com"),
        ("ada@example.ogr", "example.org"),
    ],
)
def test_a_misspelt_domain_tells_what_was_meant(tmp_path: Path, address: str, meant: str) -> None:
    (example,) = emails(tmp_path, address)["typo_domains"].examples

    assert example.message == f"{address}: {meant}?"


@pytest.mark.parametrize("domain", ["gmail.com", "mail.com", "ymail.com", "beacon.co"])
def test_a_domain_that_is_close_to_another_may_be_meant(tmp_path: Path, domain: str) -> None:
    assert emails(tmp_path, f"ada@{domain}") == {}


def test_few_misspelt_domains_are_not_many(tmp_path: Path) -> None:
    assert emails(tmp_path, "ada@gmial.com", *(f"p{n}@x.co" for n in range(150))) == {}


def test_many_offices_are_warned_of(tmp_path: Path) -> None:
    offices = [f"info@shop{n}.com" for n in range(5)]

    assert emails(tmp_path, *offices, "ada@x.co")["role_addresses"].count == 5
    assert emails(tmp_path, *offices[:2], "ada@x.co") == {}
    assert emails(tmp_path, *(f"info.ada{n}@x.co" for n in range(9))) == {}


def events(tmp_path: Path, *names: str) -> Mapping[str, Warnings]:
    rows = [("a@x.co", name, ANY_DATE) for name in names]
    mapping = {"event": "name", "subscribed": {"const": False}, "data": {"at": "at"}}
    return plan_of(make_job(tmp_path, ("email", "name", "at"), rows, mapping)).warnings


def test_event_names_that_differ_by_case_or_space_are_shown_together(tmp_path: Path) -> None:
    found = events(tmp_path, "Signed Up", "Signed Up", "signed up", "SignedUp ", "left")

    assert found["similar_events"].count == 2
    assert (
        "'Signed Up' (2 rows), 'SignedUp ' (1 row)" in found["similar_events"].examples[0].message
    )


def test_event_names_that_differ_by_more_are_different(tmp_path: Path) -> None:
    assert events(tmp_path, "signed up", "signed-up", "signed_out") == {}


def times(tmp_path: Path, rows: list[tuple[str, str]]) -> Mapping[str, Warnings]:
    at = {"column": "at", "type": "datetime", "persistent": False}
    mapping = {"subscribed": {"const": False}, "data": {"at": at}}
    return plan_of(make_job(tmp_path, ("email", "at"), rows, mapping)).warnings


EARLY, LATE = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def test_a_contact_whose_rows_go_back_in_time_is_shown(tmp_path: Path) -> None:
    rows = [("a@x.co", LATE), ("b@x.co", EARLY), ("A@x.co", EARLY), ("b@x.co", LATE)]

    found = times(tmp_path, rows)["out_of_order"]

    assert (found.count, found.examples[0].row) == (1, 3)


def test_rows_in_order_within_each_contact_are_in_order(tmp_path: Path) -> None:
    assert times(tmp_path, [("a@x.co", LATE), ("b@x.co", EARLY), ("a@x.co", LATE)]) == {}


def test_a_date_of_birth_may_be_of_january_1970(tmp_path: Path) -> None:
    variable = {"type": "date"}

    assert plan_of_column(tmp_path, ["1970-01-20"], variable, name="birthday").warnings == {}


def test_what_is_found_in_texts_and_in_numbers_is_one_warning(tmp_path: Path) -> None:
    rows = [("a@x.co", "4.79E+11", ANY_DATE), ("b@x.co", "4.79E+11", ANY_DATE)]
    data = {"phone": "v", "n": {"column": "v", "type": "number"}, "at": "at"}
    mapping = {"subscribed": {"const": False}, "data": data}

    found = plan_of(make_job(tmp_path, ("email", "v", "at"), rows, mapping)).warnings

    assert found["shortened_number"].count == 4
    assert [one.field for one in found["shortened_number"].examples] == ["data.phone", "data.n"]


def test_a_date_of_birth_tells_no_order(tmp_path: Path) -> None:
    rows = [("a@x.co", "2001-01-01"), ("a@x.co", "1999-01-01")]
    data = {"birthday": {"column": "at", "type": "date"}}
    mapping = {"subscribed": {"const": False}, "data": data}

    assert plan_of(make_job(tmp_path, ("email", "at"), rows, mapping)).warnings == {}


def test_null_is_no_text_for_nothing_and_hides_none_of_another_variable(tmp_path: Path) -> None:
    rows = [("a@x.co", "", "n/a"), ("b@x.co", "pro", "free")]
    mapping = {"data": {"gone": {"column": "gone", "empty": "delete"}, "plan": "plan"}}
    found = plan_of(make_job(tmp_path, ("email", "gone", "plan"), rows, mapping)).warnings

    assert found["null_as_text"].count == 1
    assert [one.field for one in found["null_as_text"].examples] == ["data.plan"]
