"""Which encoding a text may have, for error messages and proposals."""

import codecs

from plunk_import.errors import SourceError

BOM = codecs.BOM_UTF8


_ZEROS = {
    "utf-32-le": {1, 2, 3},
    "utf-32-be": {0, 1, 2},
    "utf-16-le": {1, 3},
    "utf-16-be": {0, 2},
}
"""At which of four bytes a text of ASCII has its zeros in each encoding."""
_ODD_ZEROS = 8
"""So many times more of them than elsewhere."""


def encoding_of(head: bytes) -> str:
    """Guess the encoding of the first bytes of a text.

    UTF-8 with a few broken bytes stays UTF-8: these rows are rejects, the others are right.
    """
    wide = wide_encoding_of(head)
    if wide:
        return wide
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(head)
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    well_made = sum(not character.isascii() for character in text) - broken
    return likely_encoding(head) if broken > well_made else "utf-8"


def wide_encoding_of(head: bytes) -> str | None:
    """Tell UTF-16 and UTF-32 by their byte order mark or by their zeros; None for others."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if not _is_full_of_zeros(head):
        return None
    zeros = [head[place::4].count(0) for place in range(4)]
    for encoding, places in _ZEROS.items():
        others = [zeros[place] for place in range(4) if place not in places]
        if max(others) * _ODD_ZEROS < min(zeros[place] for place in places):
            return encoding
    return None


def _is_full_of_zeros(head: bytes) -> bool:
    return head.count(0) * 5 > len(head)


def likely_encoding(sample: bytes) -> str:
    """Return the encoding under which the sample looks most like text."""
    from plunk_import.read.encoding_guess import encoding_candidates

    return encoding_candidates(sample)[0].encoding


def likely_encodings(sample: bytes) -> str:
    """List the encodings that a text may have, the most plausible first, with words of each."""
    from plunk_import.read.encoding_guess import encoding_candidates

    return " or ".join(map(str, encoding_candidates(sample)))


def encoding_message(error: UnicodeDecodeError, declared: str) -> str:
    """Say what is wrong with a record that is not of the declared encoding."""
    place = f"byte 0x{error.object[error.start]:02x} at position {error.start + 1}"
    if declared != "utf-8":
        return f"{place} has no meaning in the declared encoding {declared}"
    return f"not UTF-8 but perhaps {likely_encodings(error.object)}: {place}"


def require_utf8_like(head: bytes, *, name: str) -> None:
    """Raise SourceError where the first bytes are surely UTF-16 or UTF-32, or no text at all."""
    encoding = wide_encoding_of(head[:4096])
    if encoding:
        raise SourceError(
            f"{name}: this is not UTF-8 text but probably {encoding}. Declare "
            f"`source: {{encoding: {encoding}}}`; if it is not text at all, declare its "
            "`source: {format: …}`."
        )
    if _is_full_of_zeros(head[:4096]):
        raise SourceError(
            f"{name}: this is no text: {head[:4096].count(0):,} of its first {len(head[:4096]):,} "
            "bytes are NUL. A file that was not written to its end may look so: export it again; "
            "if it is of another kind, declare its `source: {format: …}`."
        )


def is_wide(encoding: str) -> bool:
    """Tell an encoding of several bytes a character, as UTF-16."""
    return encoding.startswith(("utf-16", "utf-32"))


def require_declared(head: bytes, encoding: str, *, name: str) -> None:
    """Raise SourceError where the first bytes cannot be of the wide encoding that is declared.

    In UTF-16 and UTF-32 every line break and every delimiter has a zero.
    """
    if is_wide(encoding) and head and 0 not in head:
        raise SourceError(
            f"{name}: this is not {encoding}, as the mapping says, but probably UTF-8 or the like. "
            "Remove `source: {encoding: …}`, or correct it."
        )
