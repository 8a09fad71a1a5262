"""What headers and cells say about who wants mail, in five languages."""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from plunk_import.propose.shapes import parts_of_name

Direction = Literal["in", "out"]

_OUT_SURE = (
    # English
    *(r"unsubscri", r"opt(?:ed)? ?out", r"(?:do )?not (?:allow|send|want) (?:bulk )?e ?mails?"),
    *(r"do ?not ?(?:e ?)?mail\b", r"do not (?:contact|market)", r"black ?list(?:ed)?\b"),
    *(r"block ?list(?:ed)?\b", r"no (?:e ?mails?|marketing|newsletters?|promotions?)\b"),
    *(r"e ?mails? (?:disabled|off|stopped|declined)", r"disable e ?mails?"),
    *(r"exclu(?:ded?|sion) from (?:campaigns?|marketing|mailings?|e ?mails?)", r"do not send"),
    r"(?:mails?|marketing|campaigns?) (?:is |are )?(?:excluded|blocked|prohibited|forbidden)",
    # German
    r"abbestell",
    *(r"abgemeldet", r"\babmeldung", r"ausgetragen", r"widerruf", r"widerspr[uo]ch"),
    *(r"werbe ?(?:sperre|verbot|stopp?)", r"(?:newsletter|mail|mailing) ?sperre"),
    *(r"(?:mails?|werbung|newsletter) (?:nicht|un) ?(?:zulassen|erwunscht|erlaubt|gewunscht)",),
    *(r"mails? (?:abgelehnt|unerwunscht|gesperrt|verboten)", r"werbung abgelehnt"),
    r"keinen? (?:werbung|newsletter|e ?mails?|mailings?|werbe ?mails?)",
    # French
    *(r"desabonn", r"desinscri", r"\bne (?:veut|souhaite|desire|pas)\b"),
    *(r"\bpas de (?:newsletters?|infolettres?|mails?|e ?mails?|pub(?:licite)?)\b", r"stop ?pub\b"),
    r"refuse (?:les |la |de )?(?:e ?mails?|mails?|newsletters?|publicite)",
    # Dutch
    *(r"uitgeschreven", r"afgemeld", r"uitschrijving", r"niet mailen"),
    r"geen (?:nieuwsbrief|nieuwsbrieven|mails?|e ?mails?|mailings?|reclame)\b",
    # Spanish
    *(r"\bbaja\b", r"desuscri", r"no (?:desea|quiere|acepta) (?:recibir|correos?|publicidad)"),
    r"no (?:enviar|contactar|recibir)\b",
)
_OUT_LIKELY = (r"suppress(?:ed|ion)?\b", r"\boptout\b", r"\bexcluded?\b", r"\bopposition\b")
_IN_SURE = (
    # English
    *(r"newsletter", r"mailing ?list", r"subscribed?\b", r"subscriber\b", r"opt(?:ed)? ?in\b"),
    *(r"accepts? .*marketing", r"accepts? (?:e ?mails?|marketing|newsletters?)"),
    r"(?:marketing|e ?mail|mailing|promotional) (?:consent|permission|subscribed|allowed)",
    *(r"(?:receives?|wants?|gets?) .*(?:mails?|newsletters?|offers)", r"\bconsent(?:ed)?\b"),
    *(r"allows? .*(?:mails?|marketing)", r"marketing emails?", r"\bpermission to (?:e ?)?mail"),
    # German
    *(r"abonniert", r"\babonnent(?:in)?\b", r"angemeldet", r"einwilligung", r"eingewilligt"),
    *(r"akzeptiert .*(?:mail|marketing|newsletter|werbung)", r"(?:mails?|werbung) erwunscht"),
    r"(?:erhalt|empfangt|wunscht|mochte) .*(?:mail|newsletter|werbung)",
    *(r"zustimmung", r"zugestimmt", r"werbe ?erlaubnis", r"werbung erlaubt", r"mails? erlaubt"),
    # French
    *(r"\babonne(?:e|es|s)?\b", r"\binscrit(?:e|es|s)?\b", r"infolettre", r"consentement"),
    r"lettre d info",
    *(r"\baccepte\b", r"(?:souhaite|veut|desire) recevoir"),
    # Dutch
    *(r"nieuwsbrief", r"ingeschreven", r"aangemeld", r"toestemming", r"geabonneerd"),
    *(r"accepteert .*(?:mail|marketing|nieuwsbrief)", r"mag .*mailen"),
    *(r"\babonnee\b", r"ontvangt .*mail", r"wil .*mail", r"mail(?:ings?|s)? toegestaan"),
    # Spanish
    *(r"suscrit[oa]", r"suscriptor", r"suscript[oa]", r"\bboletin(?:es)?\b", r"\bacepta\b"),
    *(
        r"consentimiento",
        r"\bautoriza\b",
        r"desea recibir",
        r"recibir (?:correos?|boletin|publicidad)",
    ),
)
_IN_LIKELY = (r"\bpermission\b", r"\bsubscription\b", r"\bakkoord\b", r"\bmailing\b")

