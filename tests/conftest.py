"""What holds for a run of all tests: how garbage is collected, and what is left to nobody."""

import asyncio
import gc
import sys

gc.set_threshold(50_000, *gc.get_threshold()[1:])
"""A run keeps thousands of tests and their cities alive; with CPython's own 700, looking through them took a
tenth of its CPU, and a quarter where a test makes half a million objects. Before `gateway.settling` is
imported: it gives back what it found."""


def pytest_sessionfinish() -> None:
    """The databases that tests of the store have shared are dropped, if any were made."""
    if databases := sys.modules.get("tests.gateway.store.databases"):
        asyncio.run(databases.drop())
