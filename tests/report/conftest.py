import os
from collections.abc import Iterator

import pytest

from tests.report.commands import Commands


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
    """What each command reports of one file; every command runs once, when first asked for."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("PLUNK_")]:
            patch.delenv(name)
        yield Commands(tmp_path_factory.mktemp("commands"))
