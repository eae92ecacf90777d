"""Segments: the files of a chain, appended to by one process and never written again after it.

Only `expiring` writes a segment anew, without details whose time is over.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from gateway.policy.audit.lines import hashed, split
from gateway.policy.audit.places import SegmentName

_BLOCK = 1 << 16


class Segment:
    """A new segment, open for appending. Raises OSError."""

    def __init__(self, folder: Path, name: SegmentName) -> None:
        self.name = name
        self.size = 0
        self.fields: dict[tuple[str, ...], int] = {}
        """The numbers of its entries that tell fields."""
        self.broken = False
        """Whether it can't be trusted any more: a part of a line is left, or an fsync failed."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._file = os.open(folder / str(name), flags, 0o600)

    def append(self, text: bytes) -> None:
        """Hand a line to the operating system, whole or not at all: it outlives this process.

        Raises OSError; what was written of the line by then is taken back.
        """
        try:
            written = os.write(self._file, text)
            if written < len(text):
                # The rest says why: the disk is full, or a limit is reached.
                written += os.write(self._file, text[written:])
            if written < len(text):
                raise OSError("only a part of the line was written")
        except OSError:
            self._take_back()
            raise
        self.size += len(text)

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._file, self.size)
        except OSError:
            self.broken = True

    def sync(self) -> None:
        """Wait until everything is on the disk. Raises OSError.

        After a failure the system may have dropped what it could not write, and a second fsync
        would say that all is well: the segment is broken, and another one follows.
        """
        try:
            os.fsync(self._file)
        except OSError:
            self.broken = True
            raise

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            os.close(self._file)


@dataclass(frozen=True, slots=True)
class Tail:
    """How a segment ends: the number and hash of its last whole entry, and bytes of an unfinished one."""

    number: int
    head: str
    unfinished: int


def tail_of(file: Path) -> Tail:
    """How a segment ends; number 0 if no entry of it is whole. Raises OSError."""
    with file.open("rb") as opened:
        start = opened.seek(0, os.SEEK_END)
        text = b""
        while start and text.count(b"\n") < 2:
            step = min(_BLOCK, start)
            start = opened.seek(start - step)
            text = opened.read(step) + text
    whole, _, unfinished = text.rpartition(b"\n")
    last = whole.rpartition(b"\n")[2]
    try:
        entry = split(last)[0]
        return Tail(int(orjson.loads(entry)["n"]), hashed(entry), len(unfinished))
    except (ValueError, KeyError, TypeError):
        return Tail(0, "", len(unfinished))


def sync_folder(folder: Path) -> None:
    """Wait until the names of new files are on the disk. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
