"""Lines of NDJSON that cannot be read, and why."""

import json
import re

from plunk_import.read.batch import BadRow
from plunk_import.read.encodings import encoding_message
from plunk_import.read.faults import RecordFault
from plunk_import.read.json.depth import depth_of

DEEPEST_LEVEL = 128
"""Levels of objects and lists that a record is read with: more than Plunk stores."""

_ALL_BUT_OPENINGS = bytes(set(range(256)) - set(b"[{\n"))
_HIGH_SURROGATE = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW_SURROGATE = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE = re.compile(
    rb"\\\\|(?P<pair>%b%b)|(?P<lone>%b|%b)"
    % (_HIGH_SURROGATE, _LOW_SURROGATE, _HIGH_SURROGATE, _LOW_SURROGATE)
)


def has_deep_record(block: bytes) -> bool:
    """Find a line that is nested deeper than any that is read."""
    openings = block.translate(None, _ALL_BUT_OPENINGS)
    if max(map(len, openings.split(b"\n"))) <= DEEPEST_LEVEL:
        return False
    return any(depth_of(line) > DEEPEST_LEVEL for line in block.split(b"\n"))


def has_lone_surrogate(text: bytes) -> bool:
    """Find half of a surrogate pair, which no text can hold."""
    if b"\\" not in text or (b"\\ud" not in text and b"\\uD" not in text):
        return False
    return any(found.lastgroup == "lone" for found in _ESCAPE.finditer(text))


def bad_row(position: int, line: bytes, encoding: str) -> BadRow:
    """Say what is wrong with a line: number `position` from 0, of a file of this encoding."""
    raw = line.decode("utf-8", "backslashreplace")
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        return BadRow(
            position, RecordFault.INVALID_ENCODING, encoding_message(error, encoding), raw
        )
    if has_lone_surrogate(line):
        message = "the record holds half of a surrogate pair"
        return BadRow(position, RecordFault.LONE_SURROGATE, message, raw)
    if depth_of(line) > DEEPEST_LEVEL:
        message = f"the record is nested deeper than {DEEPEST_LEVEL} levels"
        return BadRow(position, RecordFault.TOO_DEEP, message, raw)
    return BadRow(position, RecordFault.INVALID_RECORD, complaint(line), raw)


def complaint(line: bytes) -> str:
    """Say why a line is no JSON object with values that can be held."""
    try:
        record = json.loads(line)
    except UnicodeDecodeError:
        return "it is not UTF-8"
    except json.JSONDecodeError as error:
        return f"this is not JSON: {error.msg} at character {error.pos + 1}"
    if not isinstance(record, dict):
        return "this is JSON, but not an object"
    return "a number or word in it is not JSON, or too large"
