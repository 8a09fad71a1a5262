"""Makes files in ten shapes beside it from a fixed seed, and says which of their rows are bad.

``python tests/shapes/make_shapes.py`` writes the data files and ``expected.json``; ``--into DIR``
writes them elsewhere. What is bad is what a careful mapping written by hand would refuse.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

ROWS = 200
PEOPLE = 60
START = datetime(2024, 1, 3, 7, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Shape:
    """A file's content, how it is proposed for, and its rejected rows with their codes."""

    name: str
    content: bytes | pl.DataFrame
    rejects: dict[int, list[str]] = field(default_factory=dict)
    event: str | None = None
    filtered: int = 0


def address(number: int) -> str:
    """Return the address of one of the people."""
    return f"person{number}@example.{('com', 'org', 'net')[number % 3]}"


def text(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    line_end: str = "\n",
) -> bytes:
    """Write delimited text; a cell is quoted where it has to be."""

    def quoted(cell: str) -> str:
        if any(mark in cell for mark in (delimiter, '"', "\n", "\r")):
            return '"' + cell.replace('"', '""') + '"'
        return cell

    lines = (delimiter.join(map(quoted, row)) for row in (header, *rows))
    return "".join(line + line_end for line in lines).encode(encoding)


def german_customers(rng: Random) -> Shape:
    """Semicolons, cp1252, decimal commas, days first with dots, ja and nein, postcodes with 0."""
    header = (
        *("Kundennummer", "Vorname", "E-Mail", "PLZ", "Ort", "Telefon", "Umsatz", "Bestellungen"),
        *("Newsletter", "Kunde seit", "Letzter Kauf"),
    )
    rows = []
    for n in range(PEOPLE):
        day = START + timedelta(days=rng.randrange(600), minutes=rng.randrange(1_000))
        rows.append(
            [
                f"{n + 1:06d}",
                rng.choice(("Jürgen", "Käthe", "Günther", "Zoë")),
                address(n),
                f"{rng.randrange(1_000, 99_999):05d}",
                rng.choice(("Köln", "München", "Görlitz")),
                f"0221 {rng.randrange(100_000, 999_999)}",
                f"{rng.randrange(0, 9)}.{rng.randrange(100, 999)},{rng.randrange(10, 99)}",
                str(rng.randrange(1, 40)),
                rng.choice(("ja", "ja", "nein")),
                f"{day:%d.%m.%Y}",
                f"{day:%d.%m.%Y %H:%M}",
            ]
        )
    rows[30][6] = "unbekannt"
    rejects = {31: ["invalid_number"]}
    content = text(header, rows, delimiter=";", encoding="cp1252", line_end="\r\n")
    return Shape("german_customers.csv", content, rejects, event="kunde.importiert")


def american_signups(rng: Random) -> Shape:
    """Months first with a clock of twelve hours; telephones and ZIP codes of digits only."""
    header = ("event_name", "email", "signup date", "phone", "zip", "plan", "spent", "is_trial")
    rows = []
    for _ in range(ROWS):
        at = START + timedelta(hours=rng.randrange(9_000), minutes=rng.randrange(60))
        rows.append(
            [
                rng.choice(("Signed Up", "Upgraded", "Invited")),
                address(rng.randrange(PEOPLE)),
                f"{at.month}/{at.day}/{at.year} {at:%I:%M %p}",
                f"{rng.randrange(2_012_000_000, 3_989_999_999)}",
                f"{rng.randrange(501, 99_950):05d}",
                rng.choice(("free", "team")),
                f"{rng.randrange(0, 90_000) / 100:.2f}",
                rng.choice("01"),
            ]
        )
    rows[99][2] = "yesterday"
    rows[140][1] = "nobody at example.com"
    return Shape(
        "american_signups.csv",
        text(header, rows),
        {100: ["invalid_datetime"], 141: ["invalid_email"]},
    )


def undecided_dates(rng: Random) -> Shape:
    """Dates whose day and month nobody can tell apart, and numbers with one doubtful comma."""
    header = ("Email Address", "Action", "When", "Points")
    rows = [
        [
            address(rng.randrange(PEOPLE)),
            rng.choice(("opened", "closed")),
            f"{rng.randrange(1, 13):02d}/{rng.randrange(1, 13):02d}/2025",
            f"{rng.randrange(1, 9)},{rng.randrange(100, 999)}",
        ]
        for _ in range(ROWS)
    ]
    return Shape("undecided_dates.csv", text(header, rows))


def database_dump(rng: Random) -> Shape:
    """Tabs, \\N and zero dates for nothing, flags of 0 and 1, ids beyond 2^53, hashed passwords."""
    header = (
        *("id", "user_email", "activity", "password_hash", "is_active", "score", "last_login"),
        *("created_at", "snowflake", "locale", "createdAt"),
    )
    rows = []
    for n in range(ROWS):
        at = START + timedelta(minutes=17 * n)
        rows.append(
            [
                str(n + 1),
                address(rng.randrange(PEOPLE)),
                rng.choice(("login", "logout", "export")),
                f"$2b$12${rng.randrange(10**21):021d}",
                rng.choice("01"),
                rng.choice(("\\N", str(rng.randrange(100)))),
                rng.choice(("0000-00-00 00:00:00", f"{at:%Y-%m-%d %H:%M:%S}")),
                f"{at:%Y-%m-%d %H:%M:%S}",
                str(2**60 + n),
                rng.choice(("nl-BE", "fr-BE")),
                f"{at:%Y-%m-%d}",
            ]
        )
    rows[10][4] = "maybe"
    content = text(header, rows, delimiter="\t")
    return Shape("database_dump.tsv", content, {11: ["invalid_boolean"]})


