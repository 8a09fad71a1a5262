"""The encoding of files that nobody has described yet, as far as their bytes tell it."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from plunk_import.read import EncodingCandidate, encoding_candidates, encoding_of

_HEAD_BYTES = 1 << 20
_BINARY_STARTS = (
    b"PAR1",
    b"ARROW1",
    b"\xff\xff\xff\xff",
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
)


@dataclasses.dataclass(frozen=True, slots=True)
class EncodingGuess:
    """An encoding, and where it is only the most plausible one, all that it may be."""

    encoding: str = "utf-8"
    candidates: tuple[EncodingCandidate, ...] = ()


def guess_encoding(sources: Sequence[str | Path]) -> EncodingGuess:
    """Guess the encoding of the first file that is plain text on this machine.

    A file that cannot be looked at is left to the reader, which knows how to say why.
    """
    for source in sources:
        try:
            with Path(source).open("rb") as file:
                head = file.read(_HEAD_BYTES)
        except (OSError, ValueError):
            continue
        if not head.startswith(_BINARY_STARTS):
            return _guess(head)
    return EncodingGuess()


def _guess(head: bytes) -> EncodingGuess:
    encoding = encoding_of(head)
    is_certain = encoding.startswith("utf")
    return EncodingGuess(encoding, () if is_certain else encoding_candidates(head))


def alternatives(candidates: Sequence[EncodingCandidate]) -> str:
    """Show what words the text holds under each encoding, the most plausible first."""
    return "; ".join(map(str, candidates))
