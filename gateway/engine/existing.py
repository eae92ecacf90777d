"""Whether the entities of a frame exist: seen by somebody, or absent because all who would know say so."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gateway.engine.grouping import seen
from gateway.engine.values import PartState, Rows
from gateway.engine.waiting import together
from gateway.engine.withholding import narrowing
from resolvers.provenance import Existence, State

if TYPE_CHECKING:
    from gateway.engine.frames import Frame

_DOUBTFUL = (State.UNAVAILABLE, State.NOT_COVERED, State.PARTIAL, State.DENIED)

Registers = Mapping[str, Sequence[Rows]]
"""The rows of registers, by dataset, for every entity."""


async def exist(frame: "Frame") -> list[Existence | None]:
    """What is known of every entity of a frame whose parts have been worked on; None for what no
    agency knows. Asks further agencies about those of which nothing was seen."""
    registers = {name: await frame.direct(name) for name in frame.registers()}
    known = [_seen(frame, i, registers) for i in range(len(frame.entities))]
    if not all(known) and frame.run.shares is None:  # else others need not wait for that
        known = await _probe(frame, known)
    return [Existence.CONFIRMED if here else _unseen(frame, i, registers) for i, here in enumerate(known)]


def _seen(frame: "Frame", i: int, registers: Registers) -> bool:
    if any(seen(rows, i) for rows in (*registers.values(), *frame.base.values())):
        return True
    if any(seen(column.rows, i) for column in frame.columns):
        return True
    return any(part.found or part.state is State.WITHHELD for part in frame.parts[i])


async def _probe(frame: "Frame", known: list[bool]) -> list[bool]:
    """Ask the datasets of which the query saw no row or not every row, for what is not known yet."""
    world = frame.run.world
    missing = [i for i, here in enumerate(known) if not here]
    lost = frame.beside(frame.place.entity, [frame.entities[i] for i in missing])
    asked = {*frame.registers(), *frame.base, *frame.searched}
    tables = dict.fromkeys(t for scheme in lost.given for t in world.bindings.askers(scheme) if t not in asked)
    found = await together(lost.direct(table) for table in tables)
    for n, i in enumerate(missing):
        known[i] = any(seen(rows, n) for rows in found)
        frame.parts[i] += [
            PartState("existence", world.city.tables[t], rows[n].state, failure=rows[n].failure)
            for t, rows in zip(tables, found, strict=True)
            if rows[n].state is State.UNAVAILABLE
        ]
    return known


def _unseen(frame: "Frame", i: int, registers: Registers) -> Existence | None:
    """No row anywhere: absent if all who would know have answered – the registers of its scheme,
    or where the scheme has none every dataset that is asked by it."""
    bindings, scheme = frame.run.world.bindings, frame.entities[i][0]
    names = bindings.registers.get(scheme, ())
    told = [State.PARTIAL if _hides(frame, name) else registers[name][i].state for name in names]
    if not told:
        states = [(part.table.name, part.state) for part in frame.parts_of(i)]
        states += [(name, rows[i].state) for name, rows in frame.base.items()]
        told = [state for name, state in states if bindings.by_scheme(name, scheme)]
    return Existence.UNKNOWN if any(state in _DOUBTFUL for state in told) else None


def _hides(frame: "Frame", table: str) -> bool:
    """Whether rows of a register are hidden from the caller, so that none does not mean none."""
    return bool(narrowing(frame.run, frame.run.world.city.tables[table]))
