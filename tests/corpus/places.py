"""Where files are: gives cases of several files, globs, standard input, and of no file at all."""

import gzip

from tests.corpus.case import HEADER, PEOPLE, Case, csv, text
from tests.corpus.containers import FRAME, parquet

ADA, ZOE, CY = PEOPLE


def cases() -> dict[str, Case]:
    """Return every case by its name."""
    return several() | elsewhere() | nowhere()


def several() -> dict[str, Case]:
    """Several files as one source."""
    parts = {"1.csv": [ADA, CY], "10.csv": [CY, ZOE], "2.csv": [CY]}
    files = {name: text(rows).encode() for name, rows in parts.items()}
    turned = text([row[::-1] for row in PEOPLE], header=HEADER[::-1]).encode()
    return {
        "three files": Case(files, given=("2.csv", "1.csv", "10.csv")),
        "glob": Case(dict(reversed(files.items())), given=("*.csv",)),
        "files of different kinds": Case(
            {"1.csv": text(delimiter=";").encode(), "2.csv.gz": gzip.compress(turned)}
        ),
        "one file of several with bad rows": Case(
            {"1.csv": b"email,name,amount\na,b\n" + text([ADA], header=None).encode()}
            | {"2.parquet": parquet(FRAME)}
        ),
        "files with other columns": Case(
            {"1.csv": text().encode(), "2.csv": text(header=("email", "name", "sum")).encode()}
        ),
        "one file of several is empty": Case({"1.csv": text().encode(), "2.csv": b""}),
        "one file twice": Case({"1.csv": text().encode()}, given=("1.csv", "*.csv")),
    }


def elsewhere() -> dict[str, Case]:
    """Standard input, alone and beside a file."""
    return {
        "standard input": Case({}, given=("-",), stdin=text(delimiter="\t").encode()),
        "packed standard input": Case({}, given=("-",), stdin=gzip.compress(text().encode())),
        "Parquet on standard input": Case({}, given=("-",), stdin=parquet(FRAME)),
        "NDJSON on standard input": Case(
            {},
            given=("-",),
            stdin=b'{"email":"ada@x.co","name":"Ada","amount":12.5}\n{"email":"nobody"}\n',
            declared={"format": "ndjson"},
        ),
        "empty standard input": Case({}, given=("-",)),
        "standard input and a file": Case(
            {"1.csv": text().encode()}, given=("-", "1.csv"), stdin=text([CY]).encode()
        ),
    }


def nowhere() -> dict[str, Case]:
    """What is no file, or none that stays as it is."""
    return {
        "no such file": Case({}, given=("rows.csv",)),
        "glob without files": Case({"rows.csv": text().encode()}, given=("*.tsv",)),
        "directory": Case({"in/rows.csv": text().encode()}, given=("in",)),
        "file that grows": csv(text(), grows=True),
        "Parquet file that grows": Case({"rows.parquet": parquet(FRAME)}, grows=True),
    }
