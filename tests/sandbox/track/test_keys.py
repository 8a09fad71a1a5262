from collections.abc import Iterator
from pathlib import Path

import pytest

from plunk_import.sandbox import ServerClock, Store
from plunk_import.sandbox.track import KeyClaim, Keys

HOUR_SECONDS = 3600.0


class Wall:
    def __init__(self) -> None:
        self.seconds = 1_700_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def keys(tmp_path: Path, wall: Wall) -> Iterator[Keys]:
    with Store(tmp_path / "sandbox.sqlite", ServerClock(wall=wall)) as store:
        yield store.keys


def claim(keys: Keys) -> KeyClaim | None:
    return keys.claim("k", lifetime_seconds=HOUR_SECONDS)


def test_key_is_claimed_once_until_it_is_freed(keys: Keys) -> None:
    assert claim(keys) is None
    standing = claim(keys)
    assert standing is not None
    assert standing.status is None
    keys.free("k")
    assert claim(keys) is None


def test_key_tells_how_its_request_ended(keys: Keys) -> None:
    claim(keys)
    keys.mark("k", 500)
    standing = claim(keys)
    assert standing is not None
    assert standing.status == 500


def test_lifetime_counts_from_the_first_request_however_often_the_key_is_met(
    keys: Keys, wall: Wall
) -> None:
    claim(keys)
    begun = wall.seconds
    for _ in range(6):
        wall.seconds += HOUR_SECONDS / 6 - 0.1
        standing = claim(keys)
        assert standing is not None
        assert standing.claimed_at == begun
    wall.seconds = begun + HOUR_SECONDS
    assert claim(keys) is None


def test_key_in_flight_is_forgotten_as_any_other(keys: Keys, wall: Wall) -> None:
    claim(keys)
    wall.seconds += HOUR_SECONDS
    assert claim(keys) is None
