"""The pairs that weights are learnt from, and the parts of files that they are measured on.

A file of labelled pairs holds only rows that have a counterpart. Real lists don't: so what a row's
neighbours say is learnt from thinned files, of which half the rows of either side are left out.
"""

import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from rich.console import Console

from bench.identity.fitting import Pattern, pattern
from gateway.evaluation.grammar import MapFile
from gateway.evaluation.linking import Candidates, findings
from gateway.evaluation.rows import Row
from resolvers.identity.matching.businesses import Business
from resolvers.identity.matching.model import Findings
from resolvers.identity.matching.neighbours import surrounded

FOLDS = 5
AT_RANDOM = 2
"""Pairs drawn at random for each true one, so that a field knows what strangers look like."""
THINNED = 4
"""How often a file is thinned, each time anew."""


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
    """Every pair that has no veto, without those that can't be told from a true one. What is at the
    same address is not looked at: who asks rarely knows it."""
    found = replace(found, records=(_blind(found.records[0]), _blind(found.records[1])))
    compared = sum(found.true(a, b) for a, b in found.pairs)
    Console().print(f"{name}: {len(found.pairs):,} pairs compared, {compared:,} true of {found.truth():,}")
    return _pairs(name, described, found)


def thinned_pairs(name: str, described: MapFile, found: Candidates) -> list[Pair]:
    """The same of half of each side's rows, with what is at the same address; none where that can't be
    known: a list that has a business in several rows can't say how many are there."""
    if not (described.single and described.kind == "business"):
        return []
    parts = [_kept(found, partial(_drawn, salt)) for salt in range(THINNED)]
    return [pair for part in parts for pair in _pairs(name, described, _surrounded(part))]


def _drawn(salt: int, row: Row, side: int) -> bool:
    return _digit(f"{salt} {side} {row.entity}", 1) % 2 == 0


def half_of(described: MapFile, found: Candidates, half: int) -> Candidates:
    """The candidates of half of the entities."""
    kept = _kept(found, lambda row, _: _digit(row.entity, 1) % 2 == half)
    return _surrounded(kept) if described.single and described.kind == "business" else kept


def _kept(found: Candidates, keep: Callable[[Row, int], bool]) -> Candidates:
    """The candidates of some rows."""
    sides = (found.left, found.right)
    kept = [[at for at, row in enumerate(rows) if keep(row, side)] for side, rows in enumerate(sides)]
    new = [{at: number for number, at in enumerate(each)} for each in kept]
    rows = [[side[at] for at in each] for side, each in zip(sides, kept, strict=True)]
    records = [[side[at] for at in each] for side, each in zip(found.records, kept, strict=True)]
    pairs = {(new[0][a], new[1][b]) for a, b in found.pairs if a in new[0] and b in new[1]}
    return replace(found, left=rows[0], right=rows[1], records=(records[0], records[1]), pairs=pairs)


def _surrounded(found: Candidates) -> Candidates:
    sides = zip((found.left, found.right), found.records, strict=True)
    left, right = (surrounded(records, [row.within for row in rows]) for rows, records in sides)
    return replace(found, records=(left, right))


def _blind(records: Iterable[Any]) -> list[Any]:
    return [replace(each, others=None) if isinstance(each, Business) else each for each in records]


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
