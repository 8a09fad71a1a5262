"""Tests of the sample files: they are what their script makes, and what they claim to be."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from ruamel.yaml import YAML

from plunk_import.validate import REGISTRY
from tests import SAMPLES

SCRIPT = SAMPLES / "make_samples.py"
EXPECTED: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))
NAMES = tuple(EXPECTED)
TEXT_FILES = (*(f"{name}.csv" for name in NAMES if name != "product_events"), "expected.json")
RESERVED_DOMAIN = re.compile(r"@(example\.(com|org|net)|[a-z]+\.example)$")
COLUMNS_BY_PRODUCT = {
    "shopify_orders": (79, "Name", "Payment References"),
    "mailchimp_audience": (33, "Email Address", "Status"),
    "stripe_payments": (27, "id", "plan (metadata)"),
    "product_events": (16, "user_email", "internal"),
}


def make_into(directory: Path) -> Path:
    subprocess.run([sys.executable, SCRIPT, "--into", directory], check=True)
    return directory


def read_sample(name: str, directory: Path = SAMPLES) -> pl.DataFrame:
    parquet = directory / f"{name}.parquet"
    if parquet.exists():
        return pl.read_parquet(parquet)
    return pl.read_csv(directory / f"{name}.csv", infer_schema=False)


def read_mapping(name: str) -> dict[str, Any]:
    mapping: dict[str, Any] = YAML(typ="safe").load(SAMPLES / f"{name}.yaml")
    return mapping


def columns_named_by(mapping: dict[str, Any]) -> set[str]:
    fields = [mapping["email"], mapping["event"], mapping.get("subscribed"), *mapping.get("id", ())]
    fields += mapping["data"].values()
    columns = {field.get("column") if isinstance(field, dict) else field for field in fields}
    return {column for column in columns if column is not None}


@pytest.fixture(scope="module")
def remade(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_into(tmp_path_factory.mktemp("remade"))


@pytest.mark.parametrize("name", TEXT_FILES)
def test_script_makes_the_committed_text_files_byte_for_byte(remade: Path, name: str) -> None:
    assert (remade / name).read_bytes() == (SAMPLES / name).read_bytes()


def test_script_makes_the_committed_parquet_contents(remade: Path) -> None:
    # Its bytes name the polars version that wrote them, so only the contents must be the same.
    assert_frame_equal(read_sample("product_events", remade), read_sample("product_events"))


def test_a_second_run_gives_the_same_bytes(remade: Path, tmp_path: Path) -> None:
    again = make_into(tmp_path)
    files = {path.name: path.read_bytes() for path in again.iterdir()}
    assert files == {path.name: path.read_bytes() for path in remade.iterdir()}


@pytest.mark.parametrize("name", NAMES)
def test_header_is_the_one_of_the_product(name: str) -> None:
    columns = read_sample(name).columns
    assert (len(columns), columns[0], columns[-1]) == COLUMNS_BY_PRODUCT[name]


@pytest.mark.parametrize("name", NAMES)
def test_mapping_names_only_columns_that_the_sample_has(name: str) -> None:
    assert columns_named_by(read_mapping(name)) <= set(read_sample(name).columns)


@pytest.mark.parametrize("name", NAMES)
def test_expected_counts_are_those_of_the_rows_and_the_filter(name: str) -> None:
    rows = read_sample(name)
    kept = rows.filter(pl.sql_expr(read_mapping(name)["where"]))
    counts = (EXPECTED[name]["rows"], EXPECTED[name]["filtered"])
    assert counts == (rows.height, rows.height - kept.height)


@pytest.mark.parametrize("name", NAMES)
def test_expected_rejects_are_rows_that_the_filter_keeps(name: str) -> None:
    kept = read_sample(name).with_row_index("_row", 1)
    kept = kept.filter(pl.sql_expr(read_mapping(name)["where"]))
    assert {int(row) for row in EXPECTED[name]["rejects"]} <= set(kept["_row"])


@pytest.mark.parametrize("name", NAMES)
def test_expected_codes_stand_in_the_registry(name: str) -> None:
    codes = {code for codes in EXPECTED[name]["rejects"].values() for code in codes}
    assert codes <= REGISTRY.keys()


@pytest.mark.parametrize("name", NAMES)
def test_addresses_of_good_rows_belong_to_nobody(name: str) -> None:
    addresses = read_sample(name)[read_mapping(name)["email"]]
    rejected = EXPECTED[name]["rejects"].keys()
    good = {
        address.strip().lower()
        for row, address in enumerate(addresses, start=1)
        if str(row) not in rejected and address is not None
    }
    assert [address for address in sorted(good) if not RESERVED_DOMAIN.search(address)] == []
