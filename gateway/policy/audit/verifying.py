"""Whether a log is what was written: every chain walked, its checkpoints in both places compared.

Found and located: an edited entry or detail, a gap, a truncation, a lost file, a line put in, a
chain written anew. Not found: the loss of entries that no checkpoint names yet (the last second
before a crash), and whatever somebody does who has the signing key AND the second place.
"""

import fcntl
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from gateway.policy.audit import checkpoints
from gateway.policy.audit.checkpoints import Checkpoint, is_signed
from gateway.policy.audit.findings import ChainState, Finding, Verification
from gateway.policy.audit.lines import split
from gateway.policy.audit.places import Places, SegmentName, segments_in
from gateway.policy.audit.signing import BadKey, PublicKey, published
from gateway.policy.audit.walking import Walk

_EXPIRED = b'"kind":"expired"'


def verify(places: Places, key: PublicKey | None = None) -> Verification:
    """Verify a log. `key` is its public key as it was noted down elsewhere; else the one beside it.

    Safe while a gateway writes. Raises `BadKey` if there is no key to verify by, OSError.
    """
    here, there = published(places.log), published(places.elsewhere)
    key = key or there or here
    if key is None:
        raise BadKey(f"there is no audit log in {places.log}: it has no signing.pub")
    findings = [
        Finding("key", f"{folder.name}/signing.pub", None, f"is not the key of this log, {key.name}")
        for folder, found in ((places.log, here), (places.elsewhere, there))
        if found is not None and found != key
    ]
    # Checkpoints first: what a gateway writes meanwhile must not look like a loss.
    noted = {name for folder in places.checkpoints for name in segments_in(folder)}
    signed = {name: _signed(places, name, key, findings) for name in sorted(noted)}
    names = segments_in(places.log)
    now, cutoff = datetime.now(UTC), _cutoff(places.log, names)
    states, entries = [], 0
    for chain in sorted({name.chain for name in (*names, *noted)}):
        walk = Walk(key.name, now, cutoff)
        mine = [name for name in names if name.chain == chain]
        ours = {name: found for name, found in signed.items() if name.chain == chain}
        _walk(walk, places, mine, ours)
        findings += walk.findings
        entries += walk.entries
        states.append(_state(places, chain, len(mine), walk, ours))
    return Verification(key.name, entries, states, findings)


def _walk(
    walk: Walk, places: Places, names: Sequence[SegmentName], signed: Mapping[SegmentName, Mapping[int, Checkpoint]]
) -> None:
    """Walk the files of a chain, the missing ones among them."""
    former: SegmentName | None = None
    for name in sorted({*names, *signed}):
        _report_missing(walk, former, name)
        if name in names:
            same = former is not None and former.number == name.number - 1
            walk.segment(places.log, name, signed.get(name, {}), str(former) if same else None)
        else:
            furthest = signed[name][max(signed[name])] if signed[name] else None
            until = f" with entries up to {furthest.number}" if furthest else ""
            walk.missing_file(str(name), f"the file is gone{until}; its checkpoints are there")
            if furthest and furthest.number > walk.last:
                walk.skip_to(furthest.number, furthest.head)
        former = name


def _report_missing(walk: Walk, former: SegmentName | None, name: SegmentName) -> None:
    expected = former.number + 1 if former else 1
    if name.number > expected:
        last = f" to {name.number - 1}" if name.number - 1 > expected else ""
        walk.missing_file(str(name), f"segment {expected}{last} of chain {name.chain} before this one: gone")
    elif name.number < expected:
        walk.missing_file(str(name), f"there are two files for segment {name.number} of chain {name.chain}")


def _signed(places: Places, name: SegmentName, key: PublicKey, findings: list[Finding]) -> Mapping[int, Checkpoint]:
    """The checkpoints of a segment by number, from both places; each is verified once."""
    found: dict[int, Checkpoint] = {}
    for folder in places.checkpoints:
        file = f"{folder.name}/{name}"
        last: tuple[int, Checkpoint] | None = None
        for line, each in checkpoints.read(folder / str(name)):
            if each is None or each.chain != name.chain:
                findings.append(Finding("checkpoint", file, line, "this is no checkpoint of its chain"))
                continue
            known = found.get(each.number)
            if known is not None and known.note == each.note:
                last = (line, each)
                continue
            if not is_signed(each, key):
                findings.append(Finding("checkpoint", file, line, "this checkpoint is not signed by the log's key"))
                continue
            if known is not None and known.head != each.head:
                text = f"two signed checkpoints say different things of entry {each.number}: there are two logs"
                findings.append(Finding("checkpoint", file, line, text))
            found[each.number] = each
            last = (line, each)
        if last is None and (folder / str(name)).exists():
            findings.append(Finding("checkpoint", file, None, "no checkpoint of this file holds"))
    return found


def _cutoff(folder: Path, names: Iterable[SegmentName]) -> datetime | None:
    """The latest moment up to which an expiry was recorded."""
    found: list[datetime] = []
    for name in names:
        with (folder / str(name)).open("rb") as opened:
            found += [cutoff for text in opened if _EXPIRED in text and (cutoff := _cutoff_of(text))]
    return max(found, default=None)


def _cutoff_of(text: bytes) -> datetime | None:
    try:
        entry: dict[str, Any] = orjson.loads(split(text.rstrip(b"\n"))[0])
        return datetime.fromisoformat(entry["cutoff"]) if entry["kind"] == "expired" else None
    except (ValueError, KeyError, TypeError):
        return None


def _state(
    places: Places, chain: int, segments: int, walk: Walk, signed: Mapping[SegmentName, Mapping[int, Checkpoint]]
) -> ChainState:
    every = [each for found in signed.values() for each in found.values()]
    last = max(every, key=lambda each: each.number, default=None)
    return ChainState(
        chain=chain,
        segments=segments,
        last=walk.last,
        expired=walk.expired,
        signed=last.number if last else 0,
        signed_at=last.at if last else None,
        open=is_open(places, chain),
        unfinished=walk.unfinished,
    )


def is_open(places: Places, chain: int) -> bool:
    """Whether a process holds a chain."""
    try:
        lock = os.open(places.lock(chain), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
