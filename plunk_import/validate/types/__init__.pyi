from .boolean import FALSE_WORDS as FALSE_WORDS, TRUE_WORDS as TRUE_WORDS
from .cells import filled as filled, filled_text as filled_text
from .kind import Family as Family, family_of as family_of, require_read as require_read
from .registry import KINDS as KINDS, Value as Value, value_of as value_of
from .string import TO_ESCAPE as TO_ESCAPE, nul_check as nul_check
