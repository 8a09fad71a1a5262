"""Texts from outside, made fit to be shown: nothing hidden, nothing that acts."""

JOINERS = "\u200c\u200d"
"""They have no width of their own, and join letters and emoji that belong together."""


def printable(text: str) -> str:
    """Escape what a terminal would act on or not show, as JSON does; line breaks stay."""
    if text.isprintable():
        return text
    return "".join(sign if shows(sign) or sign == "\n" else _escaped(sign) for sign in text)


def shows(sign: str) -> bool:
    """Say whether a sign is seen and does nothing."""
    return sign.isprintable() or sign in JOINERS


def _escaped(sign: str) -> str:
    """Escape one sign as JSON does: beyond 16 bits as a pair, half a pair as itself."""
    units = sign.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
