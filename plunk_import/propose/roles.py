"""Which column is which: those of address, event, id and time.

Names suggest and cells decide: a column named `email` that holds no addresses is none.
"""

import re
from collections.abc import Iterable

from plunk_import.propose.exports import Export
from plunk_import.propose.kinds import ID_PARTS, PHONE_PARTS, Habits, Kind, kind_of
from plunk_import.propose.profile import ColumnProfile, Profile
from plunk_import.propose.shapes import parts_of_name

_ADDRESS_NAMES = (
    *("email", "e_mail", "email_address", "e_mail_address", "mail", "user_email"),
    *("customer_email", "contact_email", "recipient", "courriel", "correo", "epost"),
)
_EVENT_NAMES = (
    *("event", "event_name", "eventname", "event_text", "event_type", "event_label"),
    *("metric_name", "action", "action_name", "activity", "activity_name", "activity_type"),
)
_MOMENT_NAMES = (
    *("occurred_at", "event_time", "event_timestamp", "timestamp", "occurred", "event_date"),
    *("time", "datetime", "date", "ts", "created_at", "created", "sent_at", "received_at"),
    *("order_date", "ordered_at", "purchase_date", "purchased_at", "date_created", "paid_at"),
)
_ONCE_PARTS = frozenset(
    {"order", "invoice", "receipt", "transaction", "charge", "payment", "refund", "url", "link"}
    | {"token", "session", "request", "message", "event", "insert", "booking", "ticket", "trace"}
)
_SENSITIVE_PARTS = frozenset(
    {"password", "passwd", "pwd", "passphrase", "secret", "cvv", "cvc", "cvv2", "ssn", "pan"}
    | {"passcode", "otp", "iban", "passport", "kennwort", "passwort", "wachtwoord"}
)
_SENSITIVE_PAIRS = (
    *({"card", "number"}, {"credit", "card"}, {"cc", "number"}, {"api", "key"}, {"private", "key"}),
    *({"access", "token"}, {"auth", "token"}, {"refresh", "token"}, {"social", "security"}),
    *({"account", "number"}, {"tax", "id"}, {"national", "id"}, {"security", "answer"}),
)
_POSTCODE_PARTS = frozenset({"zip", "postcode", "postal", "plz", "cep"})
_IDENTIFIER = re.compile(r"https?://\S+|#?[A-Za-z]{0,12}[-_#]?(?=\S*[0-9])[A-Za-z0-9_\-]{4,}")
_HASHED_SECRET = re.compile(r"\$(?:2[aby]|argon2\w*|5|6|pbkdf2\S*)\$")
_CARD = re.compile(r"[3-6][0-9]{3}(?:[ -]?[0-9]{4}){2}[ -]?[0-9]{1,7}|3[47][0-9]{13}")


def address_column(profile: Profile, export: Export | None) -> ColumnProfile | None:
    """Find the column whose filled cells are mostly addresses, the best named and fullest first."""
    found = [column for column in profile.columns if _holds_addresses(column)]
    known = export.email if export is not None else ()

    def rank(column: ColumnProfile) -> tuple[int, int, int]:
        own = known.index(column.name) if column.name in known else len(known)
        return own, _place("_".join(parts_of_name(column.name)), _ADDRESS_NAMES), -column.filled

    return min(found, key=rank, default=None)


def event_column(profile: Profile, export: Export | None, habits: Habits) -> ColumnProfile | None:
    """Find the column that names the events: well named, of text, and with names that repeat."""
    known = export.event_columns if export is not None else ()
    for name in known:
        if name in profile and profile[name].filled:
            return profile[name]
    ranked = [
        (_place("_".join(parts_of_name(column.name)), _EVENT_NAMES), n, column)
        for n, column in enumerate(profile.columns)
    ]
    named = [(place, n, column) for place, n, column in ranked if place < len(_EVENT_NAMES)]
    return next(
        (
            column
            for *_, column in sorted(named, key=lambda found: found[:2])
            if _may_name_events(column, habits)
        ),
        None,
    )


