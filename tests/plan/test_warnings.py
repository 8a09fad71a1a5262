import re

import pytest

from plunk_import.plan.warnings import WARNING_CODES
from plunk_import.validate import REGISTRY


@pytest.mark.parametrize("code", WARNING_CODES)
def test_each_code_is_a_word_with_a_meaning_and_a_remedy(code: str) -> None:
    caution = WARNING_CODES[code]

    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    assert caution.code == code
    assert caution.meaning.endswith(".")
    assert caution.remedy.endswith((".", "`."))


def test_no_code_warns_and_rejects() -> None:
    assert not set(WARNING_CODES) & set(REGISTRY)


def test_a_warning_says_which_rows_were_looked_at() -> None:
    found = WARNING_CODES["no_date"].found(3, scope="Found in a sample.")

    assert found.count == 3
    assert found.meaning == f"{WARNING_CODES['no_date'].meaning} Found in a sample."
