from collections.abc import Iterator

import pytest

from plunk_import.sandbox import Profile, Sandbox, SandboxSettings, running


@pytest.fixture(params=list(Profile), ids=list(Profile))
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with running(SandboxSettings(profile=request.param)) as started:
        yield started
