"""What a verification says: where the log is not what was written, and how far it is proven."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["lost file", "gap", "edit", "truncation", "details", "order", "unreadable", "checkpoint", "key"]
"""`order`: a line that was put in or moved. `details`: edited, or removed before their time."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in which file of the log, at which line (from 1) if at one."""

    kind: Kind
    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.kind}: {self.text}"


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far a chain goes: entries, those with details gone in time, the last one that is signed.

    `open` is whether a process writes it now, `unfinished` how many bytes follow its last entry.
    """

    chain: int
    segments: int
    last: int
    expired: int
    signed: int
    signed_at: str | None
    open: bool
    unfinished: int


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome for a whole log; `entries` is the number of lines that were read."""

    log: str
    entries: int
    chains: Sequence[ChainState]
    findings: Sequence[Finding]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings
