"""The town that tests of promises ask."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.city import Town, make_town


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    """Testville with all agencies well."""
    made = make_town()
    yield made
    await made.engine.aclose()
