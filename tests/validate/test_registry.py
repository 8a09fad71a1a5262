from typing import get_args

from plunk_import.mapping import VariableType
from plunk_import.validate import KINDS


def test_the_mapping_can_declare_every_kind_and_no_other() -> None:
    assert set(KINDS) == set(get_args(VariableType))
