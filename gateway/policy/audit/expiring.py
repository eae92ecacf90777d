"""Details whose time is over are removed; the entries stay, and the chain stays what it was.

The removal is an entry itself, written and signed before anything is removed. A segment is
written anew beside itself and takes its name when it is on the disk: a crash leaves one or the
other. The last segment of a chain is left alone while a process writes it.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from gateway.policy.audit.chain import Chain
from gateway.policy.audit.lines import line, split
from gateway.policy.audit.places import Places, SegmentName, segments_in
from gateway.policy.audit.segments import sync_folder
from gateway.policy.audit.signing import open_signer
from gateway.policy.audit.verifying import is_open


@dataclass(frozen=True, slots=True)
class Expiry:
    """What an expiry removed: details of so many entries, in these files."""

    entries: int
    files: tuple[str, ...]


def expire(places: Places, older: timedelta | None = None) -> Expiry:
    """Remove details whose agreement's time is over, and where no time was agreed on, those `older`.

    Raises OSError, `BadKey`, and ValueError for a damaged line: verify first, then expire.
    """
    now = datetime.now(UTC)
    cutoff = None if older is None else now - older
    due = {name: found for name in _closed(places) if (found := _due(places.log / str(name), now, cutoff))}
    expiry = Expiry(sum(due.values()), tuple(map(str, due)))
    if due:
        chain = Chain.claim(places, open_signer(places.log))
        try:
            chain.append("expired", {"when": now, "cutoff": cutoff, "entries": expiry.entries, "files": expiry.files})
        finally:
            chain.close()
        for name in due:
            _rewrite(places.log, name, now, cutoff)
    return expiry


def _closed(places: Places) -> list[SegmentName]:
    names = segments_in(places.log)
    last = {name.chain: name for name in names}
    return [name for name in names if name != last[name.chain] or not is_open(places, name.chain)]


def _due(file: Path, now: datetime, cutoff: datetime | None) -> int:
    with file.open("rb") as opened:
        return sum(_kept(text, now, cutoff) is not text for text in opened)


def _kept(text: bytes, now: datetime, cutoff: datetime | None) -> bytes:
    """A line as it stays: itself, or without its details. Raises ValueError."""
    if not text.endswith(b"\n"):
        return text
    part, details = split(text[:-1])
    if details is None:
        return text
    entry = orjson.loads(part)
    if entry["until"] is not None:
        over = datetime.fromisoformat(entry["until"]) <= now
    else:
        over = cutoff is not None and datetime.fromisoformat(entry["when"]) < cutoff
    return line(part, None) if over else text


def _rewrite(folder: Path, name: SegmentName, now: datetime, cutoff: datetime | None) -> None:
    draft = folder / f".{name}.draft"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with (folder / str(name)).open("rb") as old, os.fdopen(handle, "wb") as new:
        new.writelines(_kept(text, now, cutoff) for text in old)
        new.flush()
        os.fsync(handle)
    os.replace(draft, folder / str(name))
    sync_folder(folder)
