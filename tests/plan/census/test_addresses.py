import pytest

from plunk_import.plan.census.addresses import MISSPELT, ROLES, is_role, meant_domain


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("ada@gmial.com", "gmail.com"),
        ("ada@hotmail.con", "hotmail.com"),
        ("ada@example.con", "example.com"),
        ("ada@example.ogr", "example.org"),
        ("ada@gmail.com", None),
        ("ada@mail.com", None),
        ("ada@ymail.com", None),
        ("ada@beacon.co", None),
    ],
)
def test_a_misspelt_domain_tells_what_was_meant(address: str, meant: str | None) -> None:
    assert meant_domain(address) == meant


def test_no_domain_that_is_meant_counts_as_misspelt() -> None:
    assert not set(MISSPELT) & set(MISSPELT.values())


@pytest.mark.parametrize(
    ("address", "role"), [("info@x.co", True), ("ada@x.co", False), ("info.ada@x.co", False)]
)
def test_offices_are_told_from_people(address: str, *, role: bool) -> None:
    assert is_role(address) is role


def test_roles_are_written_as_addresses_are_compared() -> None:
    assert all(role == role.lower() for role in ROLES)
