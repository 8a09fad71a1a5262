"""Addresses that belong to a role, and domains that look misspelt."""

from collections.abc import Mapping
from types import MappingProxyType

_ROLE_WORDS = (
    "abuse accounting accounts admin administrator all billing careers contact customercare "
    "customerservice donotreply do-not-reply enquiries everyone finance hello help helpdesk hi "
    "hostmaster hr info inquiries invoice invoices it jobs legal mail mailer-daemon marketing "
    "media news newsletter no-reply noc noreply office orders postmaster press privacy root sales "
    "security service spam staff subscribe support team tech test unsubscribe webmaster"
)
ROLES = frozenset(_ROLE_WORDS.split())
"""Local parts that belong to an office, not to a person."""

_TYPOS = {
    "gmail.com": "gmial.com gmai.com gmal.com gmaill.com gmaul.com gmil.com gmaik.com gnail.com "
    "gamil.com gmali.com gmail.co gmail.cm gmail.om gmail.con gmail.cmo gmail.comm gmail.cim "
    "ggmail.com gmeil.com gimail.com gmsil.com g-mail.com googlemail.con",
    "hotmail.com": "hotmial.com hotmal.com hotmai.com hotmil.com hotmaill.com hotamil.com "
    "homail.com htmail.com hotmail.con hotmail.co hotmail.cm hotmail.om hormail.com hotnail.com",
    "yahoo.com": "yaho.com yahooo.com yhoo.com yaoo.com yahho.com yahoo.con yahoo.co yahoo.cm "
    "yahoo.om yhaoo.com ahoo.com",
    "outlook.com": "outlok.com outllok.com outloo.com outlook.con outlook.co outlool.com "
    "oulook.com otlook.com outloock.com",
    "icloud.com": "iclod.com icloud.con icloud.co icoud.com iclould.com iclud.com",
    "live.com": "live.con live.co liv.com",
    "aol.com": "aol.con aol.co",
}
MISSPELT: Mapping[str, str] = MappingProxyType(
    {typo: domain for domain, typos in _TYPOS.items() for typo in typos.split()}
)
"""Domains that are nearly always a slip, with the one that was meant."""

_ENDINGS = {
    ".con": ".com",
    ".cmo": ".com",
    ".ocm": ".com",
    ".comm": ".com",
    ".vom": ".com",
    ".xom": ".com",
    ".nte": ".net",
    ".ogr": ".org",
}


def is_role(address: str) -> bool:
    """Say whether the address is that of an office."""
    return address.partition("@")[0] in ROLES


def meant_domain(address: str) -> str | None:
    """Guess the domain that was meant; None where the domain looks right."""
    domain = address.rpartition("@")[2]
    if domain in MISSPELT:
        return MISSPELT[domain]
    for ending, meant in _ENDINGS.items():
        if domain.endswith(ending):
            return domain.removesuffix(ending) + meant
    return None
