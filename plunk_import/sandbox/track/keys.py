"""The idempotency keys that a server remembers, and for how long."""

from dataclasses import dataclass

from plunk_import.sandbox.database import Database


@dataclass(frozen=True, slots=True)
class KeyClaim:
    """An idempotency key in use; `status` is None while its request is in flight."""

    key: str
    claimed_at: float
    """When the first request came, in seconds since the Unix epoch by the server's clock."""
    status: int | None


class Keys:
    """The table of keys, one project's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, key: str, *, lifetime_seconds: float) -> KeyClaim | None:
        """Claim a key for a request.

        Args:
            key: What the header `Idempotency-Key` says.
            lifetime_seconds: How long a key is remembered, counted from its first request;
                meeting it again does not prolong that.

        Returns:
            None when the key was free, else the claim that stands.
        """
        now = self._database.clock.now()
        with self._database.transaction():
            self._database.connection.execute(
                "DELETE FROM idempotency_keys WHERE key = ? AND claimed_at <= ?",
                (key, now - lifetime_seconds),
            )
            claimed = self._database.connection.execute(
                "INSERT OR IGNORE INTO idempotency_keys (key, claimed_at) VALUES (?, ?)",
                (key, now),
            )
        if claimed.rowcount:
            return None
        claimed_at, status = self._database.row(
            "SELECT claimed_at, status FROM idempotency_keys WHERE key = ?", key
        )
        return KeyClaim(key, claimed_at, status)

    def free(self, key: str) -> None:
        """Release a key that was claimed, so that it can be used again."""
        self._database.connection.execute("DELETE FROM idempotency_keys WHERE key = ?", (key,))

    def mark(self, key: str, status: int) -> None:
        """Note how the request that claimed a key ended."""
        self._database.connection.execute(
            "UPDATE idempotency_keys SET status = ? WHERE key = ?", (status, key)
        )
