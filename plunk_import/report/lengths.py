"""Lengths of time and amounts of data, as people read them."""

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_UNITS = ("B", "kB", "MB", "GB", "TB")
_THOUSAND = 1000


def time_in_words(seconds: float) -> str:
    """Write a time in its two largest units: `2 h 5 min`, `3 min 20 s`, `0.4 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for unit, name, smaller, smaller_name in (
        (_DAY, "d", _HOUR, "h"),
        (_HOUR, "h", _MINUTE, "min"),
        (_MINUTE, "min", 1, "s"),
    ):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{whole} s"


def size_in_words(count: float) -> str:
    """Write a number of bytes in the unit that leaves the fewest digits: `231 GB`, `1.4 MB`."""
    unit = _UNITS[0]
    for unit in _UNITS:
        if count < _THOUSAND or unit == _UNITS[-1]:
            break
        count /= _THOUSAND
    return f"{count:,.0f} {unit}" if count >= 10 or unit == "B" else f"{count:.1f} {unit}"
