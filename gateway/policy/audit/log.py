"""The record of look-ups as the gateway writes it: strict, in batches, or not at all.

    AuditFailed      the entry is not (known to be) written: do not send the answer

*strict*: `write` returns when the entry is on the disk. Entries that arrive while the disk is
busy share the next fsync (group commit). An entry that can't be written or synced raises.

*batch*: `write` hands the line to the operating system and returns: it outlives the process
(kill -9), and within 100 ms a power cut too. While the disk can't be written (full), entries wait
in memory, every second they are tried again, and the log says so; when too many wait, it raises.
"""

import asyncio
import errno
import logging
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal, TypeVar

from gateway.policy.audit.chain import Chain
from gateway.policy.audit.entries import Entry
from gateway.policy.audit.lines import content_of
from gateway.policy.audit.places import Places
from gateway.policy.audit.pseudonyms import Pseudonyms
from gateway.policy.audit.signing import BadKey, Signer, open_signer, publish

logger = logging.getLogger(__name__)

Sync = Literal["strict", "batch", "off"]
T = TypeVar("T")

SYNC_AFTER = 0.1
"""Seconds after which a written entry is on the disk, with "batch"."""
SIGN_AFTER = 1.0
"""Seconds between checkpoints while entries come."""
RETRY_AFTER = 1.0
"""Seconds after which what could not be written is tried again, with "batch"."""
WAITING_MOST = 10_000
"""Entries that may wait in memory for a disk that can't be written, with "batch"."""


class AuditFailed(Exception):
    """The record of a look-up can't be written; the text is for the operator, not for callers."""

    def __init__(self, error: OSError | BadKey) -> None:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        super().__init__(f"the record of look-ups can't be written: {reason}; see CITYGRAPH_AUDIT")


