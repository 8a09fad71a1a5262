import pytest

from plunk_import.read import encoding_candidates, encoding_of, likely_encoding

NAMES = {
    "only curly apostrophes": ("cp1252", ["O’Brien", "d’Arcy"]),  # noqa: RUF001 (as people write)
    "one apostrophe": ("cp1252", ["O’Brien", *["Ann"] * 400]),  # noqa: RUF001 (as people write)
    "curly quotes and dashes": ("cp1252", ["“VIP”", "‘quoted’", "now — or never", "and so on…"]),  # noqa: RUF001 (as people write)
    "German": ("cp1252", ["Müller", "Jürgen Groß", "Öztürk"]),
    "French": ("cp1252", ["Hélène", "Benoît", "François"]),
    "Spanish": ("cp1252", ["Peña", "José", "Núñez", "¿qué?"]),
    "Portuguese": ("cp1252", ["João", "Conceição", "Simões"]),
    "Danish": ("cp1252", ["Søren", "Åse", "Kjær"]),
    "Polish": ("cp1250", ["Łukasz", "Małgorzata", "Żółć"]),
    "Czech": ("cp1250", ["Jiří", "Šárka", "Dvořák"]),
    "Hungarian": ("cp1250", ["László", "Győr", "Fűszer"]),
    "Polish by ISO": ("iso8859_2", ["Łukasz", "Świętosława", "ąęś"]),
    "Russian": ("cp1251", ["Иван", "Мария", "Пётр Ильич"]),
    "one Russian name": ("cp1251", ["Юлия", *["Ann"] * 100]),
    "Russian of Unix": ("koi8_r", ["Иван", "Мария", "Ольга"]),
    "Russian of DOS": ("cp866", ["Иван", "Мария", "Ольга"]),
    "Greek": ("cp1253", ["Γιώργος", "Μαρία", "Αθήνα"]),
    "Turkish": ("cp1254", ["Şükrü", "İstanbul", "Çağla"]),
    "Hebrew": ("cp1255", ["שלום", "דוד", "ירושלים"]),
    "Arabic": ("cp1256", ["محمد", "فاطمة", "القاهرة"]),
    "Lithuanian": ("cp1257", ["Žydrūnas", "Šarūnė", "Eglė"]),
    "the euro by ISO": ("iso8859_15", ["œuvre", "5 €", "Élise"]),
    "French of an old Mac": ("mac_roman", ["Élise", "François", "Benoît"]),
    "Western of DOS": ("cp850", ["Élise", "François", "Müller"]),
    "Japanese": ("cp932", ["山田太郎", "鈴木花子", "アダ"]),
    "Chinese": ("gb18030", ["张伟", "王芳", "北京市"]),
    "Chinese of Taiwan": ("big5", ["陳大文", "林小明", "台北市"]),
    "Korean": ("cp949", ["김철수", "이영희", "서울"]),
}
"""Names as exports have them, in an encoding that their writers' machines use."""


@pytest.mark.parametrize(("encoding", "names"), NAMES.values(), ids=NAMES.keys())
def test_the_right_encoding_is_the_first_candidate(encoding: str, names: list[str]) -> None:
    best, *others = encoding_candidates("\n".join(["email,name", *names]).encode(encoding))
    assert best.encoding == encoding
    assert len(others) <= 3
    assert set(best.words[0]) <= set("".join(names))


def test_candidates_that_make_the_same_of_a_text_are_one() -> None:
    (candidate,) = encoding_candidates("Müller".encode("cp1254"))
    assert str(candidate) == "cp1252 (Müller)"


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