def moment_column(
    profile: Profile, export: Export | None, kinds: dict[str, Kind]
) -> ColumnProfile | None:
    """Find the column that tells when each event happened, by its name or as the only time."""
    known = export.moment if export is not None else ()

    def rank(column: ColumnProfile) -> tuple[int, int]:
        own = known.index(column.name) if column.name in known else len(known)
        return own, _place("_".join(parts_of_name(column.name)), _MOMENT_NAMES)

    times = [column for column in profile.columns if _is_time(column, kinds)]
    best = min(times, key=rank, default=None)
    is_named = best is not None and rank(best) != (len(known), len(_MOMENT_NAMES))
    return best if is_named or len(times) == 1 else None


def id_columns(profile: Profile, export: Export | None, *, but: Iterable[str]) -> list[str]:
    """List the columns that could identify a row, the likeliest first."""
    known = [name for name in (export.ids if export is not None else ()) if name in profile]
    skipped = {*but, *known}
    named = [
        column
        for column in profile.columns
        if column.name not in skipped
        and not column.dtype.is_nested()
        and {"id", "uuid", "guid", "number", "no", "nr", "key", "ref", "reference"}
        & set(parts_of_name(column.name))
        and not PHONE_PARTS & set(parts_of_name(column.name))
    ]
    named.sort(key=lambda column: -column.distinct)
    return [*known, *(column.name for column in named if column.distinct > 1)]


def is_one_shot(column: ColumnProfile, kind: Kind, *, is_audience: bool) -> bool:
    """Say whether each row's value is of that row only: order ids, urls, tokens.

    In an audience each row is a person, whose ids belong on the contact.
    """
    parts = set(parts_of_name(column.name))
    if PHONE_PARTS & parts or not (column.is_text or column.dtype.is_integer()):
        return False
    if kind.type not in (None, "integer") or column.filled < 2:
        return False
    if column.distinct * 20 < column.filled * 19:
        return False
    if is_audience:
        return bool(_ONCE_PARTS & parts)
    if _POSTCODE_PARTS & parts:
        return False
    if (ID_PARTS | _ONCE_PARTS | {"number"}) & parts or column.fits.get("too_large"):
        return True
    samples = column.samples[:50]
    return all(_IDENTIFIER.fullmatch(sample) and not sample.isdigit() for sample in samples)


def is_sensitive(column: ColumnProfile) -> str | None:
    """Say what a column holds that should never leave its file; None for anything else."""
    parts = set(parts_of_name(column.name))
    if _SENSITIVE_PARTS & parts or any(pair <= parts for pair in _SENSITIVE_PAIRS):
        return "its name says that it is a secret"
    samples = column.samples
    if samples and sum(bool(_HASHED_SECRET.match(sample)) for sample in samples) * 2 > len(samples):
        return "it holds hashed passwords"
    cards = sum(bool(_CARD.fullmatch(sample)) and _passes_luhn(sample) for sample in samples)
    if cards > 1 and cards * 5 > len(samples) * 4:
        return "it looks like numbers of payment cards"
    return None


def _holds_addresses(column: ColumnProfile) -> bool:
    return column.is_text and column.fits.get("address", 0) * 2 > column.filled


def _may_name_events(column: ColumnProfile, habits: Habits) -> bool:
    repeats = column.distinct * 2 <= column.filled or column.distinct <= 50
    is_full = column.filled * 2 >= column.rows > 0
    is_name = kind_of(column, habits).type in (None, "boolean") and not _holds_addresses(column)
    return column.is_text and repeats and is_full and is_name


def _is_time(column: ColumnProfile, kinds: dict[str, Kind]) -> bool:
    if column.is_text or kinds[column.name].type is not None:
        return kinds[column.name].type in ("date", "datetime")
    return column.dtype.is_temporal()


def _place(name: str, names: tuple[str, ...]) -> int:
    return names.index(name) if name in names else len(names)


def _passes_luhn(digits: str) -> bool:
    figures = [int(figure) for figure in reversed(digits) if figure.isdigit()]
    doubled = (sum(divmod(2 * figure, 10)) for figure in figures[1::2])
    return (sum(figures[::2]) + sum(doubled)) % 10 == 0
