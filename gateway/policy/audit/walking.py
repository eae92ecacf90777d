"""One chain walked from its first entry to its last: each must hold the hash of the one before."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from gateway.policy.audit.checkpoints import Checkpoint
from gateway.policy.audit.findings import Finding, Kind
from gateway.policy.audit.lines import START, hashed, split
from gateway.policy.audit.places import SegmentName


class Walk:
    """Where a verification stands in a chain, and what it found.

    `now` and `cutoff` say whose details may be gone: entries whose time is over, and those without
    a time that are older than the `cutoff` of a recorded expiry.
    """

    def __init__(self, log: str, now: datetime, cutoff: datetime | None) -> None:
        self.findings: list[Finding] = []
        self.last = 0
        self.entries = 0
        self.expired = 0
        self.unfinished = 0
        self._head: str | None = START
        """The hash of the last entry; None where it is not known, because a line can't be read."""
        self._log = log
        self._now = now
        self._cutoff = cutoff
        self._place = ("", 0)
        self._agreed = 0
        self._rewritten = False

    def missing_file(self, file: str, text: str) -> None:
        """A file that should be there; what it held is not a gap of its own."""
        self.findings.append(Finding("lost file", file, None, text))

    def skip_to(self, number: int, head: str) -> None:
        """Go on after entries that were reported as lost."""
        self.last, self._head = number, head

    def segment(self, folder: Path, name: SegmentName, signed: Mapping[int, Checkpoint], former: str | None) -> None:
        """Walk a segment; `signed` are its checkpoints by number, `former` is the file before it."""
        file = str(name)
        number, text = 0, b""
        before = self.unfinished
        self.unfinished = 0
        with (folder / file).open("rb") as opened:
            for number, text in enumerate(opened, 1):
                if not text.endswith(b"\n"):
                    self.unfinished = len(text)
                    break
                entry = self._line(file, number, text[:-1], signed)
                if number == 1:
                    self._header(file, entry, former, before)
        furthest = max(signed, default=0)
        if furthest > self.last:
            self._cut(file, number, signed[furthest])

    def _line(self, file: str, line: int, text: bytes, signed: Mapping[int, Checkpoint]) -> Mapping[str, Any] | None:
        self.entries += 1
        try:
            part, details = split(text)
            entry: dict[str, Any] = orjson.loads(part)
            number, before = int(entry["n"]), str(entry["before"])
        except (ValueError, KeyError, TypeError):
            self._found("unreadable", file, line, "this is no line of the log: it was edited")
            self.last, self._head = self.last + 1, None
            return None
        if number <= self.last:
            self._found("order", file, line, f"entry {number} comes after entry {self.last}: it was put in or moved")
            return entry
        if number > self.last + 1:
            self._found("gap", file, line, f"{_range(self.last + 1, number - 1)} missing before this line")
        elif self._head is not None and before != self._head:
            self._found("edit", *self._place, f"entry {number - 1} is not the one that entry {number} was chained to")
        head = hashed(part)
        self.last, self._head, self._place = number, head, (file, line)
        self._details(file, line, entry, details)
        if number in signed:
            self._signed(file, line, number, head, signed[number])
        return entry

    def _details(self, file: str, line: int, entry: Mapping[str, Any], details: bytes | None) -> None:
        sealed = entry.get("sealed")
        if details is not None:
            if sealed != hashed(details):
                self._found("details", file, line, f"the details of entry {entry['n']} were edited")
        elif sealed is not None:
            until = entry.get("until")
            self.expired += 1
            if not self._over(str(entry.get("when")), until):
                kept = f"are kept until {until}" if until else "have no recorded expiry"
                self._found("details", file, line, f"the details of entry {entry['n']} were removed; they {kept}")

    def _over(self, when: str, until: str | None) -> bool:
        try:
            if until is not None:
                return datetime.fromisoformat(until) <= self._now
            return self._cutoff is not None and datetime.fromisoformat(when) < self._cutoff
        except (ValueError, TypeError):
            return False

    def _signed(self, file: str, line: int, number: int, head: str, checkpoint: Checkpoint) -> None:
        if head == checkpoint.head:
            self._agreed = number
        elif not self._rewritten:
            self._rewritten = True
            lost = _range(self._agreed + 1, number)
            text = f"{lost} not those of the checkpoint of {checkpoint.at}: written anew"
            self._found("edit", file, line, text)

    def _header(self, file: str, entry: Mapping[str, Any] | None, former: str | None, unfinished: int) -> None:
        if entry is None:
            return
        told = (entry.get("kind"), entry.get("segment"), entry.get("log"))
        if told != ("opened", file, self._log):
            self._found("edit", file, 1, "the first line does not say which segment of this log it opens")
        elif former is not None and (entry.get("former"), entry.get("unfinished")) != (former, unfinished):
            text = f"{former} does not end as it did when this segment was opened"
            self._found("edit", file, 1, text)

    def _cut(self, file: str, line: int, checkpoint: Checkpoint) -> None:
        lost = _range(self.last + 1, checkpoint.number)
        text = f"{lost} missing after this line; the checkpoint of {checkpoint.at} names them"
        self._found("truncation", file, line, text)
        self.skip_to(checkpoint.number, checkpoint.head)

    def _found(self, kind: Kind, file: str, line: int | None, text: str) -> None:
        self.findings.append(Finding(kind, file, line, text))


def _range(first: int, last: int) -> str:
    return f"entry {first} is" if first == last else f"entries {first} to {last} are"
