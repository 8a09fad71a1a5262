"""Takes the files to be proposed for, gives the options that reading them needs."""

import codecs
from collections.abc import Sequence
from pathlib import Path

from plunk_import.mapping import SourceOptions
from plunk_import.read import likely_encoding

_HEAD_BYTES = 1 << 20
_BINARY_STARTS = (b"PAR1", b"ARROW1", b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\x28\xb5\x2f\xfd")
_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def options_for(sources: Sequence[str | Path]) -> SourceOptions:
    """Guess the encoding of the first file that is plain text on this machine.

    Everything else is found out when the files are read. A file that cannot be looked at is left
    to the reader, which knows how to say why.
    """
    for source in sources:
        try:
            with Path(source).open("rb") as file:
                head = file.read(_HEAD_BYTES)
        except (OSError, ValueError):
            continue
        if not head.startswith(_BINARY_STARTS):
            return SourceOptions(encoding=encoding_of(head))
    return SourceOptions()


def encoding_of(head: bytes) -> str:
    """Guess the encoding of the first bytes of a text.

    UTF-8 with a few broken bytes stays UTF-8: these rows are rejects, the others are right.
    """
    for mark, encoding in _WIDE_MARKS.items():
        if head.startswith(mark):
            return encoding
    if head.count(0) * 5 >= len(head) > 0:
        return "utf-16-be" if head[::2].count(0) > head[1::2].count(0) else "utf-16-le"
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(head)
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    well_made = sum(not character.isascii() for character in text) - broken
    return likely_encoding(head) if broken > well_made else "utf-8"
