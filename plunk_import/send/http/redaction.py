"""Keys that must never be told: whatever comes in from outside has them taken out first."""

import functools
import json
from collections.abc import Iterable

from pydantic import SecretStr

HIDDEN = "[key]"


class Redaction:
    """The keys of a project, and how they are taken out of what a server says."""

    def __init__(self, keys: Iterable[SecretStr | None]) -> None:
        self._texts = tuple(key.get_secret_value() for key in keys if key is not None)
        self._bytes = tuple(text.encode() for text in self._texts)
        self.hide = functools.lru_cache(maxsize=256)(self._hidden)
        """Removes the keys from a text; most texts come again and again."""

    def __repr__(self) -> str:
        return f"Redaction({len(self._texts)})"

    def _hidden(self, text: str) -> str:
        for secret in self._texts:
            text = text.replace(secret, HIDDEN)
        return text

    def hide_in_body(self, content: bytes) -> bytes:
        """Remove the keys from a body; JSON may spell them with escapes, or in UTF-16."""
        if b"\\" in content or b"\0" in content:
            content = self._hide_escaped(content)
        for secret in self._bytes:
            content = content.replace(secret, HIDDEN.encode())
        return content

    def _hide_escaped(self, content: bytes) -> bytes:
        try:
            parsed = json.loads(content)
            spelled_out = json.dumps(parsed, ensure_ascii=False)
        except (ValueError, RecursionError):
            return content  # it says nothing, so nothing of it is shown
        if not any(secret in spelled_out for secret in self._texts):
            return content
        return self._hidden(spelled_out).encode("utf-8", "surrogatepass")
