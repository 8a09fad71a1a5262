"""How large an event name is in the server's index, which stores it compressed where that gains.

A rendering of PostgreSQL's pglz that asks only for sizes: the matches are those of the real one.
"""

MAX_EVENT_NAME_BYTES = 2_600
"""A longer name does not fit the database's index."""

_WINDOW = 4_095
_MOST_IN_A_MATCH = 273
_BUCKETS = 8_192  # a name that is long enough to matter has the most there are


def index_bytes(name: str) -> int:
    """Measure an event name as the index holds it: compressed if that saves a quarter."""
    text = name.encode()
    if len(text) <= MAX_EVENT_NAME_BYTES:
        return len(text)
    spent = tokens = done = 0
    longest_token = 0
    seen: dict[int, list[int]] = {}
    while done < len(text):
        if spent > MAX_EVENT_NAME_BYTES or (longest_token < 2 and spent >= 1_024):
            return len(text)
        length = _longest_match(text, done, seen.get(_bucket(text, done), []))
        token = 1 if length < 3 else 2 if length <= 17 else 3
        # A byte of flags goes before every eight tokens.
        spent += token + (tokens % 8 == 0)
        tokens, longest_token = tokens + 1, max(longest_token, token)
        end = done + (length if length > 2 else 1)
        for at in range(done, end):
            seen.setdefault(_bucket(text, at), []).append(at)
        done = end
    return spent if spent < len(text) * 75 // 100 else len(text)


def _longest_match(text: bytes, at: int, places: list[int]) -> int:
    longest, good_enough = 0, 128
    for tried, place in enumerate(reversed(places), 1):
        if at - place >= _WINDOW:
            break
        longest = max(longest, _match(text, at, place))
        if tried < len(places) and longest >= good_enough:
            break
        good_enough -= good_enough // 10
    return longest


def _match(text: bytes, at: int, place: int) -> int:
    room = min(_MOST_IN_A_MATCH, len(text) - at)
    length = 0
    while length < room and text[place + length] == text[at + length]:
        length += 1
    return length


def _bucket(text: bytes, at: int) -> int:
    if at + 4 > len(text):
        return text[at] % _BUCKETS
    bucket = 0
    for byte, shift in zip(text[at : at + 4], (6, 4, 2, 0), strict=True):
        bucket ^= byte << shift
    return bucket % _BUCKETS