class AuditLog:
    """Writes entries to a chain of its own in `directory`; `key` is the pepper of the pseudonyms.

    `checkpoints` is the second place of the checkpoints, by default `<directory>-checkpoints`.
    Call `start` before the first entry and `aclose` after the last one, in the loop that writes.
    """

    def __init__(
        self, directory: str | Path, key: bytes, sync: Sync = "batch", checkpoints: str | Path | None = None
    ) -> None:
        self._places = Places.of(directory, checkpoints)
        self._pseudonyms = Pseudonyms(key)
        self._sync = sync
        self._chain: Chain | None = None
        self._thread = ThreadPoolExecutor(1, "audit")
        self._unsynced: list[asyncio.Future[None]] = []
        self._commit: asyncio.Task[None] | None = None
        self._upkeep: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._checkpoint_due = 0.0
        self._waiting: deque[tuple[dict[str, Any], bytes]] = deque()
        self._retry_due = 0.0

    @property
    def waiting(self) -> int:
        """Entries that could not be written yet; more than 0 is a reason to call somebody."""
        return len(self._waiting)

    async def start(self) -> None:
        """Claim a chain and continue it. Raises `AuditFailed`."""
        if self._sync == "off" or self._chain is not None:
            return
        try:
            self._chain = await self._aside(self._claim)
        except (OSError, BadKey) as error:
            raise AuditFailed(error) from error
        self._checkpoint_due = asyncio.get_running_loop().time() + SIGN_AFTER

    def _claim(self) -> Chain:
        self._places.make()
        signer: Signer = open_signer(self._places.log)
        for folder in (self._places.log, self._places.elsewhere):
            publish(signer.public, folder)
        return Chain.claim(self._places, signer, self._pseudonyms.proof)

    async def write(self, entry: Entry) -> None:
        """Record a request. Raises `AuditFailed`: the answer must not go out."""
        if self._sync == "off":
            return
        chain = self._chain
        if chain is None:
            raise RuntimeError("the audit log is not open: start() comes first, aclose() last")
        content, details = content_of(entry, self._pseudonyms)
        if self._sync == "strict":
            try:
                chain.append("request", content, details)
            except OSError as error:
                self._failed(chain, error)
                raise AuditFailed(error) from error
            self._soon(SIGN_AFTER)
            await self._synced(chain)
            return
        if self._waiting:
            self._keep(content, details, None)
            self._retry(chain)
        else:
            try:
                chain.append("request", content, details)
            except OSError as error:
                self._failed(chain, error)
                self._keep(content, details, error)
        if self._timer is None:
            self._soon(SYNC_AFTER)

    def _failed(self, chain: Chain, error: OSError) -> None:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            chain.leave_segment()
        logger.error("the record of look-ups can't be written: %s", error.strerror or error)

    def _keep(self, content: dict[str, Any], details: bytes, error: OSError | None) -> None:
        if len(self._waiting) >= WAITING_MOST:
            raise AuditFailed(error or OSError(f"{WAITING_MOST} entries wait for a disk that can't be written"))
        self._waiting.append((content, details))

    def _retry(self, chain: Chain) -> None:
        """Write what waits, in its order; at most once in `RETRY_AFTER`."""
        now = asyncio.get_running_loop().time()
        if now < self._retry_due:
            return
        self._retry_due = now + RETRY_AFTER
        written = 0
        try:
            while self._waiting:
                chain.append("request", *self._waiting[0])
                self._waiting.popleft()
                written += 1
        except OSError as error:
            self._failed(chain, error)
        if written:
            logger.warning("%d entries of the record of look-ups were written late", written)

    async def _synced(self, chain: Chain) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._unsynced.append(future)
        if self._commit is None:
            self._commit = asyncio.create_task(self._commit_group(chain))
        await future

    async def _commit_group(self, chain: Chain) -> None:
        """One fsync for all that wait, again as long as some wait."""
        try:
            while self._unsynced:
                group, self._unsynced = self._unsynced, []
                try:
                    await self._aside(chain.sync)
                except OSError as error:
                    # Those that came meanwhile wrote to the same segment.
                    group, self._unsynced = group + self._unsynced, []
                    self._failed(chain, error)
                    _tell(group, error)
                else:
                    _tell(group, None)
        finally:
            self._commit = None

    def _soon(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._tick)

    def _tick(self) -> None:
        self._upkeep = asyncio.create_task(self._keep_up())

    async def _keep_up(self) -> None:
        """Sync what was written, and sign it when it is time; comes again as long as there is something."""
        chain = self._chain
        if chain is None:
            return
        loop = asyncio.get_running_loop()
        if self._waiting:
            self._retry(chain)
        sign = loop.time() >= self._checkpoint_due
        number = chain.tip[0]
        try:
            await self._aside(chain.checkpoint if sign else chain.sync)
        except OSError as error:
            self._failed(chain, error)
        finally:
            self._timer = None
        if sign:
            self._checkpoint_due = loop.time() + SIGN_AFTER
        if self._waiting:
            self._soon(RETRY_AFTER)
        elif chain.tip[0] > number:
            self._soon(SYNC_AFTER if self._sync == "batch" else SIGN_AFTER)
        elif chain.signed < number:
            self._soon(max(SYNC_AFTER, self._checkpoint_due - loop.time()))

    async def aclose(self) -> None:
        """Sync, sign and leave the chain to the next process. Raises `AuditFailed` if entries are lost."""
        chain, self._chain = self._chain, None
        for task in (self._commit, self._upkeep):
            if task is not None:
                await task
        if self._timer is not None:
            self._timer.cancel()
        try:
            if chain is not None:
                self._retry_due = 0.0
                self._retry(chain)
                await self._aside(chain.close)
        except OSError as error:
            raise AuditFailed(error) from error
        finally:
            self._thread.shutdown(wait=False)
        if self._waiting:
            raise AuditFailed(OSError(f"{len(self._waiting)} entries could not be written and are lost"))

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _tell(group: list[asyncio.Future[None]], error: OSError | None) -> None:
    for future in group:
        if not future.done():
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(AuditFailed(error))
