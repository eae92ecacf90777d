"""Where the log lies: a folder of segments, and a second place for its checkpoints.

    <audit>/2026-11-22-c1-000007.jsonl        segment 7 of chain 1, opened on that day (UTC)
    <audit>/c1.lock                           held by the process that writes chain 1
    <audit>/signing.key, signing.pub          the key of the checkpoints, and its public half
    <audit>/checkpoints/<segment>.jsonl       checkpoints made while a segment was written
    <audit>-checkpoints/<segment>.jsonl       the same again: to be mounted or copied elsewhere

A chain belongs to one process at a time; the next process continues it with a segment of its own.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)-c([1-9]\d*)-(\d{6,})\.jsonl")


@dataclass(frozen=True, slots=True, order=True)
class SegmentName:
    """A segment: `number` counts from 1 within its chain, `day` is written like 2026-11-22."""

    chain: int
    number: int
    day: str

    def __str__(self) -> str:
        return f"{self.day}-c{self.chain}-{self.number:06d}.jsonl"

    @classmethod
    def parse(cls, text: str) -> "SegmentName | None":
        """The segment that a file's name says; None if it is another file."""
        match = _NAME.fullmatch(text)
        return None if match is None else cls(int(match[2]), int(match[3]), match[1])


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of a log."""

    log: Path
    elsewhere: Path

    @classmethod
    def of(cls, log: str | Path, elsewhere: str | Path | None = None) -> "Places":
        """The folders of the log in `log`; by default checkpoints go beside it as well."""
        log = Path(log)
        return cls(log, Path(elsewhere) if elsewhere is not None else log.with_name(f"{log.name}-checkpoints"))

    @property
    def checkpoints(self) -> tuple[Path, Path]:
        """The folders that checkpoints are written to."""
        return self.log / "checkpoints", self.elsewhere

    def make(self) -> None:
        """Make what is missing, for the owner only. Raises OSError."""
        for folder in (self.log, *self.checkpoints):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def lock(self, chain: int) -> Path:
        """The file that the writer of a chain holds."""
        return self.log / f"c{chain}.lock"


def segments_in(folder: Path) -> Sequence[SegmentName]:
    """The segments that have a file in a folder, by chain and number."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return ()
    return sorted(found for name in names if (found := SegmentName.parse(name)))
