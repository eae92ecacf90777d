"""One process's chain: it is claimed, continued, appended to, rotated, signed and left.

`append` belongs to one thread (the event loop's), `sync` and `checkpoint` to one other: they read
`tip`, which `append` replaces whole.
"""

import fcntl
import logging
import os
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any

from gateway.policy.audit import checkpoints
from gateway.policy.audit.lines import FIELDS, START, entry_part, hashed, line
from gateway.policy.audit.places import Places, SegmentName, segments_in
from gateway.policy.audit.segments import Segment, sync_folder, tail_of
from gateway.policy.audit.signing import Signer

logger = logging.getLogger(__name__)

_DAY = 86_400
SEGMENT_SIZE = 256 * 2**20
"""Bytes after which a segment is followed by another."""
FEW_FIELDS = 8
"""So many fields stand in the entry of each request; more of them once in a segment."""
_MOST_FIELDS = 1_000


class Chain:
    """A chain that this process holds. Make it with `claim`."""

    def __init__(self, places: Places, signer: Signer, proof: str | None, number: int, lock: int) -> None:
        self.number = number
        self.tip = (0, START)
        """The number and the hash of the last entry."""
        self.signed = 0
        """The number of the last entry that a checkpoint names."""
        self._places = places
        self._signer = signer
        self._proof = proof
        self._lock = lock
        self._segment: Segment | None = None
        self._left: deque[Segment] = deque()
        self._day_ends = 0.0
        self._named = True
        """Whether the names of all segments are on the disk."""

    @classmethod
    def claim(cls, places: Places, signer: Signer, proof: str | None = None) -> "Chain":
        """The first chain that no process holds, continued by a segment of its own. Raises OSError.

        `proof` is that of the pepper by which the entries' pseudonyms are made.
        """
        for number in count(1):
            lock = os.open(places.lock(number), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            chain = cls(places, signer, proof, number, lock)
            try:
                chain._continue()
            except BaseException:
                chain._leave()
                raise
            return chain
        raise AssertionError("unreachable: count() does not end")

    def _continue(self) -> None:
        """Find the end of the chain, and open a segment after it.

        A signed checkpoint may go further than the files: then entries were lost. The chain goes on
        after the checkpoint, so that the gap shows and no number is ever signed twice.
        """
        names = [name for name in segments_in(self._places.log) if name.chain == self.number]
        for name in reversed(names):
            tail = tail_of(self._places.log / str(name))
            if tail.number:
                self.tip = (tail.number, tail.head)
                break
        signed = checkpoints.latest(self._places, self.number, self._signer.public)
        if signed and signed.number > self.tip[0]:
            logger.error(
                "the record of look-ups lost entries %d to %d of chain %d; run: citygraph audit verify",
                self.tip[0] + 1,
                signed.number,
                self.number,
            )
            self.tip = (signed.number, signed.head)
        unfinished = tail_of(self._places.log / str(names[-1])).unfinished if names else 0
        self._open(names[-1] if names else None, unfinished)
        self.checkpoint()

    def append(self, kind: str, content: Mapping[str, Any], details: bytes | None = None) -> None:
        """Write an entry. Raises OSError: then it is not written, and the chain is as it was."""
        segment = self._segment
        if segment is None or segment.broken or segment.size > SEGMENT_SIZE or time.time() >= self._day_ends:
            segment = self._next()
        fields = content.get("fields", ())
        if len(fields) > FEW_FIELDS:
            content = {**content, "fields": self._told(segment, fields)}
        self._write(segment, kind, content, details)

    def _told(self, segment: Segment, fields: tuple[str, ...]) -> int:
        """The number of the segment's entry that tells these fields, which is written if there is none."""
        number = segment.fields.get(fields)
        if number is None:
            if len(segment.fields) >= _MOST_FIELDS:
                segment.fields.clear()
            self._write(segment, FIELDS, {"when": datetime.now(UTC), "fields": fields}, None)
            number = segment.fields[fields] = self.tip[0]
        return number

    def _write(self, segment: Segment, kind: str, content: Mapping[str, Any], details: bytes | None) -> None:
        number, head = self.tip
        entry = entry_part(number + 1, head, kind, content)
        segment.append(line(entry, details))
        self.tip = (number + 1, hashed(entry))

    def leave_segment(self) -> None:
        """Write no more to a segment that failed: the next entry opens another."""
        if self._segment is not None:
            self._segment.broken = True

    def _next(self) -> Segment:
        names = [name for name in segments_in(self._places.log) if name.chain == self.number]
        former = names[-1] if names else None
        return self._open(former, tail_of(self._places.log / str(former)).unfinished if former else 0)

    def _open(self, former: SegmentName | None, unfinished: int) -> Segment:
        now = time.time()
        day = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d")
        name = SegmentName(self.number, former.number + 1 if former else 1, day)
        segment = Segment(self._places.log, name)
        header = {
            "when": datetime.now(UTC),
            "segment": str(name),
            "former": str(former) if former else None,
            "unfinished": unfinished,
            "log": self._signer.public.name,
            "pepper": self._proof,
        }
        try:
            self._write(segment, "opened", header, None)
        except OSError:
            segment.close()
            (self._places.log / str(name)).unlink(missing_ok=True)
            raise
        if self._segment is not None:
            self._left.append(self._segment)
        self._segment = segment
        self._named = False
        self._day_ends = (now // _DAY + 1) * _DAY
        return segment

    def sync(self) -> int:
        """Wait until every entry is on the disk; returns the number of the last one. Raises OSError."""
        number = self.tip[0]
        segment = self._segment
        while self._left:
            left = self._left.popleft()
            try:
                if not left.broken:
                    left.sync()
            finally:
                left.close()
        if segment is not None and not segment.broken:
            segment.sync()
        if not self._named:
            self._named = True
            try:
                sync_folder(self._places.log)
            except OSError:
                self._named = False
                raise
        return number

    def checkpoint(self) -> None:
        """Sign how far the chain goes, once that is on the disk. Raises OSError."""
        tip, segment = self.tip, self._segment
        if tip[0] == self.signed or segment is None:
            return
        self.sync()
        signed = checkpoints.sign(self._signer, self.number, *tip)
        failed: OSError | None = None
        for folder in self._places.checkpoints:
            try:
                checkpoints.append(folder, segment.name, signed)
            except OSError as error:
                failed = error
        self.signed = tip[0]
        if failed:
            raise failed

    def close(self) -> None:
        """End in order: a last entry, a last checkpoint. Raises OSError; the chain is free in any case."""
        try:
            self.append("closed", {"when": datetime.now(UTC)})
            self.checkpoint()
        finally:
            self._leave()

    def _leave(self) -> None:
        for segment in (*self._left, self._segment):
            if segment is not None:
                segment.close()
        os.close(self._lock)
