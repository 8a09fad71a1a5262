import pytest
from hypothesis import given, strategies as st

from plunk_import.report import Masking
from plunk_import.validate import REGISTRY

TAUGHT = "such as ada@example.com"
LOCAL_PARTS = st.from_regex(r"[A-Za-z0-9_'+.-]{2,20}", fullmatch=True)
ADDRESSES = st.builds(lambda local: f"{local}@example.com", LOCAL_PARTS)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("ada@example.com", "a•••@example.com", id="bare"),
        pytest.param("<ada@example.com>,bob@x.co", "<a•••@example.com>,b•••@x.co", id="several"),
        pytest.param('{"email":"ada@x.co"}', '{"email":"a•••@x.co"}', id="in-json"),
        pytest.param("'ada@x.co' is wrong", "'a•••@x.co' is wrong", id="quoted-in-a-message"),
        pytest.param("o'hara@x.co", "o•••@x.co", id="apostrophe"),
        pytest.param("a@x.co", "a•••@x.co", id="one-letter"),
        pytest.param("_+@x.co", "•••@x.co", id="no-letter"),
        pytest.param("jo@@x.co", "j•••@@x.co", id="wrong-two-ats"),
        pytest.param("a@b@c.co", "a•••@b•••@c.co", id="wrong-at-in-local-part"),
        pytest.param('"ada lovelace"@x.co', '"a•••@x.co', id="quoted-local-part"),
        pytest.param('{"handle":"@ada"}', '{"handle":"@ada"}', id="handle-in-json"),
        pytest.param("?to=ada%40x.co", "?t•••%40x.co", id="in-a-url"),
        pytest.param(r'"ada\u0040x.co"', r'"a•••\u0040x.co"', id="json-escape"),
        pytest.param("ada＠x.co", "a•••＠x.co", id="full-width"),  # noqa: RUF001
        pytest.param("2 tickets @ 5", "2 tickets @ 5", id="at-of-a-price"),
        pytest.param(f"{TAUGHT}, or bob@x.co", f"{TAUGHT}, or b•••@x.co", id="our-example"),
        pytest.param(f"{TAUGHT}munity.co", "such as a•••@example.community.co", id="not-ours"),
        pytest.param("no address", "no address", id="none"),
    ],
)
def test_an_address_keeps_its_first_letter_and_its_domain(text: str, shown: str) -> None:
    assert Masking()(text) == shown


@given(st.text(), ADDRESSES, st.text())
def test_no_address_survives_in_any_surroundings(before: str, address: str, after: str) -> None:
    assert address not in Masking()(f"{before}{address}{after}")


@pytest.mark.parametrize("show_addresses", [False, True])
@given(st.from_regex(r"[ps]k_[A-Za-z0-9]{8,48}", fullmatch=True), st.sampled_from(["", " ", '"']))
def test_no_key_survives(show_addresses: bool, key: str, border: str) -> None:
    assert key not in Masking(show_addresses=show_addresses)(f"Bearer {border}{key}{border}")


def test_words_that_only_hold_the_letters_of_a_key_stay() -> None:
    assert Masking()("risk_score, disk_usage, (pk_…)") == "risk_score, disk_usage, (pk_…)"


def test_addresses_show_when_asked_for() -> None:
    assert Masking(show_addresses=True)("ada@example.com") == "ada@example.com"


def test_our_own_remedies_keep_their_example() -> None:
    remedy = REGISTRY["invalid_email"].remedy

    assert TAUGHT in remedy
    assert Masking()(remedy) == remedy


def test_a_long_text_without_an_address_takes_no_time() -> None:
    assert "•••" not in Masking()("x" * 5_000_000)
