"""How deep values are nested, and how deep they may be."""

from plunk_import.mapping import Variable
from plunk_import.plunk import DEEPEST_LEVEL
from plunk_import.read import depth_of as depth_of_bytes


def levels_of(variable: Variable) -> int:
    """Tell how deep a value may be nested, within `data` and maybe within a one-shot's wrapper."""
    return DEEPEST_LEVEL - (1 if variable.persistent else 2)


def depth_of(text: str) -> int:
    """Measure how deep a JSON text is nested: 0 where it is no object and no list."""
    return depth_of_bytes(text.encode("utf-8", "surrogatepass"))
