import pytest

from plunk_import.read import encoding_of, likely_encoding


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
def test_likely_encoding_is_the_one_that_gives_western_letters(encoding: str) -> None:
    assert likely_encoding("Müller, café à Orléans".encode(encoding)) == encoding


def test_likely_encoding_is_cp1252_when_nothing_speaks_for_another() -> None:
    assert likely_encoding(b"a\xe9") == "cp1252"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("é".encode(), "utf-8"),
        ("été".encode("cp1252"), "cp1252"),
        ("été à Noël, ça".encode("mac_roman"), "mac_roman"),
        ("ab".encode("utf-16"), "utf-16"),
        ("abcd".encode("utf-16-le"), "utf-16-le"),
        ("abcd".encode("utf-16-be"), "utf-16-be"),
        ("ab".encode("utf-32"), "utf-32"),
        ("été déjà vu ".encode() + b"\xe9", "utf-8"),
        (b"", "utf-8"),
    ],
    ids=["utf-8", "cp1252", "mac", "utf-16", "le", "be", "utf-32", "one broken byte", "empty"],
)
def test_the_encoding_is_guessed(content: bytes, encoding: str) -> None:
    assert encoding_of(content) == encoding
