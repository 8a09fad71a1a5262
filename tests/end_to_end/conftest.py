from collections.abc import Iterator
from pathlib import Path

import pytest

from plunk_import.sandbox import SandboxSettings, running
from tests.end_to_end.reading import ORDERS, Reader
from tools import pages


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    place = tmp_path / "desk"
    (place / "exports").mkdir(parents=True)
    (place / "samples").symlink_to(pages.ROOT / "samples")
    (place / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (place / "exports" / "monday.csv").write_text(ORDERS, encoding="utf-8")
    with running(SandboxSettings(database=tmp_path / "plunk.sqlite", race_seconds=0.0)) as server:
        keys = {"PLUNK_API_KEY": server.public_key, "PLUNK_SECRET_KEY": server.secret_key}
        yield Reader(place, {"PLUNK_BASE_URL": server.base_url, **keys})
