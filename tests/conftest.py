import os
from collections.abc import Iterator

import hypothesis
import pytest

# How long an example takes says nothing of the program: a busy machine stands still at times.
hypothesis.settings.register_profile("plunk-import", hypothesis.settings.default, deadline=None)
hypothesis.settings.load_profile("plunk-import")


@pytest.fixture(autouse=True, scope="session")
def _nobody_is_asked() -> Iterator[None]:
    """A test that sends must not wait for whoever started the tests at a terminal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "PLUNK_IMPORT_YES", "1")
        yield
