"""The proxies of the environment: a setting that cannot be understood is not passed over."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from plunk_import.errors import SettingsError

_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_SCHEMES = frozenset({"http", "https", "socks4", "socks4a", "socks5", "socks5h"})


def require_usable_proxies(environment: Mapping[str, str]) -> None:
    """Refuse proxy settings that the engine would ignore, sending directly instead.

    Raises:
        SettingsError: A variable holds no address of a proxy. Its value is not told: it may hold
            a password.

    """
    names = [name for upper in _VARIABLES for name in (upper, upper.lower())]
    wrong = [name for name in names if not _is_usable(environment.get(name, ""))]
    if wrong:
        raise SettingsError(
            f"{' and '.join(wrong)} cannot be used as a proxy: set it to an address such as "
            "http://proxy.example.com:3128, or unset it to connect directly."
        )


def _is_usable(proxy: str) -> bool:
    """Whether a setting names a proxy, or none. Without a scheme it is taken for http."""
    if not proxy:
        return True
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_plain = parts.hostname is not None and not any(c.isspace() for c in proxy)
    return is_plain and has_port and parts.scheme.lower() in _SCHEMES
