"""What a header says about who wants mail, in five languages: sure only where each word is known.

A list of what a column may be about instead would never end (terms, cookies, a webinar, the sale of
data), so a word that is not known here makes a header no more than a candidate.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from plunk_import.propose.shapes import folded, parts_of_name

Direction = Literal["in", "out"]

_LEFT = (
    # English
    *(r"unsubscri(?:bed?|ptions?)?", r"opt(?:ed)? ?outs?", r"do ?not ?e ?mail\b"),
    *(r"(?:do )?not (?:allow|send|want) (?:bulk )?e ?mails?", r"do not bulk e ?mail"),
    *(r"do not (?:contact|market)", r"do not send", r"(?:black|block) ?list(?:ed)?\b"),
    *(r"no (?:bulk )?(?:e ?mails?|marketing|newsletters?|promotions?)\b", r"disable e ?mails?"),
    r"(?:mails?|marketing|newsletters?) (?:disabled|off|stopped|declined|suspended|paused)",
    r"\bstop (?:e ?)?(?:mail(?:s|ings?)?|newsletters?|marketing)\b",
    r"exclu(?:ded?|sion) from (?:campaigns?|marketing|mailings?|e ?mails?)",
    r"(?:mails?|marketing|campaigns?) (?:is |are )?(?:excluded|blocked|prohibited|forbidden)",
    # German
    *(
        r"abbestell(?:t|ung)?",
        r"abgemeldet",
        r"abmeld(?:ung|en)",
        r"ausgetragen",
        r"widerruf(?:en)?",
    ),
    *(r"widerspr[uo]ch(?:en)?", r"werbe ?(?:sperre|verbot|stopp?)"),
    r"(?:newsletter|mail|mailing) ?sperre",
    r"(?:mails?|werbung|newsletter) (?:nicht|un) ?(?:zulassen|erwunscht|erlaubt|gewunscht)",
    r"(?:mail(?:ing)?s?|werbung|newsletter) (?:abgelehnt|unerwunscht|gesperrt|verboten|untersagt)",
    r"\baustragung",
    r"kein(?:en?)? (?:werbung|newsletter|e ?mails?|mailings?|werbe ?mails?)",
    # French
    *(r"desabonn(?:ements?|ee?s?)?", r"desinscri(?:te?s?|ptions?)?", r"stop ?pub\b"),
    r"\boppos(?:ee?s?|ition) (?:a|aux?) (?:la |l |les )?(?:e ?mail(?:ing)?s?|newsletter|publicite)",
    *(r"\bne (?:plus|pas) (?:recevoir|contacter|envoyer)", r"se desabonner", r"se desinscrire"),
    r"\bn(?:e (?:veut|souhaite|desire)| accepte)(?: pas)?\b",
    r"\bne pas\b",
    r"\bpas de (?:newsletters?|infolettres?|mails?|e ?mails?|pub(?:licite)?)\b",
    r"\brefus(?:e|er)? (?:les |la |de |des )?(?:e ?mail(?:s|ings?)?|mails?|newsletters?|publicite)",
    # Dutch
    *(r"uitgeschreven", r"afgemeld", r"uitschrijv(?:ing|en)", r"afmeld(?:ing|en)", r"niet mailen"),
    r"geen (?:nieuwsbrie(?:f|ven)|mails?|e ?mails?|mailings?|reclame)\b",
    # Spanish
    *(
        r"\bdad[oa]s? de baja\b",
        r"^baja$",
        r"\bbaja (?:(?:de|del|en|al) )?(?:la )?(?:newsletter|boletin)",
        r"desuscri(?:t[oa]|pcion)?",
        r"no (?:enviar|contactar|recibir)\b",
    ),
    r"rechaz[ao] (?:la |el )?(?:publicidad|correos?|boletin|newsletter)",
    r"no (?:desea|quiere|acepta) (?:recibir|correos?|publicidad)",
)
_MAY_HAVE_LEFT = (
    r"\bbaja\b",
    r"do ?not ?mail\b",
    r"suppress(?:ed|ions?)?\b",
    r"\boptout\b",
    r"\bexcluded?\b",
    r"\bopposition\b",
)
_JOINED = (
    # English
    *(
        r"newsletter(?:abo)?",
        r"\bnl\b",
        r"mailing ?list",
        r"\bsubscribed?\b",
        r"\bsubscriber\b",
        r"opt(?:ed)? ?in\b",
    ),
    *(r"(?:receives?|wants?|gets?) .*(?:mails?|newsletters?|offers)", r"marketing emails?"),
    r"(?:mails?|marketing|newsletters?) (?:enabled|active)",
    r"\bsend (?:e ?mails?|newsletters?|offers)",
    *(r"emails? subscribed?\b", r"subscri(?:bed?|ption)\b.* (?:emails?|marketing)\b"),
    # German
    *(r"abonniert", r"abonnieren", r"\babonnent(?:in|en)?\b", r"(?:mails?|werbung) erwunscht"),
    r"werbung per e ?mail",
    r"(?:erhalt|empfangt|wunscht|mochte) .*(?:mail|newsletter|werbung)",
    # French
    *(r"\babonne(?:e|es|s)?\b", r"infolettre", r"lettre d info(?:rmations?)?"),
    r"(?:souhaite|veut|desire) recevoir",
    # Dutch
    *(r"nieuwsbrief", r"geabonneerd", r"\babonnees?\b", r"ontvangt .*mail", r"wil .*mail"),
    r"mag .*mailen",
    # Spanish
    *(r"suscrit[oa]s?", r"suscriptora?", r"suscript[oa]", r"\bboletin(?:es)?\b", r"desea recibir"),
    *(
        r"recibir (?:correos?|boletin|publicidad)",
        r"\balta (?:en|a|al) (?:el |la )?(?:newsletter|boletin)",
    ),
)
_AGREED = (
    # English
    *(r"\baccept(?:s|ed)?\b", r"\bconsent(?:s|ed)?\b", r"\ballow(?:s|ed|ance)?\b"),
    *(r"\bpermi(?:ssions?|tted|ts)\b", r"\bagree(?:s|d|ment)?\b", r"\bsubscriptions?\b"),
    # German
    *(r"akzeptiert", r"einwilligung", r"eingewilligt", r"zustimmung", r"zugestimmt", r"erlaubt"),
    *(r"erlaubnis", r"angemeldet", r"anmeldung", r"einverstanden", r"einverstandnis"),
    *(r"abonnement",),
    # French
    *(
        r"\baccept(?:e|er|ation)\b",
        r"\baccord\b",
        r"\bd accord\b",
        r"consentement",
        r"\binscri(?:te?s?|ptions?)\b",
        r"\bautoris(?:e|ation)\b",
    ),
    # Dutch
    *(
        r"accepteert",
        r"toestemming",
        r"toegestaan",
        r"ingeschreven",
        r"inschrijving",
        r"aangemeld",
        r"aanmelding",
        r"\bakkoord\b",
    ),
    # Spanish
    *(r"\bacept[ao]\b", r"consentimiento", r"\bautoriz(?:a|o|acion)\b", r"suscripcion"),
)
"""What somebody may have said to anything: sure only where the header names mail as well."""
_MAY_HAVE_JOINED = (r"\bmailing\b",)

_MAIL = (
    *(
        r"(?<!direct )(?<!postal )mail(?:s|ings?|chimp|poet|erlite|jet|en)?",
        r"newsletter",
        r"nieuwsbrie(?:f|ven)",
        r"infolettre",
        r"\bboletin",
        r"correo",
    ),
    *(r"courriel", r"\bmarketing\b", r"lettre d info"),
)
_ADVERTISING = (
    *(
        r"\bpromotion(?:s|al)?\b",
        r"\boffers?\b",
        r"\bnews\b",
        r"actualites",
        r"werbung",
        r"\bwerbe",
        r"werbe\b",
    ),
    *(r"angebote?\b", r"\boffres?\b", r"publicite", r"reclame", r"aanbiedingen", r"publicidad"),
    *(r"comunicacion(?:es)?\b", r"communications?\b", r"mitteilung(?:en)?\b", r"mailing\b"),
    *(r"\bofertas?\b", r"noticias", r"comercial(?:es)?\b", r"commercia(?:les?|ux)\b"),
)
_WORDS_OF_NO_WEIGHT = """
is has are be of to the from for by via in on with and or at all any our you your we would like
do does may can this that user users customer customers contact contacts client people person member
members profile status state bulk double single campaign campaigns address addresses channel
channels info information receive receives want wants get gets send
preference preferences setting settings global globally mailings list lists weekly monthly daily
flag general wc billing account woocommerce shopify klaviyo cio sendy brevo drip hubspot

