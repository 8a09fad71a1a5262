"""Takes the files to be proposed for, gives the options that reading them needs."""

from collections.abc import Sequence
from pathlib import Path

from plunk_import.mapping import SourceOptions
from plunk_import.read import encoding_of

_HEAD_BYTES = 1 << 20
_BINARY_STARTS = (b"PAR1", b"ARROW1", b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\x28\xb5\x2f\xfd")


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
