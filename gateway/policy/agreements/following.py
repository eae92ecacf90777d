"""Agreements in files that may change while they are in force."""

import asyncio

from gateway.policy.agreements.book import Agreements
from gateway.policy.agreements.files import AgreementFiles
from gateway.reloading.watching import changes, content


async def follow(agreements: Agreements, files: AgreementFiles, stop: asyncio.Event) -> None:
    """Load whenever the files have other content, until `stop` is set. The folder may appear later."""
    async for _ in changes(files.directory, content(files.directory), stop):
        await agreements.load()