_DENIES = re.compile(
    r"\bno[tn]?\b|never|cancel|revo[ck]|declin|reject|denied|disabl|inactiv|remov|ended|expired"
    r"|\bstop|\bleft\b|\bend\b|without|withdr[ae]w|\boff\b|\bquit|\blost\b|lapsed|former|\bex\b"
    r"|\bnicht|\bkein|\bnie\b|\bohne\b|gekundigt|kundigung|storn|beendet|gestoppt|deaktiv|entfernt"
    r"|geloscht|abgelehnt|unerwunscht|verweiger|zuruck|entzogen|ehemalig|\bnein\b"
    r"|\bpas\b|jamais|\bsans\b|resili|annul|refus|desactiv|supprim|arret|retire|perdu|ancien"
    r"|\bniet\b|\bgeen\b|nooit|zonder|opgezegd|opzegg|geweiger|weiger|gedeactiv|verwijder|gestopt|ingetrokken|voormalig|\bnee\b"
    r"|nunca|\bsin\b|anulad|rechaz|eliminad|revoq|retirad|antigu"
)
"""Where a name denies something, a column that seems to say who wants mail may say who does not."""

_MAIL = re.compile(
    r"mail|newsletter|nieuwsbrief|nieuwsbrieven|infolettre|\bboletin|correo|courriel|\bmarketing\b"
)
_OTHER_CHANNEL = re.compile(
    r"sms\b|\bsms|whats ?app|\bfax|fax\b|phone|telef|\bcalls?\b|call\b|\bappels?\b|llamad"
    r"|\bbellen\b"
    r"|\bpush\b|\bpostal|\bpost\b|\bdirect mail|viber|courrier\b|\banruf|\bbrief\b"
)
_OF_OTHERS = re.compile(r"partner|partenaire|third part|\btiers\b|derden|tercero|\bsocios?\b")
_OTHER_MATTER = re.compile(
    r"cookie|\bterms\b|condition"
    r"|\bagb\b|condicion|voorwaarden|privacy|datenschutz|tracking|analytics|profil|gdpr|dsgvo|rgpd"
    r"|\bpaid\b|payant|bezahlt|betaald|premium|trial|billing|invoice|rechnung|facture|factuur"
    r"|factura|\bplan\b|stripe|verif|\bcourse\b|webinar|event|abonnement"
)
_SURE, _LIKELY = 2, 1


def consent_direction(header: str) -> tuple[Direction, int]:
    """Read from a header whether a column says who wants mail, or who does not.

    Returns:
        The direction and how sure it is: 3 where it is about mail and says it, 2 where it says it,
        1 where it may, 0 for a header about anything else, such as another channel.

    """
    name = _folded(" ".join(parts_of_name(header)))
    is_of_mail = bool(_MAIL.search(name))
    direction, certainty = _direction(name)
    if not certainty or _ABOUT_IT.search(name) or _is_of_other_channel(name):
        return direction, 0
    may_deny = direction == "in" and bool(_DENIES.search(name))
    if may_deny or is_about_something_else(header):
        return direction, _LIKELY
    return direction, certainty + (certainty == _SURE and is_of_mail)


def is_about_something_else(header: str) -> bool:
    """Say whether a header is about another channel or another matter, and not about mail too."""
    name = _folded(" ".join(parts_of_name(header)))
    is_other = bool(_OTHER_MATTER.search(name)) and not _MAIL.search(name)
    return is_other or bool(_OF_OTHERS.search(name)) or _is_of_other_channel(name)


def is_status(header: str) -> bool:
    """Say whether a header names a state, so that its words may be of a subscription."""
    return not _STATES.isdisjoint(parts_of_name(header))