def segment_tracks(rng: Random) -> Shape:
    """Segment's tracks table as its warehouses unload it: most visitors have no address."""
    header = (
        *("id", "anonymous_id", "user_id", "event", "event_text", "context_ip", "context_page_url"),
        *("context_traits_email", "original_timestamp", "received_at", "sent_at", "timestamp"),
        *("uuid_ts", "revenue"),
    )
    rows, filtered = [], 0
    for n in range(ROWS):
        at = START + timedelta(minutes=n)
        stamps = [f"{at + timedelta(seconds=s):%Y-%m-%d %H:%M:%S}.{rng.randrange(1000):03d} UTC"
                  for s in (0, 2, 1, 0, 60)]  # fmt: skip
        known = rng.random() < 0.4
        filtered += not known
        who = rng.randrange(PEOPLE)
        names = rng.choice((("order_completed", "Order Completed"), ("signed_up", "Signed Up")))
        rows.append(
            [
                f"ajs-next-{rng.randrange(16**12):012x}",
                f"{rng.randrange(16**12):012x}",
                f"u{who}" if known else "",
                *names,
                "203.0.113.9",
                f"https://shop.example/p/{n}?q=a,b",
                address(who) if known else "",
                *stamps,
                rng.choice(("", "12.5", "40.0")),
            ]
        )
    return Shape("segment_tracks.csv", text(header, rows), filtered=filtered)


def mixpanel_events(rng: Random) -> Shape:
    """Mixpanel's raw events in Parquet: seconds since 1970, a struct, a category."""
    rows = [
        {
            "event": rng.choice(("Viewed Page", "Bought")),
            "time": int((START + timedelta(minutes=n)).timestamp()),
            "distinct_id": f"user-{n % PEOPLE}",
            "$insert_id": f"{rng.randrange(16**10):010x}",
            "$email": address(n % PEOPLE),
            "mp_country_code": rng.choice(("BE", "DE")),
            "mp_processing_time_ms": 1_704_267_000_000 + n,
            "price": rng.choice((None, 9.5, 12.0)),
            "utm": {"source": rng.choice(("mail", "web")), "terms": ["a", "b"]},
        }
        for n in range(ROWS)
    ]
    rows[76]["price"] = float("nan")
    frame = pl.DataFrame(rows).with_columns(pl.col("mp_country_code").cast(pl.Categorical))
    rejects = {n: ["number_not_finite"] for n, row in enumerate(rows, 1) if row["price"] not in
               (None, 9.5, 12.0)}  # fmt: skip
    return Shape("mixpanel_events.parquet", frame, rejects)


def klaviyo_profiles(rng: Random) -> Shape:
    """Klaviyo's profiles: consent in capital words, apostrophes, empty predictions."""
    header = (
        *("Email", "Klaviyo ID", "First Name", "Phone Number", "Zip Code", "Latitude", "Source"),
        *("Email Marketing Consent", "Profile Created On", "Last Open", "Predicted Gender"),
        *("Historic Customer Lifetime Value", "Historic Number Of Orders", "$timezone"),
    )
    rows = []
    for n in range(PEOPLE):
        at = START + timedelta(days=n)
        rows.append(
            [
                address(n),
                f"01H{rng.randrange(36**6):09d}Q",
                rng.choice(("Ada", "Özlem", "Łukasz")),
                f"+3247{rng.randrange(10**7):07d}",
                rng.choice(("9000", "01970")),
                f"{50 + rng.random():.4f}",
                "-6",
                rng.choice(("SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED")),
                f"{at:%Y-%m-%d %H:%M:%S}",
                rng.choice(("", f"{at:%Y-%m-%d %H:%M:%S}")),
                "",
                f"{rng.randrange(100_000) / 100:.2f}",
                str(rng.randrange(12)),
                "Europe/Brussels",
            ]
        )
    return Shape("klaviyo_profiles.csv", text(header, rows))


def customer_io_people(rng: Random) -> Shape:
    """Customer.io's people: a column that says who left, and seconds since 1970."""
    header = ("id", "cio_id", "email", "created_at", "unsubscribed", "plan", "seats")
    rows = [
        [
            f"user_{n}",
            f"{rng.randrange(16**12):012x}",
            address(n),
            str(int((START + timedelta(days=n)).timestamp())),
            rng.choice(("true", "false", "false")),
            rng.choice(("free", "pro")),
            str(rng.randrange(30)),
        ]
        for n in range(PEOPLE)
    ]
    return Shape("customer_io_people.csv", text(header, rows))


