"""Constants as the core schema of YAML 1.2 reads them."""

import re

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL"), None),
}


_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")


_DECIMAL = re.compile(r"-?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")


_READ_TWO_WAYS = re.compile(
    r"""(?ix)
    yes|no|on|off|y|n                         # true and false in YAML 1.1
    | ~                                       # null
    | [-+]?[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?   # with _, with leading zeros, with a +
    | \+?\.[0-9_]+(e[-+]?[0-9]+)?
    | [-+]?0[xob][0-9a-f_]+
    | [-+]?[0-9]+(:[0-5]?[0-9])+(\.[0-9_]*)?  # sexagesimal in YAML 1.1
    | [-+]?\.(inf|nan)
    """
)


# Beyond it int() may refuse; such a number becomes an infinite float, which no constant may be.
_LONGEST_INTEGER = 400


def constant(text: str) -> bool | int | float | str | None:
    """Read a plain constant by the core schema of YAML 1.2.

    Raises:
        ValueError: Readers of YAML differ, or people would: `no`, `1_000`, `0123`, `1:30`.

    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) < _LONGEST_INTEGER and _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    if _READ_TWO_WAYS.fullmatch(text):
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise ValueError(
            f'{shown} can be read in two ways: for the text put it in quotes, "{shown}", '
            "else write true, false or a plain number such as 1000"
        )
    return text