def _is_of_other_channel(name: str) -> bool:
    of_mail = _MAIL.search(re.sub(r"direct mail|postal mail|marketing", "", name))
    return bool(_OTHER_CHANNEL.search(name)) and not of_mail


def _direction(name: str) -> tuple[Direction, int]:
    # Out first: "unsubscribed" holds "subscribed", and "no desea recibir" holds "desea recibir".
    ranked: tuple[tuple[Direction, int, re.Pattern[str]], ...] = (
        ("out", _SURE, _OUT),
        ("in", _SURE, _IN),
        ("out", _LIKELY, _MAYBE_OUT),
        ("in", _LIKELY, _MAYBE_IN),
    )
    found = ((way, sure) for way, sure, pattern in ranked if pattern.search(name))
    return next(found, ("in", 0))


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_OUT, _IN = _any(*_OUT_SURE), _any(*_IN_SURE)
_MAYBE_OUT, _MAYBE_IN = _any(*_OUT_LIKELY), _any(*_IN_LIKELY)


def _folded(text: str) -> str:
    """Write a text in lower case without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold().strip())
    return "".join(character for character in plain if not unicodedata.combining(character))


CONSENT_WORDS: Mapping[bool, frozenset[str]] = MappingProxyType(
    {
        True: frozenset(
            {"subscribed", "opted in", "opted_in", "optin", "opt-in", "opted-in", "confirmed"}
            | {"active", "email", "explicit", "granted", "email sms", "allow", "allowed", "express"}
            | {"zulassen", "erlaubt", "toegestaan", "autorise", "permitido", "activated"}
            | {"angemeldet", "abonniert", "abonne", "inscrit", "inscrite", "ingeschreven"}
            | {"aangemeld", "geabonneerd", "suscrito", "suscrita", "alta", "subscribe", "accepted"}
        ),
        False: frozenset(
            {"unsubscribed", "nonsubscribed", "non-subscribed", "never subscribed", "revoked"}
            | {"never_subscribed", "not subscribed", "not_subscribed", "opted out", "opted_out"}
            | {"optout", "opt-out", "opted-out", "cleaned", "suppressed", "bounced", "pending"}
            | {"inactive", "transactional", "archived", "complained", "user_suppressed", "denied"}
            | {"nicht zulassen", "nicht erlaubt", "niet toegestaan", "non autorise", "no permitido"}
            | {"not activated", "cancelled", "canceled"}
            | {"invalid", "unconfirmed", "soft bounced", "marked as spam", "do not allow", "none"}
            | {"not allowed", "abgemeldet", "desabonne", "desinscrit", "uitgeschreven", "afgemeld"}
            | {"baja", "desuscrito", "no suscrito", "nicht angemeldet", "non abonne", "non inscrit"}
            | {"niet ingeschreven", "declined", "rejected", "unsubscribe", "blocked", "spam"}
        ),
    }
)
"""Words for the state of a subscription, in lower case without accents: true: mail is welcome."""

_ABOUT_IT = re.compile(
    r"pending|request|reminder|\bsource|method|\bcount\b|\bnumber|\bpopup|\bform\b|\breason|\bgrund"
    r"|motif|\breden\b|motivo|\bdate\b|\btime\b|\bat\b|\bip\b|\bdatum\b|\bfecha\b"
)
"""What tells how or when somebody subscribed, not whether."""

_STATES = frozenset({"status", "state", "statut", "estado", "etat", "stand"})
_TELLING = frozenset(
    {"subscribed", "unsubscribed", "never subscribed", "never_subscribed", "nonsubscribed"}
    | {"opted in", "opted out", "opted_in", "opted_out", "opted-in", "opted-out", "abgemeldet"}
    | {"angemeldet", "abonne", "desabonne", "desinscrit", "inscrit", "uitgeschreven", "afgemeld"}
    | {"ingeschreven", "suscrito", "desuscrito", "allow", "do not allow"}
    | {"abonniert", "zulassen", "nicht zulassen"}
)
"""Words that are of a subscription to mail whatever the header says."""


def word_means(word: str) -> bool | None:
    """Read from a cell whether mail is welcome; None where it does not say so by itself."""
    bare = _folded(word)
    return next((welcome for welcome, words in CONSENT_WORDS.items() if bare in words), None)


def is_telling(word: str) -> bool:
    """Say whether a cell can only be about a subscription to mail."""
    return _folded(word) in _TELLING
