"""What the cells of a column say about who wants mail, in five languages."""

from collections.abc import Collection

from plunk_import.propose.consent_grammar import statement_of
from plunk_import.propose.consent_vocabulary import UNKNOWN, ideas_of
from plunk_import.propose.shapes import folded

_EMAIL = frozenset({"email", "e-mail", "mail"})
_CHANNELS = _EMAIL | {"sms", "direct mail", "customized online advertising", "phone", "whatsapp"}
"""What a cell may list of the ways in which somebody may be reached."""

_RULES = frozenset({"allow", "zulassen", "autoriser", "toestaan", "permitir"})
"""How a CRM writes whether it may send mail, whatever the header says."""

_YES = frozenset(
    {"joined", "member", "agreed", "wants", "active", "entered", "send", "given", "yes"}
)
_NO = frozenset({"left", "barred", "stopped", "never", "pas"})


def word_means(word: str) -> bool | None:
    """Read from a cell whether mail is welcome; None where it does not say so by itself."""
    channels = {part.strip() for part in folded(word).replace(";", ",").split(",")}
    if channels <= _CHANNELS:
        return not channels.isdisjoint(_EMAIL)
    said = statement_of(ideas_of(word))
    if "undecided" in said.ideas:
        return None if UNKNOWN in said.ideas else False
    if not said.is_understood or said.denials > 1 or "when" in said.ideas:
        return None
    if said.denials:
        return None if said.ideas.isdisjoint(_NO) else False
    return None if said.ideas.isdisjoint(_YES) else True


def are_telling(words: Collection[str]) -> bool:
    """Say whether cells can only be about a subscription to mail, whatever the header says.

    Who is subscribed until a term ends, or cancels, may have paid for a magazine.
    """
    said = [statement_of(ideas_of(word)) for word in words]
    if any("left" in one.ideas for one in said):
        return True
    if not _RULES.isdisjoint(map(folded, words)):
        return True
    is_ended = any("stopped" in one.ideas for one in said)
    return any(one.is_of_a_subscription for one in said) and not is_ended
