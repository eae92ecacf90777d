"""How much of a source is looked at, and what is said where it can't be."""

from dataclasses import dataclass


class Unseen(Exception):
    """A source that can't be looked at; one line that names the fix and no part of a credential."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """At most so many rows of a table, tables of a source, bytes of a file or answer, and seconds
    for the whole look."""

    rows: int = 20_000
    tables: int = 50
    bytes: int = 64 << 20
    seconds: float = 60.0
