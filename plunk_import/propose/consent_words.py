"""What the cells of a column say about who wants mail, in five languages."""

from collections.abc import Mapping
from types import MappingProxyType

from plunk_import.propose.shapes import folded

CONSENT_WORDS: Mapping[bool, frozenset[str]] = MappingProxyType(
    {
        True: frozenset(
            {"concedido", "erteilt", "accorde", "verleend"}
            | {"subscribed", "opted in", "opted_in", "optin", "opt-in", "opted-in", "confirmed"}
            | {"active", "email", "explicit", "granted", "email sms", "allow", "allowed", "express"}
            | {
                "permitir",
                "toestaan",
                "autoriser",
                "zulassen",
                "erlaubt",
                "toegestaan",
                "autorise",
                "permitido",
                "activated",
            }
            | {
                "aktiv",
                "actif",
                "actief",
                "activo",
                "aktiviert",
                "confirme",
                "bestatigt",
                "bevestigd",
            }
            | {"angemeldet", "abonniert", "abonne", "inscrit", "inscrite", "ingeschreven"}
            | {"aangemeld", "geabonneerd", "suscrito", "suscrita", "alta", "subscribe", "accepted"}
        ),
        False: frozenset(
            {"revocado", "widerrufen", "revoque", "ingetrokken"}
            | {"unsubscribed", "nonsubscribed", "non-subscribed", "never subscribed", "revoked"}
            | {"never_subscribed", "not subscribed", "not_subscribed", "opted out", "opted_out"}
            | {"optout", "opt-out", "opted-out", "cleaned", "suppressed", "bounced", "pending"}
            | {"inactive", "transactional", "archived", "complained", "user_suppressed", "denied"}
            | {
                "cancelado",
                "gekundigt",
                "resilie",
                "opgezegd",
                "no permitir",
                "niet toestaan",
                "ne pas autoriser",
                "rebotado",
                "niet bevestigd",
                "nicht bestatigt",
                "non confirme",
                "no confirmado",
                "keine",
            }
            | {"nicht zulassen", "nicht erlaubt", "niet toegestaan", "non autorise", "no permitido"}
            | {"inaktiv", "inactif", "inactief", "inactivo", "deaktiviert", "unbestatigt"}
            | {"not activated", "cancelled", "canceled"}
            | {"invalid", "unconfirmed", "soft bounced", "marked as spam", "do not allow", "none"}
            | {"not allowed", "abgemeldet", "desabonne", "desinscrit", "uitgeschreven", "afgemeld"}
            | {"baja", "desuscrito", "no suscrito", "nicht angemeldet", "non abonne", "non inscrit"}
            | {"en attente", "ausstehend", "in afwachting", "pendiente", "no consent"}
            | {"unknown", "unbekannt", "onbekend", "inconnu", "desconocido", "not set"}
            | {"keine einwilligung", "geen toestemming", "sans consentement", "sin consentimiento"}
            | {"niet ingeschreven", "declined", "rejected", "unsubscribe", "blocked", "spam"}
        ),
    }
)
"""Words for the state of a subscription, in lower case without accents: true: mail is welcome."""

_EMAIL = frozenset({"email", "e-mail", "mail"})
_CHANNELS = _EMAIL | {"sms", "direct mail", "customized online advertising", "phone", "whatsapp"}
"""What a cell may list of the ways in which somebody may be reached."""

_TELLING = frozenset(
    {"subscribed", "unsubscribed", "never subscribed", "never_subscribed", "nonsubscribed"}
    | {"opted in", "opted out", "opted_in", "opted_out", "opted-in", "opted-out", "abgemeldet"}
    | {"angemeldet", "abonne", "desabonne", "desinscrit", "inscrit", "uitgeschreven", "afgemeld"}
    | {"ingeschreven", "suscrito", "desuscrito", "allow", "do not allow"}
    | {"abonniert", "zulassen", "nicht zulassen", "permitir", "no permitir", "toestaan"}
    | {"niet toestaan", "autoriser", "ne pas autoriser"}
)
"""Words that are of a subscription to mail whatever the header says."""


def word_means(word: str) -> bool | None:
    """Read from a cell whether mail is welcome; None where it does not say so by itself."""
    bare = folded(word)
    channels = {part.strip() for part in bare.replace(";", ",").split(",")}
    if channels <= _CHANNELS:
        return not channels.isdisjoint(_EMAIL)
    return next((welcome for welcome, words in CONSENT_WORDS.items() if bare in words), None)


def is_telling(word: str) -> bool:
    """Say whether a cell can only be about a subscription to mail."""
    return folded(word) in _TELLING
