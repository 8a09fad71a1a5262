"""The type that a mapping should declare for a column, and why.

A type refuses the rows whose cells do not fit it. So it is given only where nearly all cells fit:
what is left are slips, which the rejects file is for; more would be another habit of writing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from plunk_import.propose.profile import ColumnProfile, Profile
from plunk_import.propose.shapes import Dating, boolean_words, parts_of_name
from plunk_import.validate import FALSE_WORDS, TRUE_WORDS

SLIPS_IN = 20
"""One cell in so many may fail its column's type; a column with more stays text."""

PHONE_PARTS = frozenset(
    {"phone", "tel", "telephone", "telefon", "mobile", "cell", "fax", "gsm", "msisdn", "whatsapp"}
)
ID_PARTS = frozenset(
    {"id", "ids", "uuid", "guid", "key", "token", "ref", "reference", "sku", "ean", "upc", "gtin"}
    | {"hash", "code", "isbn", "iban", "bic", "vat", "no", "nr", "euid", "leid"}
)
TIME_PARTS = frozenset(
    {"at", "time", "timestamp", "ts", "date", "datetime", "created", "updated", "modified", "since"}
    | {"seen", "expires", "expiry", "occurred", "epoch", "dob", "birthday", "birth", "datum", "day"}
    | {"signup", "login", "joined", "until", "started", "ended", "closed", "opened", "on"}
)
_LABEL_PARTS = (
    PHONE_PARTS
    | ID_PARTS
    | {
        "zip",
        "zipcode",
        "postcode",
        "postal",
        "postalcode",
        "plz",
        "cep",
        "version",
        "ip",
        "serial",
    }
)
_FLAG_PARTS = frozenset(
    {"is", "has", "can", "was", "did", "accepts", "vip", "active", "enabled", "subscribed", "flag"}
    | {"unsubscribed", "verified", "confirmed", "opt", "optin", "optout", "newsletter", "consent"}
    | {"deleted", "blocked", "trial", "internal", "allowed", "opted", "premium", "banned"}
)


@dataclass(frozen=True, slots=True)
class Kind:
    """The type to declare for a column (None: none), its settings, and what to know about it."""

    type: str | None = None
    format: str | None = None
    true_words: tuple[str, ...] = ()
    false_words: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def settings(self) -> Mapping[str, str | tuple[str, ...]]:
        """What the mapping has to say, by its own keys."""
        given = {
            "type": self.type,
            "format": self.format,
            "true": self.true_words,
            "false": self.false_words,
        }
        return MappingProxyType({key: value for key, value in given.items() if value})


@dataclass(frozen=True, slots=True)
class Habits:
    """How a whole source writes: its decimal mark, its words for nothing, its order of dates."""

    decimal_comma: bool = False
    null_words: tuple[str, ...] = ()
    day_first: bool | None = None


def habits_of(profile: Profile) -> Habits:
    """Find out the habits that the columns share.

    A word means nothing only where it stands at least twice among the cells of a typed column.
    """
    texts = [column for column in profile.columns if column.is_text]
    commas, points = 0, 0
    for column in texts:
        fits = column.fits
        commas += fits.get("comma", 0) > fits.get("comma_or_thousands", 0)
        points += fits.get("point", 0) > fits.get("point_or_thousands", 0)
    comma = commas > points
    orders = {order for column in texts if (order := _order_of(column)) is not None}
    day_first = orders.pop() if len(orders) == 1 else None
    found = Habits(decimal_comma=comma, day_first=day_first)
    words: Counter[str] = Counter()
    for column in texts:
        repeated = {word: count for word, count in column.null_words.items() if count > 1}
        if repeated and kind_of(column, found, without=repeated).type not in (None, "boolean"):
            words.update(repeated)
    return Habits(comma, tuple(sorted(words)), day_first)


def kind_of(
    column: ColumnProfile, habits: Habits, *, without: Mapping[str, int] | None = None
) -> Kind:
    """Choose the type of a column; `without` counts cells to leave aside, else the null words.

    A column that has a type of its own keeps it, save numbers that count time since 1970.
    """
    if not column.is_text:
        return _typed_kind(column)
    aside = without or {word: column.null_words.get(word, 0) for word in habits.null_words}
    filled = column.filled - sum(aside.values())
    if not filled:
        return Kind()
    return (
        _boolean_kind(column, aside, filled)
        or _date_kind(column, habits, filled)
        or _epoch_kind(column, filled)
        or _number_kind(column, habits, filled)
        or _json_kind(column, filled)
        or Kind()
    )


def cells_filled(column: ColumnProfile, habits: Habits) -> int:
    """Count a column's cells that hold something, null words aside."""
    return column.filled - sum(column.null_words.get(word, 0) for word in habits.null_words)


def is_met(fitting: int, filled: int) -> bool:
    """Say whether nearly all filled cells fit."""
    return filled > 0 and fitting > 0 and (filled - fitting) * SLIPS_IN <= filled


