import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _nobody_is_asked() -> Iterator[None]:
    """A test that sends must not wait for whoever started the tests at a terminal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "PLUNK_IMPORT_YES", "1")
        yield
