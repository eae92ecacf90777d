"""The pairs that weights are learnt from, and the parts of files that they are measured on."""

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rich.console import Console

from bench.identity.fitting import Pattern, pattern
from gateway.evaluation.grammar import MapFile
from gateway.evaluation.linking import Candidates, findings
from resolvers.identity.matching.model import Findings

FOLDS = 5
AT_RANDOM = 2
"""Pairs drawn at random for each true one, so that a field knows what strangers look like."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A compared pair of a source; `size` is the length of the list in which its right row is, and `rival`
    its left row where that has one counterpart at most. `strangers` were drawn at random; `doubtful` ones are
    no MATCH whatever they weigh. `half` is that of both entities, None where they are in different ones."""

    fold: int
    source: str
    size: int
    pattern: Pattern
    true: bool
    rival: tuple[str, int] | None
    strangers: bool
    doubtful: bool
    half: int | None


def pairs_of(name: str, described: MapFile, found: Candidates) -> list[Pair]:
    """Every pair that has no veto, without those that can't be told from a true one."""
    compared = sum(found.true(a, b) for a, b in found.pairs)
    Console().print(f"{name}: {len(found.pairs):,} pairs compared, {compared:,} true of {found.truth():,}")
    return _pairs(name, described, found)


def half_of(found: Candidates, half: int) -> Candidates:
    """The candidates of half of the entities."""
    sides = (found.left, found.right)
    kept = [[at for at, row in enumerate(rows) if _digit(row.entity, 1) % 2 == half] for rows in sides]
    new = [{at: number for number, at in enumerate(each)} for each in kept]
    rows = [[side[at] for at in each] for side, each in zip(sides, kept, strict=True)]
    records = [[side[at] for at in each] for side, each in zip(found.records, kept, strict=True)]
    pairs = {(new[0][a], new[1][b]) for a, b in found.pairs if a in new[0] and b in new[1]}
    return replace(found, left=rows[0], right=rows[1], records=(records[0], records[1]), pairs=pairs)


def _pairs(name: str, described: MapFile, found: Candidates) -> list[Pair]:
    out: list[Pair] = []
    told: dict[int, set[Pattern]] = defaultdict(set)
    compared = ((a, b, each) for a, b, each in _compared(found) if not each.vetoes)
    seen = [(a, b, pattern(each.levels), bool(each.doubts), found.true(a, b)) for a, b, each in compared]
    for a, _, key, _, true in seen:
        if true and described.single:
            told[a].add(key)
    for a, b, key, doubtful, true in seen:
        if true or key not in told[a]:
            rival = (name, a) if described.single else None
            one, other = (_digit(row.entity, 1) % 2 for row in (found.left[a], found.right[b]))
            half = one if one == other else None
            strangers = (a, b) not in found.pairs
            out.append(
                Pair(_fold(name, found, a, b), name, len(found.right), key, true, rival, strangers, doubtful, half)
            )
    return out


def _compared(found: Candidates) -> Iterable[tuple[int, int, Findings]]:
    yield from findings(found)
    chance = random.Random(1)
    for _ in range(AT_RANDOM * sum(found.true(a, b) for a, b in found.pairs)):
        a, b = chance.randrange(len(found.left)), chance.randrange(len(found.right))
        if not found.true(a, b) and (a, b) not in found.pairs and found.left[a].within == found.right[b].within:
            yield a, b, found.compare(found.records[0][a], found.records[1][b])


def _fold(name: str, found: Candidates, a: int, b: int) -> int:
    return _digit(f"{name} {min(found.left[a].entity, found.right[b].entity)}", 0) % FOLDS


def _digit(text: str, at: int) -> int:
    """A number below 256 that a text always has."""
    return hashlib.blake2b(text.encode(), digest_size=2).digest()[at]
