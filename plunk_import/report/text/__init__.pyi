from .display import (
    columns_of as columns_of,
    displayed as displayed,
    exact as exact,
    one_line as one_line,
    printable as printable,
)
from .github import annotation as annotation, annotations as annotations
from .machines import tell_demand as tell_demand
from .summary import foretell as foretell, summarize as summarize
