"""Every pair of a map's rows that is worth comparing, judged."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from gateway.evaluation.figures import Figures, Judged, Rate, figures
from gateway.evaluation.grammar import MapFile, Side
from gateway.evaluation.notes import unread, untrue
from gateway.evaluation.pairs import Pairs, business_keys, pairs_between, pairs_within, person_keys
from gateway.evaluation.rows import Row, named, record, rows
from resolvers.identity.matching import businesses, persons
from resolvers.identity.matching.clusters import closed, over_a_third
from resolvers.identity.matching.frequency import counted
from resolvers.identity.matching.model import Findings, Match, Model
from resolvers.identity.matching.one_to_one import together
from resolvers.identity.matching.persons import Person

Step = Callable[[str, int, int], None]
Verdict = tuple[int, int, Match]
"""A left row, a right row, and what is said of the pair."""

_STEP = 20_000
_SURE = 0.999
"""The confidence of both lists together from which on no rival makes a MATCH doubtful."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows with their records, the pairs to compare, and how: `left` is `right` where a file is
    compared with itself."""

    left: Sequence[Row]
    right: Sequence[Row]
    records: tuple[Sequence[Any], Sequence[Any]]
    pairs: Pairs
    compare: Callable[[Any, Any], Findings]
    alone: bool

    def true(self, a: int, b: int) -> bool:
        """Whether two rows are of one entity."""
        return self.left[a].entity == self.right[b].entity

    def truth(self) -> int:
        """How many true pairs there are, compared or not."""
        if self.alone:
            groups = Counter((row.entity, row.within) for row in self.left)
            same = Counter((row.entity, row.within, row.apart) for row in self.left if row.apart)
            return sum(n * (n - 1) // 2 for n in groups.values()) - sum(n * (n - 1) // 2 for n in same.values())
        there: dict[tuple[Any, ...], Counter[tuple[str, ...]]] = defaultdict(Counter)
        for row in self.right:
            there[row.entity, row.within][row.apart] += 1
        return sum(
            sum(n for apart, n in there[row.entity, row.within].items() if not apart or apart != row.apart)
            for row in self.left
            if (row.entity, row.within) in there
        )


def candidates(model: MapFile, folder: Path) -> Candidates:
    """The pairs of a map. Raises `Unreadable`."""
    left = _told(model.left, model, folder)
    first = [record(row.cells, model.left.columns, model) for row in left]
    keys = business_keys if model.kind == "business" else person_keys
    if model.right is None:
        return Candidates(left, left, (first, first), pairs_within(left, first, keys), _comparison(first), True)
    right = _told(model.right, model, folder)
    second = [record(row.cells, model.right.columns, model) for row in right]
    pairs = pairs_between(left, right, (first, second), keys)
    return Candidates(left, right, (first, second), pairs, _comparison([*first, *second]), False)


def _told(side: Side, model: MapFile, folder: Path) -> list[Row]:
    """The rows that say something: one whose compared columns are all empty is nobody's record there."""
    return [row for row in rows(side, model, folder) if any(row.cells[column] for column in named(side.columns))]


def _comparison(records: Sequence[Any]) -> Callable[[Any, Any], Findings]:
    """How records of one kind are compared; how common a person's name is, these rows say."""
    people = [each for each in records if isinstance(each, Person)]
    if not people:
        return businesses.compare
    return partial(
        persons.compare,
        given_names=counted(each.given[0] for each in people if each.given),
        family_names=counted(word for each in people for word in each.family),
        places=counted(each.place for each in people if each.place),
        occupations=counted(each.occupation for each in people if each.occupation),
    )


def findings(found: Candidates, step: Step | None = None) -> Iterator[tuple[int, int, Findings]]:
    """What the fields of every pair say."""
    for done, (a, b) in enumerate(sorted(found.pairs)):
        if step and done % _STEP == 0:
            step("comparing", done, len(found.pairs))
        yield a, b, found.compare(found.records[0][a], found.records[1][b])


