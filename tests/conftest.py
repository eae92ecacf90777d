"""What a run of the tests leaves to nobody."""

import asyncio
import sys


def pytest_sessionfinish() -> None:
    """The databases that tests of the store have shared are dropped, if any were made."""
    if databases := sys.modules.get("tests.gateway.store.databases"):
        asyncio.run(databases.drop())
