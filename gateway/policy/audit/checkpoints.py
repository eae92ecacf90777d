"""Checkpoints: signed notes of how far a chain goes and what its last entry is.

The text of a note: the chain's name (`<log>/c1`), the number of its last entry, that entry's hash
(base64), and when it was signed. A file holds one note a line, `{"note":"…"}`. They lie in two
places: who can cut the log off has to reach the other place too. An entry is on the disk before a
checkpoint names it, so a checkpoint that goes further than its chain is always a loss.
"""

import base64
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from gateway.policy.audit.places import Places, SegmentName, segments_in
from gateway.policy.audit.signing import BadNote, PublicKey, Signer


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A chain's last entry at a moment. `note` is what was signed."""

    log: str
    chain: int
    number: int
    head: str
    at: str
    note: str

    @classmethod
    def of(cls, note: str) -> "Checkpoint":
        """What a note says; whether it is signed is another question. Raises `BadNote`."""
        try:
            origin, number, head, at = note.partition("\n\n")[0].split("\n")
            log, _, chain = origin.rpartition("/c")
            return cls(log, int(chain), int(number), base64.b64decode(head, validate=True).hex(), at, note)
        except ValueError:
            raise BadNote("can't be read as a checkpoint") from None


def sign(signer: Signer, chain: int, number: int, head: str) -> Checkpoint:
    """A checkpoint of now."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    coded = base64.b64encode(bytes.fromhex(head)).decode()
    note = signer.note(f"{signer.public.name}/c{chain}\n{number}\n{coded}\n{at}\n")
    return Checkpoint(signer.public.name, chain, number, head, at, note)


def append(folder: Path, segment: SegmentName, checkpoint: Checkpoint) -> None:
    """Write a checkpoint to a folder, and wait until it is on the disk. Raises OSError."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    file = os.open(folder / str(segment), flags, 0o600)
    try:
        os.write(file, orjson.dumps({"note": checkpoint.note}) + b"\n")
        os.fsync(file)
    finally:
        os.close(file)


def read(file: Path) -> Iterator[tuple[int, Checkpoint | None]]:
    """The checkpoints of a file with their lines; None for a line that is none. Nothing if there is no file.

    An unfinished last line is left out: its process ended while it wrote.
    """
    try:
        opened = file.open("rb")
    except FileNotFoundError:
        return
    with opened:
        for number, text in enumerate(opened, 1):
            if text.endswith(b"\n"):
                yield number, _parsed(text)


def _parsed(text: bytes) -> Checkpoint | None:
    try:
        return Checkpoint.of(orjson.loads(text)["note"])
    except (ValueError, KeyError, TypeError, AttributeError, BadNote):
        return None


def latest(places: Places, chain: int, key: PublicKey) -> Checkpoint | None:
    """The furthest checkpoint of a chain in either place that is signed. Raises OSError."""
    found: list[Checkpoint] = []
    for folder in places.checkpoints:
        names = [name for name in segments_in(folder) if name.chain == chain]
        for name in reversed(names):
            signed = [each for _, each in read(folder / str(name)) if each and each.chain == chain]
            best = next((each for each in reversed(signed) if is_signed(each, key)), None)
            if best:
                found.append(best)
                break
    return max(found, key=lambda each: each.number, default=None)


def is_signed(checkpoint: Checkpoint, key: PublicKey) -> bool:
    """Whether the key signed it, for its own log."""
    try:
        key.text_of(checkpoint.note)
    except BadNote:
        return False
    return checkpoint.log == key.name
