"""What a header says about who wants mail, in five languages: sure only where each word is known.

A list of what a column may be about instead would never end (terms, cookies, a webinar, the sale of
data), so a word that is not known here makes a header no more than a candidate.
"""

import dataclasses
import functools
import re

from plunk_import.propose.consent_grammar import Direction, Statement, statement_of
from plunk_import.propose.consent_vocabulary import ideas_of_words
from plunk_import.propose.shapes import folded, parts_of_name

_HEADERS_KEPT = 64
_ON_MAIL, _SURE, _LIKELY = 4, 3, 1
_YES = "(?:yes|true|on|ja|wahr|waar|aan|oui|vrai|si|verdadero)"
_NO = "(?:no|false|off|nein|falsch|aus|nee|onwaar|uit|non|faux|falso)"
_OR = "(?:(?:or|oder|of|ou|o|u) )?"
_ANSWERS = re.compile(
    rf"\b(?:(?:1 )?{_YES} (?:1 )?{_OR}(?:0 )?{_NO}(?: 0)?"
    rf"|(?:0 )?{_NO} (?:0 )?{_OR}(?:1 )?{_YES} 1|[yjost] {_OR}[nf])$"
)
"""Both answers at the end of a header: "Newsletter (yes/no)" denies nothing, "Si no desea" does."""
_OTHER_MATTER = re.compile(
    r"sms\b|\bsms|whats ?app|\bfax|fax\b|phone|telef|\bcalls?\b|call\b|\bappels?\b|llamad"
    r"|\bbellen\b|\bpush\b|\bpostal|\bpost\b|\bdirect mail|viber|courrier\b|\banruf|\bbrief\b"
    r"|cookie|\bterms\b|condition|\bagb\b|\bcg[uv]\b|condicion|voorwaarden|privacy|datenschutz"
    r"|tracking|analytics|profil|\bpaid\b|payant|bezahlt|betaald|premium|trial"
    r"|billing|invoice|rechnung|facture|factuur|factura|\bplan\b|stripe|verif|\bcourse\b|webinar"
    r"|event|partner|partenaire|third part|\btiers\b|derden|tercero|\bsocios?\b|text message"
)
"""What is surely no consent to mail, so that such a column is not named first to a person."""
_HOW = re.compile(
    r"pending|requested|request\b|reminder|\bsource|method|\bcount\b|\bnumber|\bpopup|\bform\b|\breason|\bgrund"
    r"|motif|\breden\b|motivo|\bip\b"
)
"""What tells how somebody subscribed or left, not whether."""
_BY_MAIL = frozenset({"mail", "mails", "mailing", "letter"})


def consent_direction(header: str) -> tuple[Direction, int]:
    """Read from a header whether a column says who wants mail, or who does not.

    Returns:
        The direction and how sure it is: 4 where it is about mail and says it, 3 where it says it,
        1 where it may, 0 for a header about anything else, such as another channel.

    """
    said = _said_by(header)
    direction = said.direction or said.hints_at
    is_aside = is_about_something_else(header) or "when" in said.ideas
    if direction is None or is_aside or _HOW.search(_plain(header)):
        return direction or "in", 0
    if said.direction is None or not said.is_understood:
        return direction, _LIKELY
    return direction, _ON_MAIL if said.is_about_mail else _SURE


def moments_direction(header: str) -> tuple[Direction | None, bool]:
    """Read from the header of a column of dates whether they say when people joined, or left.

    Returns:
        The direction, None for dates of anything else; and whether each word is understood.

    """
    said = _said_by(header)
    if is_about_something_else(header) or _HOW.search(_plain(header)):
        return None, False
    return said.direction, said.is_understood


def may_name_a_subscription(header: str) -> bool:
    """Say whether a header is of mail or a state and of nothing else, so that its words decide."""
    said = _said_by(header)
    is_named = said.is_about_mail or said.hints_at or "state" in said.ideas
    return bool(is_named) and said.is_understood


def is_about_something_else(header: str) -> bool:
    """Say whether a header is about another channel or another matter, and not about mail too."""
    is_by_mail = not _BY_MAIL.isdisjoint(_said_by(header).ideas)
    return not is_by_mail and bool(_OTHER_MATTER.search(_plain(header)))


@functools.lru_cache(maxsize=_HEADERS_KEPT)
def _said_by(header: str) -> Statement:
    said = _statement(header)
    # "No mail (opt-out)" says it twice, and is no denial of a denial.
    is_said_twice = said.denials > 1 and _is_said_by_each_part(header)
    return dataclasses.replace(said, denials=1) if is_said_twice else said


def _is_said_by_each_part(header: str) -> bool:
    parts = [part for part in re.split(r"[()]", header) if part.strip()]
    return len(parts) > 1 and all(_statement(part).direction == "out" for part in parts)


def _statement(text: str) -> Statement:
    return statement_of(ideas_of_words(_ANSWERS.sub("", _plain(text)).split()))


def _plain(header: str) -> str:
    return folded(" ".join(parts_of_name(header)))
