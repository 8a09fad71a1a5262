"""A Mailchimp audience: the files of its statuses in one."""

from datetime import UTC, datetime, timedelta
from random import Random

from making.cast import Flaw, Person, Sample, invite, token

# The columns of the "subscribed" file, those that the "unsubscribed" and "cleaned" files add, and
# Status: the file a row came from, which whoever pastes the files together has to write down.
HEADER = (
    "Email Address,First Name,Last Name,Address,Phone Number,Birthday,Customer Since,"
    "MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,"
    "TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS,UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,"
    "UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,"
    "CLEAN_CAMPAIGN_ID,Status"
)
COUNTS = {"subscribed": 92, "unsubscribed": 24, "nonsubscribed": 14, "cleaned": 10}
TAGS = ("", '"VIP"', '"VIP","Spring fair, 2025"', '"Lente beurs","Blog"', '"Été à Paris"')
NOTES = ("", "", "", "", "Met at the fair.\nWants the paper catalogue, not the PDF.")
CAMPAIGNS = (("Sale, last days!", "a1b2c3d4e5"), ("Nieuwsbrief 📬 maart", "77f0c0ffee"))
REASONS = (
    ("NORMAL", "I no longer want to receive these emails"),
    ("NOSIGNUP", "I never signed up for this mailing list"),
    ("OTHER", 'Too many, and all say "last chance"'),
)
FIRST_SIGN_UP = datetime(2019, 1, 7, 8, 30, tzinfo=UTC)

# By row, the first being 1: rows 1 to 92 are subscribed, 93 to 116 unsubscribed.
FLAWS = {
    5: Flaw({"Email Address": "marie.dubois@gmial"}, ("invalid_email",)),
    17: Flaw({"Email Address": "zoë@exämple.com"}, ("invalid_email",)),
    29: Flaw({"Email Address": "jan..peeters@example.com"}, ("invalid_email",)),
    # An audience with SMS has contacts that have a telephone number and no address.
    34: Flaw({"Email Address": ""}, ("missing_email",)),
    48: Flaw({"Email Address": "ann@example.com; bob@example.com"}, ("invalid_email",)),
    63: Flaw({"Customer Since": "2023-02-30"}, ("invalid_date",)),
    71: Flaw({"OPTIN_TIME": "0000-00-00 00:00:00"}, ("invalid_datetime",)),
    80: Flaw({"MEMBER_RATING": "4 stars"}, ("invalid_integer",)),
    104: Flaw({"Email Address": ".kim@example.net"}, ("invalid_email",)),
    # An ordinary address that spaces and capitals surround: trimmed and lower-cased, it is good.
    11: Flaw({"Email Address": " Sandra.LOPEZ@Example.com "}, ()),
}


def make(rng: Random) -> Sample:
    """Return the audience, its subscribed people first; an address occurs once."""
    people = iter(invite(rng, sum(COUNTS.values())))
    statuses = [status for status, count in COUNTS.items() for _ in range(count)]
    rows = [_member(rng, next(people), status) for status in statuses]
    for number, flaw in FLAWS.items():
        rows[number - 1] |= flaw.cells
    rejects = {number: flaw.codes for number, flaw in FLAWS.items() if flaw.codes}
    return Sample(rows, filtered=COUNTS["cleaned"], rejects=rejects)


def _member(rng: Random, who: Person, status: str) -> dict[str, str]:
    joined = FIRST_SIGN_UP + timedelta(seconds=rng.randrange(220_000_000))
    changed = joined + timedelta(seconds=rng.randrange(9_000_000))
    row = {
        "Email Address": who.email,
        "First Name": who.first,
        "Last Name": who.last,
        "Birthday": f"{rng.randrange(1, 13):02d}/{rng.randrange(1, 29):02d}",
        "Customer Since": f"{joined:%Y-%m-%d}" if rng.random() < 0.6 else "",
        "MEMBER_RATING": str(rng.randrange(1, 6)),
        "LAST_CHANGED": _stamp(changed),
        "LEID": str(rng.randrange(44_000_000, 690_000_000)),
        "EUID": token(rng, "0123456789abcdef", 10),
        "NOTES": rng.choice(NOTES),
        "TAGS": rng.choice(TAGS),
        "Status": status,
    }
    return row | _whereabouts(rng, who) | _sign_up(rng, joined, status) | _end(rng, changed, status)


def _whereabouts(rng: Random, who: Person) -> dict[str, str]:
    place = who.place
    if rng.random() < 0.4:
        return {"CC": place.country.lower()}
    return {
        # Mailchimp writes an address as one cell, its parts two spaces apart.
        "Address": f"{place.street}  {place.city}  {place.postcode}  {place.country}",
        "Phone Number": f"'{who.phone}",
        "LATITUDE": f"{rng.uniform(36, 56):.7f}",
        "LONGITUDE": f"{rng.uniform(2, 13):.7f}",
        "GMTOFF": "1",
        "DSTOFF": "2",
        "TIMEZONE": place.timezone,
        "CC": place.country.lower(),
        "REGION": place.province_code.lower(),
    }


def _sign_up(rng: Random, joined: datetime, status: str) -> dict[str, str]:
    if status == "nonsubscribed":
        return {}
    address = f"203.0.113.{rng.randrange(1, 255)}"
    return {
        "OPTIN_TIME": _stamp(joined),
        "OPTIN_IP": address,
        "CONFIRM_TIME": _stamp(joined + timedelta(seconds=rng.randrange(20, 4000))),
        "CONFIRM_IP": address,
    }


def _end(rng: Random, when: datetime, status: str) -> dict[str, str]:
    prefix = {"unsubscribed": "UNSUB", "cleaned": "CLEAN"}.get(status)
    if prefix is None:
        return {}
    title, campaign = rng.choice(CAMPAIGNS)
    cells = {
        f"{prefix}_TIME": _stamp(when),
        f"{prefix}_CAMPAIGN_TITLE": title,
        f"{prefix}_CAMPAIGN_ID": campaign,
    }
    if prefix == "UNSUB":
        cells["UNSUB_REASON"], cells["UNSUB_REASON_OTHER"] = rng.choice(REASONS)
    return cells


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
