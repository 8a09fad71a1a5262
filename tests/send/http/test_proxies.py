import pytest

from plunk_import.errors import SettingsError
from plunk_import.send.http import require_usable_proxies

USABLE = {
    "unset": "",
    "an address": "http://127.0.0.1:3128",
    "without a scheme": "proxy.example.com:3128",
    "with a password": "http://user:secret@proxy.example.com:3128",
}
UNUSABLE = {
    "nothing but a scheme": "http://",
    "no scheme, but its colon": "://proxy",
    "a port that is none": "http://127.0.0.1:99999",
    "another protocol": "ftp://127.0.0.1:21",
    "a broken IPv6 address": "http://[::1",
    "to be spoken to in TLS": "https://proxy.example.com",
    "socks": "socks5h://127.0.0.1:1080",
    "words": "not a url",
    "spaces around it": " http://127.0.0.1:3128",
}


@pytest.mark.parametrize("value", USABLE.values(), ids=USABLE)
def test_an_http_proxy_can_be_used(value: str) -> None:
    require_usable_proxies({"HTTP_PROXY": value, "https_proxy": value})


@pytest.mark.parametrize("value", UNUSABLE.values(), ids=UNUSABLE)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_would_be_passed_over_is_an_error_that_names_the_variable(
    name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name):
        require_usable_proxies({name: value})


def test_a_password_in_a_proxy_setting_is_never_told() -> None:
    with pytest.raises(SettingsError) as caught:
        require_usable_proxies({"HTTPS_PROXY": "http://user:secret@[::1"})
    assert "secret" not in str(caught.value)
