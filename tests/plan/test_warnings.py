import re

import pytest

from plunk_import.plan import WarningCode
from plunk_import.validate import REGISTRY


@pytest.mark.parametrize("code", WarningCode)
def test_each_code_is_a_word_with_a_meaning_and_a_remedy(code: WarningCode) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
    assert code.meaning.endswith(".")
    assert code.remedy.endswith((".", "`."))


def test_no_code_warns_and_rejects() -> None:
    assert not set(WarningCode) & set(REGISTRY)


def test_a_warning_says_which_rows_were_looked_at() -> None:
    found = WarningCode.NO_DATE.found(3, scope="Found in a sample.")

    assert found.count == 3
    assert found.meaning == f"{WarningCode.NO_DATE.meaning} Found in a sample."
