"""Tells when a city's files have other content than before.

The filesystem's own word comes at once, where it gives one. Network filesystems and mounts of
containers give none, and a directory may be replaced as a whole: so it is looked at from time to
time anyway. What decides is content: files that were only touched have not changed.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from pathlib import Path

from watchfiles import awatch

from gateway.web.examples import FILE as EXAMPLES

QUIET = 0.2
"""Seconds without a change after which a change is taken for complete: editors write in steps."""

PATIENCE = 2.0
"""Seconds after which it is looked at even if changes go on."""

LOOK = 5.0
"""Seconds between looks where the filesystem tells nothing."""

log = logging.getLogger(__name__)
logging.getLogger("watchfiles").setLevel(logging.WARNING)  # it tells every change of any file

Content = Mapping[str, bytes]


def content(directory: Path) -> Content:
    """What a city's files say, by name; what can't be read is left out."""
    found = {}
    for path in sorted((*directory.glob("*.toml"), directory / EXAMPLES)):
        with suppress(OSError):
            found[path.name] = path.read_bytes()
    return found


async def changes(directory: Path, known: Content, stop: asyncio.Event, look: float = LOOK) -> AsyncIterator[Content]:
    """The content whenever it is another one than before, from `known` on, until `stop` is set.

    `look` is how many seconds pass between looks where the filesystem tells nothing.
    """
    async for _ in _looks(directory, stop, look):
        found = await asyncio.to_thread(content, directory)
        if found != known and not stop.is_set():
            known = found
            yield found


async def _looks(directory: Path, stop: asyncio.Event, look: float) -> AsyncIterator[None]:
    """Whenever it is worth looking."""
    told = False
    while not stop.is_set():
        try:
            async for _ in awatch(
                directory,
                watch_filter=None,
                recursive=False,
                step=round(QUIET * 1000),
                debounce=round(PATIENCE * 1000),
                rust_timeout=round(look * 1000),
                yield_on_timeout=True,
                stop_event=stop,
            ):
                yield
        except (OSError, RuntimeError) as error:
            if not told:
                log.warning("%s can't be watched (%s); it is looked at every %g s", directory, error, look)
            told = True
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), look)
            yield