def link(model: MapFile, folder: Path, weights: Model, step: Step | None = None) -> Figures:
    """Figures over the rows of a map. Raises `Unreadable`."""
    found = candidates(model, folder)
    sides = [(model.left, found.left, found.records[0])]
    if model.right is not None:
        sides.append((model.right, found.right, found.records[1]))
    said = [note for side in sides for note in unread(*side, model)]
    if not found.truth():
        said += untrue(found.left, found.right, model)
    return replace(measured(found, weights.among(len(found.right)), model.single, step), notes=tuple(said))


def measured(found: Candidates, weights: Model, single: bool, step: Step | None = None) -> Figures:
    """Figures over candidates; `single` where a row has one counterpart at most."""
    return told(found, verdicts(found, weights, single, step))


def told(found: Candidates, judged: Sequence[Verdict]) -> Figures:
    """Figures over all pairs of candidates."""
    sample = [Judged(match.confidence, match.state, found.true(a, b)) for a, b, match in judged]
    return figures(sample, found.truth(), _closed(found, judged) if found.alone else None)


def drawn(found: Candidates, judged: Sequence[Verdict], negatives: int, seed: int = 0) -> Figures:
    """Figures over the true pairs and so many others of each left row at most, drawn at random: for files
    of true pairs, whose strangers are to be drawn. Confidences are as judged beside all rivals."""
    chance, strangers, sample = random.Random(seed), defaultdict[int, list[Judged]](list), list[Judged]()
    for a, b, match in judged:
        pair = Judged(match.confidence, match.state, found.true(a, b))
        (sample if pair.true else strangers[a]).append(pair)
    for others in strangers.values():
        sample += chance.sample(others, min(negatives, len(others)))
    return figures(sample, found.truth(), None)


def verdicts(found: Candidates, weights: Model, single: bool, step: Step | None = None) -> list[Verdict]:
    """What is said of every pair of candidates."""
    judged = [(a, b, weights.judge(levels)) for a, b, levels in findings(found, step)]
    if single:
        judged = _standing_out(judged, weights, (len(found.left), len(found.right)))
    elif found.alone and weights.kind == "business":
        sure = over_a_third({(a, b): match.confidence for a, b, match in judged})
        judged = [(a, b, replace(match, confidence=sure[a, b])) for a, b, match in judged]
    return judged


def _standing_out(judged: list[Verdict], weights: Model, lengths: tuple[int, int]) -> list[Verdict]:
    """A MATCH stands out from the other candidates of its left row, and of its right row, unless those are
    surely another's; confidence is that of both lists together."""
    sure = together({(a, b): match.confidence for a, b, match in judged}, lengths)
    decided = judged
    for side in (0, 1):
        by_row: dict[int, list[Verdict]] = defaultdict(list)
        for each in decided:
            by_row[each[1] if side else each[0]].append(each)
        decided = []
        for group in by_row.values():
            matches = weights.decide([match for _, _, match in group])
            decided.extend((a, b, match) for (a, b, _), match in zip(group, matches, strict=True))
    alone = {(a, b): match for a, b, match in judged if match.state == "MATCH" and sure[a, b] >= _SURE}
    return [(a, b, replace(alone.get((a, b), match), confidence=sure[a, b])) for a, b, match in decided]


def _closed(found: Candidates, judged: Sequence[Verdict]) -> Rate:
    """Pairs of one cluster, closed over MATCH edges and kept apart by what was judged no."""
    edges = [(a, b, match.weight) for a, b, match in judged if match.state == "MATCH"]
    apart = {(a, b) for a, b, match in judged if match.state is None}
    answered = right = 0
    for members in closed(edges, apart):
        counts = Counter(found.left[at].entity for at in members)
        answered += len(members) * (len(members) - 1) // 2
        right += sum(n * (n - 1) // 2 for n in counts.values())
    return Rate(answered, right, found.truth())