def is_label(column: ColumnProfile) -> bool:
    """Say whether a column's digits name something and count nothing: phones, codes, ids."""
    parts = parts_of_name(column.name)
    fits = column.fits
    if fits.get("leading_zero") or fits.get("plus") or fits.get("too_large"):
        return True
    is_numbered = bool({"number", "num"} & set(parts)) and "of" not in parts
    return is_numbered or bool(_LABEL_PARTS & set(parts))


def _typed_kind(column: ColumnProfile) -> Kind:
    if not column.dtype.is_integer() or not TIME_PARTS & set(parts_of_name(column.name)):
        return Kind()
    sizes = [abs(int(sample)) for sample in column.samples]
    for form, first, last in (
        ("epoch", 946_684_800, 4_102_444_800),
        ("epoch_ms", 946_684_800_000, 4_102_444_800_000),
    ):
        if sizes and all(first <= size <= last for size in sizes):
            return Kind("datetime", form, remarks=("Counts from 1970 on, which is UTC.",))
    return Kind()


def _boolean_kind(column: ColumnProfile, aside: Mapping[str, int], filled: int) -> Kind | None:
    if column.values is None:
        return None
    values = {value: count for value, count in column.values.items() if value not in aside}
    words = boolean_words(values)
    if words is None or not is_met(sum(values[word] for side in words for word in side), filled):
        return None
    is_digits = all(word[:1] in "01" for side in words for word in side)
    if is_digits and not _FLAG_PARTS & set(parts_of_name(column.name)):
        return None
    folded = [{word.casefold() for word in side} for side in words]
    if folded[0] <= set(TRUE_WORDS) and folded[1] <= set(FALSE_WORDS):
        return Kind("boolean")
    return Kind("boolean", true_words=words[0], false_words=words[1])


def _date_kind(column: ColumnProfile, habits: Habits, filled: int) -> Kind | None:
    fitting = _datings_met(column, filled)
    if not fitting:
        return None
    best = fitting[0]
    if best.day_first is not None:
        rivals = [dating for dating in fitting if dating.day_first is (not best.day_first)]
        if rivals and habits.day_first is None:
            return Kind(remarks=_ambiguous(column, best, rivals[0]))
        if rivals and rivals[0].day_first is habits.day_first:
            best = rivals[0]
    if best.type == "datetime" and not best.is_settled:
        return Kind("datetime", best.format, remarks=(_NAIVE,))
    return Kind(best.type, best.format)


_NAIVE = "The file gives no offset: taken as UTC. Else add `timezone: Europe/Brussels`, or yours."


def _datings_met(column: ColumnProfile, filled: int) -> list[Dating]:
    """Rank the ways to write a date that nearly all cells fit, the best first."""
    has_hint = bool(TIME_PARTS & set(parts_of_name(column.name)))
    met = [
        dating
        for dating, fits in column.datings.items()
        if is_met(fits, filled) and (dating.format != "%Y%m%d" or has_hint)
    ]
    return sorted(
        met,
        key=lambda dating: (-column.datings[dating], dating.type != "date", dating.is_settled),
    )


def _order_of(column: ColumnProfile) -> bool | None:
    """Tell whether days come first, where all the column's cells fit only one of the two."""
    orders = {dating.day_first for dating in _datings_met(column, column.filled)}
    return None if len(orders) != 1 else orders.pop()


def _ambiguous(column: ColumnProfile, first: Dating, second: Dating) -> tuple[str, ...]:
    days, months = (first, second) if first.day_first else (second, first)
    return (
        f"A date, but is {column.samples[0]} day/month or month/day? Text until you declare",
        f"`type: {first.type}`, and",
        f'`format: "{days.format}"` (day first) or `format: "{months.format}"` (month first).',
    )


def _epoch_kind(column: ColumnProfile, filled: int) -> Kind | None:
    parts = set(parts_of_name(column.name))
    if not TIME_PARTS & parts or PHONE_PARTS & parts:
        return None
    for form, shape in (("epoch", "seconds"), ("epoch_ms", "milliseconds")):
        if is_met(column.fits.get(shape, 0), filled):
            return Kind("datetime", form, remarks=("Counts from 1970 on, which is UTC.",))
    return None


def _number_kind(column: ColumnProfile, habits: Habits, filled: int) -> Kind | None:
    fits = column.fits
    whole, point, comma = (fits.get(shape, 0) for shape in ("integer", "point", "comma"))
    thousands = fits.get("thousands", 0) if comma else 0
    decimals = comma + thousands if habits.decimal_comma else point
    if is_met(whole + point, filled) or is_met(whole + comma + thousands, filled):
        if is_label(column):
            return Kind()
        if not is_met(whole + decimals, filled):
            return _other_mark(column, habits)
        return Kind("integer" if is_met(whole, filled) else "number")
    return None


def _other_mark(column: ColumnProfile, habits: Habits) -> Kind:
    odd = next((cell for cell in column.samples if "," in cell or "." in cell), "")
    mark = "comma" if habits.decimal_comma else "point"
    said = f"Numbers, but {odd} is none where the decimal mark is a {mark}: sent as text."
    return Kind(remarks=(said,))


def _json_kind(column: ColumnProfile, filled: int) -> Kind | None:
    return Kind("json") if is_met(column.fits.get("json", 0), filled) else None
