"""Whether an index of Plunk's database holds an event name: it compresses long ones.

Source: PostgreSQL, `pg_lzcompress.c` with its default strategy, and `index_form_tuple`; the limit
was measured on Plunk's servers, and the sizes were held against those of PostgreSQL 15.
"""

from collections import defaultdict, deque

from plunk_import.plunk import LONGEST_EVENT_BYTES

_HISTORY = 4095
_REMEMBERED = 4096
_LONGEST_MATCH = 273
_SHORTEST_MATCH = 3
_LONG_MATCH = 17
_GOOD_MATCH, _GOOD_DROP_PERCENT = 128, 10
_FIRST_SUCCESS_BY = 1024
_KEPT_PERCENT = 75
_MOST_LISTS = 8192
_ITEMS_A_CONTROL_BYTE = 8


def is_name_stored(name: str) -> bool:
    """Tell whether the database takes an event name of this length."""
    text = name.encode()
    return len(text) <= LONGEST_EVENT_BYTES or _compressed_size(text) <= LONGEST_EVENT_BYTES


def _compressed_size(text: bytes) -> int:
    """Return the size after compression, or any that is too large where nothing is gained."""
    most = min(len(text) * _KEPT_PERCENT // 100, LONGEST_EVENT_BYTES + 1)
    size = items = position = 0
    is_packed = False
    history = _History(text)
    while position < len(text):
        if size >= most or (not is_packed and size >= _FIRST_SUCCESS_BY):
            return len(text)
        size += items % _ITEMS_A_CONTROL_BYTE == 0
        items += 1
        length = history.match(position)
        if length >= _SHORTEST_MATCH:
            size += 3 if length > _LONG_MATCH else 2
            is_packed = True
        else:
            length, size = 1, size + 1
        for at in range(position, position + length):
            history.add(at)
        position += length
    return size if size < most else len(text)


class _History:
    """Where each beginning of four bytes was seen, the newest first."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        lists = next((512 << n for n in range(4) if len(text) < 128 << n), _MOST_LISTS)
        self._mask = lists - 1
        self._places: defaultdict[int, deque[int]] = defaultdict(deque)

    def add(self, at: int) -> None:
        """Remember a place, and forget the one that has been remembered longest."""
        self._places[self._hash(at)].appendleft(at)
        if at >= _REMEMBERED:
            self._places[self._hash(at - _REMEMBERED)].pop()

    def match(self, at: int) -> int:
        """Find the length of the match that the database takes, 0 without any."""
        best, good = 0, _GOOD_MATCH
        places = self._places[self._hash(at)]
        for number, place in enumerate(places):
            if at - place >= _HISTORY:
                break
            best = max(best, self._common(at, place))
            if number + 1 < len(places):
                if best >= good:
                    break
                good -= good * _GOOD_DROP_PERCENT // 100
        return best

    def _common(self, at: int, place: int) -> int:
        text, end = self._text, min(len(self._text) - at, _LONGEST_MATCH)
        length = 0
        while length < end and text[at + length] == text[place + length]:
            length += 1
        return length

    def _hash(self, at: int) -> int:
        four = self._text[at : at + 4]
        if len(four) < 4:
            return four[0] & self._mask
        one, two, three, four_ = four
        return ((one << 6) ^ (two << 4) ^ (three << 2) ^ four_) & self._mask
