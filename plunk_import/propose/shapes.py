"""What texts look like: the words of a header, and how a cell writes a date."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

NULL_WORDS = (
    *("NULL", "null", "Null", "NaN", "nan", "None", "none", "nil", "\\N", "-", "--"),
    *("N/A", "n/a", "NA", "#N/A", "0000-00-00", "0000-00-00 00:00:00"),
)
"""Words that programs write where there is no value."""

_BOOLEAN_PAIRS = (
    *(("true", "false"), ("t", "f"), ("yes", "no"), ("y", "n"), ("1", "0"), ("1.0", "0.0")),
    *(
        ("yes", "no thanks"),
        ("yes please", "no thanks"),
        ("ja bitte", "nein danke"),
        ("ja graag", "nee bedankt"),
    ),
    *(("j", "n"), ("o", "n"), ("s", "n")),
    *(("on", "off"), ("enabled", "disabled"), ("checked", "unchecked"), ("x", "-")),
    *(("ja", "nein"), ("ja", "nee"), ("ja", "nej"), ("oui", "non"), ("vrai", "faux")),
    *(("wahr", "falsch"), ("si", "no"), ("sí", "no"), ("sì", "no"), ("sim", "não")),
    *(("verdadero", "falso"), ("vero", "falso"), ("waar", "onwaar"), ("tak", "nie")),
    *(("subscribed", "unsubscribed"), ("opted_in", "opted_out"), ("opted in", "opted out")),
)

DateType = Literal["date", "datetime"]

_PARTS_OF_NAME = re.compile(r"[A-Z]+(?![^\W\d_A-Z])|[A-Z]?[^\W\d_A-Z]+|[A-Z]|[0-9]+")
_MONTH = r"[A-Za-z]{3,9}"
_DAY = re.compile(
    rf"""(?x)
    (?P<weekday>(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\ )?
    (?:
      (?P<year_first>[0-9]{{4}})(?P<a>[-/.])[0-9]{{1,2}}(?P=a)[0-9]{{1,2}}
    | [0-9]{{1,2}}(?P<b>[-/.])[0-9]{{1,2}}(?P=b)(?P<year_last>[0-9]{{4}}|[0-9]{{2}})(?![0-9])
    | [0-9]{{1,2}}(?P<c>[-\ ])(?P<month_between>{_MONTH})(?P=c)(?P<year_after>[0-9]{{4}}|[0-9]{{2}})
    | (?P<month_first>{_MONTH})\ [0-9]{{1,2}}(?P<d>,?\ )[0-9]{{4}}
    | (?P<digits>(?:19|20)[0-9]{{6}})
    )"""
)
_TIME = re.compile(
    r"(?P<glue>T|,? |, at | at )[0-9]{1,2}:[0-9]{2}(?P<seconds>:[0-9]{2})?(?P<fraction>\.[0-9]+)?"
    r"(?P<half> ?[AaPp][Mm])?"
)
_ZONE = re.compile(r"(?P<gap> ?)(?:(?P<word>UTC|GMT|Z)|(?P<offset>[+-][0-9]{2}:?[0-9]{2}))")
_ISO_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ISO_OFFSET = "(?:[Zz]|[+-][0-9]{2}:?[0-9]{2})"
ISO_DATE = f"^{_ISO_DAY}$"
"""Dates that are read without a format."""
ISO_MOMENT = (
    f"^{_ISO_DAY}(?:[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{{1,9}})?)?"
    f"(?: ?{_ISO_OFFSET})?)?$"
)
"""Dates and times that are read without a format."""
_ENDS_WITH_OFFSET = re.compile(f"[0-9] ?{_ISO_OFFSET}$")


@dataclass(frozen=True, slots=True)
class Dating:
    """One way to write a date: `format` None is ISO 8601; `is_settled` where an offset tells UTC.

    `day_first` is None where the text leaves no doubt about the order of day and month.
    """

    type: DateType
    format: str | None = None
    is_settled: bool = False
    day_first: bool | None = None


def datings_of(cell: str) -> tuple[Dating, ...]:
    """List every way in which a cell could be a date; none where it is not one."""
    if re.match(ISO_DATE, cell):
        return (Dating("date"), Dating("datetime"))
    if re.match(ISO_MOMENT, cell):
        return (Dating("datetime", is_settled=bool(_ENDS_WITH_OFFSET.search(cell))),)
    day = _DAY.match(cell)
    if day is None:
        return ()
    rest = cell[day.end() :]
    clock = _clock_of(rest)
    if clock is None:
        return ()
    tail, is_settled = clock
    kind: DateType = "datetime" if tail else "date"
    return tuple(
        Dating(kind, f"{form}{tail}", is_settled, day_first) for form, day_first in _days(day)
    )


def _days(day: re.Match[str]) -> list[tuple[str, bool | None]]:
    """List the formats of the part that names the day, each with its order of day and month."""
    weekday = "%a, " if "," in (day["weekday"] or "") else "%a " if day["weekday"] else ""
    if day["digits"]:
        return [("%Y%m%d", None)]
    if mark := day["a"]:
        return [(f"{weekday}%Y{mark}%m{mark}%d", None)]
    if mark := day["b"]:
        year = "%Y" if len(day["year_last"]) == 4 else "%y"
        day_first = (f"{weekday}%d{mark}%m{mark}{year}", True if mark != "." else None)
        return (
            [day_first] if mark == "." else [day_first, (f"{weekday}%m{mark}%d{mark}{year}", False)]
        )
    if day["month_between"]:
        mark, month = day["c"], "%b" if len(day["month_between"]) == 3 else "%B"
        year = "%Y" if len(day["year_after"]) == 4 else "%y"
        return [(f"{weekday}%d{mark}{month}{mark}{year}", None)]
    month = "%b" if len(day["month_first"]) == 3 else "%B"
    return [(f"{weekday}{month} %d{day['d']}%Y", None)]


def _clock_of(rest: str) -> tuple[str, bool] | None:
    """Work out the format of what follows the day, and whether it has an offset; None: no time."""
    if not rest:
        return "", False
    time = _TIME.match(rest)
    if time is None:
        return None
    hour = "%I" if time["half"] else "%H"
    form = f"{time['glue']}{hour}:%M{':%S' if time['seconds'] else ''}"
    form += "%.f" if time["fraction"] else ""
    form += f"{' ' if (time['half'] or '').startswith(' ') else ''}%p" if time["half"] else ""
    after = rest[time.end() :]
    if not after:
        return form, False
    zone = _ZONE.fullmatch(after)
    if zone is None:
        return None
    return f"{form}{zone['gap']}{zone['word'] or '%z'}", True


def parts_of_name(name: str) -> tuple[str, ...]:
    """Split a header into words in lower case: `createdAt` and `Created at` are alike."""
    return tuple(part.lower() for part in _PARTS_OF_NAME.findall(name))


def folded(text: str) -> str:
    """Write a text in lower case without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().strip())
    return "".join(character for character in plain if not unicodedata.combining(character))


def boolean_words(words: Mapping[str, int]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Tell the words for true and false among a column's few values, as the column writes them.

    `words` counts each value. Of all pairs that people use, the one that covers most cells wins;
    None where a column has not both words of any.
    """
    by_folded: dict[str, list[str]] = {}
    for word in words:
        by_folded.setdefault(word.casefold(), []).append(word)
    found = [pair for pair in _BOOLEAN_PAIRS if pair[0] in by_folded and pair[1] in by_folded]
    if not found:
        return None
    best = max(
        found, key=lambda pair: sum(words[word] for side in pair for word in by_folded[side])
    )
    return tuple(by_folded[best[0]]), tuple(by_folded[best[1]])


def boolean_sides(words: Mapping[str, int]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Tell all of a column's words apart as true and false, where it may have one of them only.

    The side that the column does not have gets the word that goes with the other one; None where
    a word is neither.
    """
    both = boolean_words(words)
    if both is not None:
        return both if len(both[0]) + len(both[1]) == len(words) else None
    seen = {word.casefold() for word in words}
    for yes, no in _BOOLEAN_PAIRS:
        if seen == {yes}:
            return tuple(words), (no,)
        if seen == {no}:
            return (yes,), tuple(words)
    return None