hat ist ja nein ich wir sie den dem der die das des und oder zu zum zur per von vom beim im am an in
auf mit fur kunde kunden kundin massen empfanger gewunscht erwunscht wunscht wunschen wunsch mochte
mochten erhalten erhalt empfangt empfangen bezieht bekommt erteilt senden zusenden unser unsere
unseren elektronische stand informationen

le la les un une des de du au aux par pour sur et ou en nos notre votre mes vos tous toutes je nous
etat statut recevoir recoit envoi envoyer souhaite souhaitez voulez veut veux desire client cliente
clients electronique contacter informations

de het een voor van per op en of aan met ik wij wil wenst graag ontvang ontvangen ontvangt onze
klant klanten ontvanger mag blijft hoogte versturen sturen informatie

el la los las un una por para en con y o al del de nuestro nuestra nuestros nuestras recibe recibir
enviar envio quiere quiero desea deseo dado dada electronico electronicos electronicas estado
cliente su informacion
"""
_NO_WEIGHT = frozenset(_WORDS_OF_NO_WEIGHT.split())
"""Words that do not change what the others say."""
_OTHER_CHANNEL_OR_MATTER = re.compile(
    r"sms\b|\bsms|whats ?app|\bfax|fax\b|phone|telef|\bcalls?\b|call\b|\bappels?\b|llamad"
    r"|\bbellen\b|\bpush\b|\bpostal|\bpost\b|\bdirect mail|viber|courrier\b|\banruf|\bbrief\b"
    r"|cookie|\bterms\b|condition|\bagb\b|\bcg[uv]\b|condicion|voorwaarden|privacy|datenschutz"
    r"|tracking|analytics|profil|gdpr|dsgvo|rgpd|\bpaid\b|payant|bezahlt|betaald|premium|trial"
    r"|billing|invoice|rechnung|facture|factuur|factura|\bplan\b|stripe|verif|\bcourse\b|webinar"
    r"|event|\babonnement|partner|partenaire|third part|\btiers\b|derden|tercero|\bsocios?\b"
)
"""What is surely no consent to mail, so that such a column is not named first to a person."""
_HOW_OR_WHEN = re.compile(
    r"pending|request|reminder|\bsource|method|\bcount\b|\bnumber|\bpopup|\bform\b|\breason|\bgrund"
    r"|motif|\breden\b|motivo|\bdate\b|\btime\b|\bat\b|\bip\b|\bdatum\b|\bfecha\b"
)
"""What tells how or when somebody subscribed, not whether."""

_STATES = frozenset({"status", "state", "statut", "estado", "etat", "stand"})
_SURE, _LIKELY = 2, 1


def consent_direction(header: str) -> tuple[Direction, int]:
    """Read from a header whether a column says who wants mail, or who does not.

    Returns:
        The direction and how sure it is: 3 where it is about mail and says it, 2 where it says it,
        1 where it may, 0 for a header about anything else, such as another channel.

    """
    name = _plain(header)
    direction, certainty = _direction(name)
    if not certainty or is_about_something_else(header) or _HOW_OR_WHEN.search(name):
        return direction, 0
    if not _is_understood(name, direction):
        return direction, _LIKELY
    return direction, certainty + (certainty == _SURE and bool(_OF_MAIL.search(name)))


def may_name_a_subscription(header: str) -> bool:
    """Say whether a header is of mail or a state and of nothing else, so that its words decide."""
    name = _plain(header)
    direction, certainty = _direction(name)
    is_named = certainty or _OF_MAIL.search(name) or not _STATES.isdisjoint(name.split())
    return bool(is_named) and _is_understood(name, direction)


def is_about_something_else(header: str) -> bool:
    """Say whether a header is about another channel or another matter, and not about mail too."""
    name = _plain(header)
    return bool(_OTHER_CHANNEL_OR_MATTER.search(name)) and not _BY_MAIL.search(name)


def _plain(header: str) -> str:
    return folded(" ".join(parts_of_name(header)))


def _direction(name: str) -> tuple[Direction, int]:
    # Out first: "unsubscribed" holds "subscribed", and "no desea recibir" holds "desea recibir".
    ranked: tuple[tuple[Direction, int, re.Pattern[str]], ...] = (
        ("out", _SURE, _any(_LEFT)),
        ("in", _SURE, _any(_JOINED)),
        ("in", _SURE if _OF_MAIL.search(name) else _LIKELY, _any(_AGREED)),
        ("out", _LIKELY, _any(_MAY_HAVE_LEFT)),
        ("in", _LIKELY, _any(_MAY_HAVE_JOINED)),
    )
    found = ((way, sure) for way, sure, pattern in ranked if pattern.search(name))
    return next(found, ("in", 0))


def _is_understood(name: str, direction: Direction) -> bool:
    hidden = name
    for known in _KNOWN[direction]:
        hidden = known.sub(lambda match: re.sub(r"\S", "#", match[0]), hidden)
    rests = (word.strip("#") for word in hidden.split())
    return all(
        len(rest) < 2 or rest in _NO_WEIGHT or word in _NO_WEIGHT
        for word, rest in zip(name.split(), rests, strict=True)
    )


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


def _words_of(*lists: Iterable[str]) -> re.Pattern[str]:
    """Match what patterns name, without anything that may stand between a verb and its object."""
    named = {one.split(".*")[0].strip() for patterns in lists for one in patterns}
    return _any(sorted(named, key=lambda one: (-len(one), one)))


_BY_MAIL = _any(pattern for pattern in _MAIL if "marketing" not in pattern)
_OF_MAIL = _any((*_MAIL, *_ADVERTISING))
_OF_JOINING = (*_JOINED, *_AGREED, *_MAY_HAVE_JOINED, *_MAIL, *_ADVERTISING)
_KNOWN: Mapping[Direction, tuple[re.Pattern[str], ...]] = {
    "in": (_words_of(_OF_JOINING),),
    "out": (_words_of(_LEFT, _MAY_HAVE_LEFT), _words_of(_OF_JOINING)),
}
