"""What of a run for several requests is whose: each one's own entities, and what was asked for them."""

import time
from collections import ChainMap, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from gateway.engine.frames import Frame
from gateway.engine.pages import records_of
from gateway.engine.plan import InsidePlan, Place
from gateway.engine.run import Batch, EntityValue, Run, Share
from gateway.engine.selection import Selected
from gateway.engine.values import Failure, Page, RecordValue
from resolvers.provenance import Existence, State

SPOILT = frozenset({"REJECTED", "MALFORMED", "INTERNAL"})
"""How calls end that one key may have spoilt for all: whoever asked by others may be answered alone."""

APART = 60.0
"""Seconds for which requests travel alone after one of them spoilt a call of all."""


class Parting:
    """What of a convoy's run is whose, when it is done."""

    def __init__(self, convoy: Run) -> None:
        self._convoy = convoy
        self._root = convoy.plan.roots[0].selected.number, None
        self._frames = frames = {id(frame): frame for frame in convoy.frames.values()}
        shares: dict[int, list[Share]] = defaultdict(list)
        self._everybody = [*convoy.calls.entries]  # what was asked for all of them together
        for share in convoy.shares or ():
            if id(share.frame) in frames:
                shares[id(share.frame)].append(share)
            else:
                self._everybody.append(_call(share, share.asked))
        self._portions = {frame: _Portions(frames[frame], mine) for frame, mine in shares.items()}

    def part(self, member: Run, output: object) -> bool:
        """Make a member's run what it would be if it had been alone; whether that can be told."""
        if isinstance(output, Failure) and output.code == "NOT_FOUND":
            return False  # not everybody was asked
        convoy = self._convoy
        mine = reached(convoy, output) if isinstance(output, EntityValue) else {}
        if any(self._open(self._frames[frame], indices) for frame, indices in mine.items()):
            return False
        if self._spoilt(mine):
            convoy.plan.alone_until = time.monotonic() + APART
            return False
        member.frames, member.replaced, member.reached = convoy.frames, convoy.replaced, mine
        member.outputs = ChainMap({self._root: output}, convoy.outputs)
        member.calls.entries += self._everybody
        member.calls.lasting(convoy.calls.since, convoy.calls.until)
        for frame, indices in mine.items():
            if frame in self._portions:
                member.calls.parts += self._portions[frame].of(indices)
        return True

    def _open(self, frame: Batch, indices: Sequence[int]) -> bool:
        """Whether more is to be found out about some of a member's entities: whether they exist, of which not
        everybody was asked; or by which of its numbers, old and new, a member asked for one."""
        existence, replaced = frame.existence, self._convoy.replaced
        if existence and any(existence[i] is not Existence.CONFIRMED for i in indices):
            return True
        return bool(replaced) and any(frame.entities[i] in replaced for i in indices)

    def _spoilt(self, mine: Mapping[int, Sequence[int]]) -> bool:
        """Whether a call for others too failed or lacked rows, which may be their doing."""
        if self._everybody and any(call["state"] in SPOILT for call in self._everybody):
            return True
        for number, indices in mine.items():
            frame = self._frames[number]
            if (
                len(frame.entities) > len(indices)
                and not frame.flawless()
                and any(map(partial(_lacks, frame), indices))
            ):
                return True
            portions = self._portions.get(number)
            if portions is not None and any(not share.asked.issubset(indices) for share in portions.spoilt):
                return True
        return False


class _Portions:
    """What was asked for the entities of one frame: of what was asked `together` for all of them only the
    rows differ."""

    def __init__(self, frame: Batch, shares: Sequence[Share]) -> None:
        everybody = len(frame.entities)
        together = [share for share in shares if len(share.asked) == everybody]
        self._some = [share for share in shares if len(share.asked) < everybody]
        self._together = tuple([share.dataset for share in together])
        columns = [share.rows for share in together if share.rows]
        self._rows = [sum(rows) for rows in zip(*columns, strict=True)] if columns else [0] * everybody
        self.spoilt = [share for share in shares if share.state in SPOILT]

    def of(self, indices: Sequence[int]) -> list[tuple[Sequence[str], int]]:
        """The datasets that were asked for some of the entities, and the rows that came."""
        found: list[tuple[Sequence[str], int]] = []
        if self._together:
            found.append((self._together, sum([self._rows[i] for i in indices])))
        for share in self._some:
            asked = share.asked.intersection(indices)
            if asked:
                found.append(((share.dataset,), sum([share.rows[i] for i in asked]) if share.rows else 0))
        return found


def _lacks(frame: Batch, i: int) -> bool:
    """Whether rows of an entity are lacking that may be there for another call."""
    parts = [(part.state, part.failure) for part in frame.told_parts(i)]
    parts += [(rows[i].state, rows[i].failure) for rows in frame.base.values()]
    return any(failure.code in SPOILT if failure else state is State.PARTIAL for state, failure in parts)


def asked_for_others(convoy: Run) -> list[dict[str, Any]]:
    """What was asked so far, as it is told of a request whose caller has left: rows it was given none."""
    shares = [_call(share, ()) for share in convoy.shares or ()]
    return [*shares, *({**call, "rows": 0} for call in convoy.calls.entries)]


def _call(share: Share, asked: Collection[int]) -> dict[str, Any]:
    """What was asked for some entities, as it is told of a call."""
    rows = sum([share.rows[i] for i in asked]) if share.rows else 0
    return {"dataset": share.dataset, "keys": len(asked), "rows": rows, "ms": share.milliseconds, "state": share.state}


def reached(run: Run, root: EntityValue) -> Mapping[int, Sequence[int]]:
    """By the `id` of each frame the entities in it. For a finished run with one root field."""
    walk = _Walk(run)
    walk.entity(root.frame, root.index)
    return walk.found


class _Walk:
    def __init__(self, run: Run) -> None:
        self.run = run
        self.found: dict[int, list[int]] = defaultdict(list)

    def entity(self, frame: Batch, i: int) -> None:
        """An entity, and all that hangs on it."""
        mine = self.found[id(frame)]
        if i in mine:
            return
        mine.append(i)
        outputs, place = self.run.outputs, frame.place
        for section in place.sections:
            if section.inside:
                left = outputs.get((section.selected.number, id(frame)))
                for record in records_of(left[i]) if left is not None else ():
                    self._record(section.inside, record)
        for link in place.links:
            page = outputs[link.selected.number, id(frame)][i]
            for holder, _ in link.places if isinstance(page, Page) else ():
                self._entities(outputs.get((holder.number, None)), [edge.node for edge in page.edges])
        for selected, _, below in place.related:
            left = outputs[selected.number, id(frame)][i]
            if isinstance(left, list):
                self._entities(self._child(selected, below), left)

    def _record(self, inside: Iterable[InsidePlan], record: RecordValue) -> None:
        outputs = self.run.outputs
        for plan in inside:
            if record.section is None or record.section.type_name != plan.type_name:
                continue
            for selected, part in plan.parts:
                for each in records_of(outputs.get((selected.number, record))):
                    self._record(part.inside, each)
            for selected, _ in plan.abouts:
                at = outputs.get((selected.number, record))
                if isinstance(at, int):
                    self._entities(outputs.get((selected.number, None)), (at,))

    def _child(self, selected: Selected, place: Place) -> Batch | None:
        return self.run.frames.get((selected.number, place.entity))

    def _entities(self, frame: object, indices: Iterable[int]) -> None:
        if isinstance(frame, Frame):
            for i in indices:
                self.entity(frame, i)
