import pytest

from plunk_import.read import likely_encoding


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
def test_likely_encoding_is_the_one_that_gives_western_letters(encoding: str) -> None:
    assert likely_encoding("Müller, café à Orléans".encode(encoding)) == encoding


def test_likely_encoding_is_cp1252_when_nothing_speaks_for_another() -> None:
    assert likely_encoding(b"\xff\xfe") == "cp1252"
