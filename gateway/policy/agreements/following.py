"""Agreements in files that may change while they are in force."""

import asyncio
from contextlib import suppress

from gateway.policy.agreements.book import Agreements
from gateway.policy.agreements.files import AgreementFiles
from gateway.reloading.watching import LOOK, changes, content


async def follow(agreements: Agreements, files: AgreementFiles, stop: asyncio.Event) -> None:
    """Load whenever the files have other content, until `stop` is set. The folder may appear later."""
    known = content(files.directory)
    while not files.directory.is_dir() and not stop.is_set():  # a city need not have one: nothing to complain of
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK)
    async for _ in changes(files.directory, known, stop):
        await agreements.load()