def warehouse(rng: Random) -> Shape:
    """A warehouse's table in Parquet: decimals, times in a zone, lists, bytes that are no JSON."""
    rows = [
        {
            "customer_email": address(n % PEOPLE),
            "event_type": rng.choice(("ticket.opened", "ticket.closed")),
            "occurred_at": START + timedelta(minutes=n),
            "due": date(2026, 1, 1) + timedelta(days=n),
            "hours": Decimal(rng.randrange(1_000)) / 100,
            "labels": rng.choice(([], ["vip", "späť"], None)),
            "digest": bytes([n % 256, 255]),
            "opted_out": rng.choice((True, False)),
            "ticket_id": 10_000 + n,
            "locale": rng.choice(("en", "nl")),
        }
        for n in range(ROWS)
    ]
    rows[3]["event_type"] = "email.opened"
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "customer_email": pl.String, "event_type": pl.String,
        "occurred_at": pl.Datetime("us", "UTC"), "due": pl.Date, "hours": pl.Decimal(10, 2),
        "labels": pl.List(pl.String), "digest": pl.Binary, "opted_out": pl.Boolean,
        "ticket_id": pl.Int64, "locale": pl.String,
    }  # fmt: skip
    return Shape("warehouse.parquet", pl.DataFrame(rows, schema=schema), {4: ["reserved_event"]})


def odd_headers(rng: Random) -> Shape:
    """UTF-16 and pipes; headers that trip YAML, Plunk's own names, names that differ by case."""
    header = (
        *("no", "1_000", "a: #b", 'it\'s "quoted"', "名前", "{x}", "- item", "2026-01-01", "~"),
        *("email", "Email", "event", "id", "createdAt", "import_ref", "locale", "null", " ", "%a"),
        *("tab\there", "subscribed", "data.x", "@user", "* all", "&anchor", "!tag", "emoji 😀"),
    )
    rows = []
    for n in range(ROWS):
        cells = {name: f"{name.strip()[:3]}{rng.randrange(9)}" for name in header}
        cells |= {"email": address(n % PEOPLE), "Email": address((n + 1) % PEOPLE)}
        cells |= {"event": rng.choice(("a: b", "no")), "id": f"r-{n}", "locale": f"l{n % 2}"}
        cells |= {"subscribed": rng.choice(("yes", "no")), "名前": f"{n % 7}: # 'x'"}
        rows.append([cells[name] for name in header])
    return Shape("odd_headers.txt", text(header, rows, delimiter="|", encoding="utf-16"))


def ticket_shop(rng: Random) -> Shape:
    """Secrets beside data: cards, keys, tokens; JSON in cells; one broken date in two hundred."""
    header = (
        *("Order Number", "Buyer Email", "Event", "Card", "API Key", "Download URL", "Bought on"),
        *("Tickets", "Seats (JSON)", "Version", "Country", "Newsletter"),
    )
    rows = [
        [
            f"{n + 1:08d}",
            address(rng.randrange(PEOPLE)),
            rng.choice(("ticket.bought", "ticket.returned")),
            card(f"411111{rng.randrange(10**9):09d}"),
            f"key_{rng.randrange(16**16):016x}",
            f"https://tickets.example/d/{rng.randrange(16**16):016x}",
            f"{START + timedelta(days=n):%d %b %Y}",
            str(rng.randrange(1, 6)),
            json.dumps([{"row": rng.choice("ABC"), "seat": n}]),
            rng.choice(("1.0", "1.10")),
            "BE",
            rng.choice(("on", "off")),
        ]
        for n in range(ROWS)
    ]
    rows[149][6] = "next Friday"
    return Shape("ticket_shop.csv", text(header, rows), {150: ["invalid_date"]})


def card(digits: str) -> str:
    """Return a card's number with the check digit that makes it one."""
    figures = [int(figure) for figure in reversed(digits)]
    total = sum(sum(divmod(2 * f, 10)) for f in figures[::2]) + sum(figures[1::2])
    return digits + str(-total % 10)


MAKERS: tuple[Callable[[Random], Shape], ...] = (
    german_customers, american_signups, undecided_dates, database_dump, segment_tracks,
    mixpanel_events, klaviyo_profiles, customer_io_people, warehouse, odd_headers, ticket_shop,
)  # fmt: skip


def write_shapes(into: Path) -> None:
    """Write every file and ``expected.json`` into an existing directory."""
    expected: dict[str, Any] = {}
    for make in MAKERS:
        shape = make(Random(f"plunk-import shapes: {make.__name__}"))  # noqa: S311  the same files each time
        if isinstance(shape.content, bytes):
            (into / shape.name).write_bytes(shape.content)
        else:
            shape.content.write_parquet(into / shape.name)
        expected[shape.name] = {
            "event": shape.event,
            "filtered": shape.filtered,
            "rejects": {str(row): codes for row, codes in shape.rejects.items()},
        }
    (into / "expected.json").write_text(json.dumps(expected, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Write the shapes where the command line says, by default beside this script."""
    parser = argparse.ArgumentParser(description="Make files in ten shapes.")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, metavar="DIR")
    write_shapes(parser.parse_args().into)


if __name__ == "__main__":
    main()
