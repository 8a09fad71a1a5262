"""Makes the sample files beside it from a fixed seed, and says what an importer must make of them.

``python samples/make_samples.py`` writes the three CSV files, the Parquet file and
``expected.json``; ``--into DIR`` writes them elsewhere. The mappings are written by hand.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import polars as pl
from making import mailchimp, product, shopify, stripe
from making.cast import Sample

SEED = "plunk-import samples"


def csv_lines(header: str, sample: Sample, *, quote_when: str) -> Iterator[str]:
    """Return the file's lines, a cell in quotes when it holds one of the characters `quote_when`.

    `header` is the column names with commas between; a name that a row lacks is an empty cell.

    The exports differ in when they quote: Mailchimp's writer quotes every cell that holds a space,
    which Python's csv module has no setting for.
    """
    names = header.split(",")
    for cells in (names, *([row.get(name, "") for name in names] for row in sample.rows)):
        yield ",".join(_quoted(cell) if set(cell) & set(quote_when) else cell for cell in cells)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def write_samples(into: Path) -> None:
    """Write the sample files and ``expected.json`` into an existing directory."""
    samples = {
        "shopify_orders": shopify.make(Random(f"{SEED}: shopify")),
        "mailchimp_audience": mailchimp.make(Random(f"{SEED}: mailchimp")),
        "stripe_payments": stripe.make(Random(f"{SEED}: stripe")),
        "product_events": product.make(Random(f"{SEED}: product")),
    }
    for name, header, quote_when in (
        ("shopify_orders", shopify.HEADER, ',"\n'),
        ("mailchimp_audience", mailchimp.HEADER, ' ,"\n'),
        ("stripe_payments", stripe.HEADER, ',"\n'),
    ):
        lines = csv_lines(header, samples[name], quote_when=quote_when)
        (into / f"{name}.csv").write_bytes("".join(f"{line}\n" for line in lines).encode())
    events = pl.DataFrame(samples["product_events"].rows, schema=product.SCHEMA)
    events.write_parquet(into / "product_events.parquet")
    expected = {name: sample.expectation() for name, sample in samples.items()}
    (into / "expected.json").write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Write the samples where the command line says, by default beside this script."""
    parser = argparse.ArgumentParser(description="Make the sample files of plunk-import.")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="DIR")
    write_samples(parser.parse_args().into)


if __name__ == "__main__":
    main()
