"""A place at work: its entities, their identifiers, everything that is asked for them.

All work of a frame starts at once; what needs another identifier first waits for the registers
that translate, and for nothing else. A dataset keyed by the scheme that an entity was asked by
needs no translation and so is asked in the first wave.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from typing import Any

from gateway.engine.base_rows import ask_directly, ask_wholly
from gateway.engine.bindings import Binding
from gateway.engine.carrying import of_section
from gateway.engine.existing import exist
from gateway.engine.footing import footing
from gateway.engine.grouping import whole
from gateway.engine.linking import fill_link, fill_related
from gateway.engine.matching import Authorities, Linked, authorities, link
from gateway.engine.matching.verdicts import TYPED
from gateway.engine.paging import fill_section
from gateway.engine.person_links import link_persons
from gateway.engine.plan import Place, RecordPlan
from gateway.engine.run import Known, Run
from gateway.engine.selection import Selected
from gateway.engine.telling import told_parts
from gateway.engine.translating import given, translate, translators
from gateway.engine.values import Failure, Identified, PartColumn, PartState, RelatedValue, Rows
from gateway.engine.waiting import begun, shared, together
from gateway.identity import edges
from resolvers.city import Table
from resolvers.provenance import Existence, State


class Frame:
    """The entities of one place. `existence` is None for what no agency knows, and empty where
    the query need not know."""

    def __init__(self, run: Run, place: Place, entities: Sequence[Identified], possible: float | None = None) -> None:
        self.run, self.place, self.entities = run, place, list(entities)
        self.possible = possible  # how sure a POSSIBLE link must be to belong to the profile; None: it never does
        self._linked: asyncio.Task[list[Linked]] | None = None
        self.index = {entity: i for i, entity in enumerate(self.entities)}
        self.given = dict.fromkeys([scheme for scheme, _ in self.entities])
        self.doubting = place.entity == "Business" and (possible is None or possible > TYPED)
        self.footing = footing(run.world, place, tuple(self.given), doubting=self.doubting)
        self.existence: list[Existence | None] = []
        self.parts: list[list[PartState]] = [[] for _ in self.entities]
        self.columns: list[PartColumn] = []
        self.everywhere = [True] * len(self.entities)
        self.searched: set[str] = set()  # datasets whose every row would have been seen in a section
        self._asked: dict[str, Known] = {}
        self._known: dict[str, asyncio.Future[Known]] = {}
        self._direct: dict[str, asyncio.Future[Sequence[Rows]]] = {}
        self._whole: dict[str, asyncio.Future[Sequence[Rows]]] = {}
        self.base: dict[str, Sequence[Rows]] = {}
        self.at_hand: dict[str, Sequence[Rows]] = {}
        self.edges: list[list[RelatedValue]] = [[]] * len(self.entities)
        self._authorities: dict[str, asyncio.Future[Authorities]] = {}
        self._flawless: bool | None = None

    def bindings(self, table: Table) -> list[Binding]:
        """The keys of a dataset for this frame's kind of entity."""
        return list(self.run.world.bindings.of(table.name, self.place.entity))

    # what is asked

    def registers(self) -> Sequence[str]:
        """The datasets that say whether the entities exist, where the query needs to know."""
        return self.footing.registers

    def wanted(self) -> list[str]:
        """All schemes of the frame's kind of entity."""
        return [s.name for s in self.run.world.city.schemes.values() if s.entity == self.place.entity]

    # identifiers

    def identified(self, scheme: str) -> Known | None:
        """The identifiers of a scheme where they are known by now, or nothing is to be asked for them."""
        task = self._known.get(scheme)
        if task is not None:
            return task.result() if task.done() else None
        tables = self.footing.translate.get(scheme)
        if tables is None:
            found = dict.fromkeys(t for g in self.given if g != scheme for t in translators(self, g, scheme))
            tables = self.footing.translate[scheme] = tuple(found)
        matched = scheme in self.footing.matched
        if tables or matched:
            self._known[scheme] = asyncio.create_task(translate(self, scheme, tables, matched=matched))
            return None
        known = self.asked(scheme)
        made: asyncio.Future[Known] = asyncio.get_running_loop().create_future()
        made.set_result(known)
        self._known[scheme] = made
        return known

    async def identifiers(self, scheme: str) -> Known:
        """Every entity's identifiers of a scheme, by translation where need be."""
        known = self.identified(scheme)
        return known if known is not None else await shared(self._known[scheme])

    async def linked(self) -> list[Linked]:
        """What matching finds for every entity; businesses and persons only."""
        if self._linked is None:
            compare = link_persons if self.place.entity == "Person" else link
            self._linked = asyncio.create_task(compare(self, self.beside))
        return await shared(self._linked)

    def links(self, i: int) -> Linked | None:
        """What matching found for an entity; None where nobody asked. For finished frames."""
        task = self._linked
        return None if task is None or not task.done() or task.cancelled() else task.result()[i]

    def beside(self, entity: str, entities: Sequence[Identified]) -> "Frame":
        """A frame of other entities, of which nothing is asked yet."""
        return Frame(self.run, Place(entity, self.place.path), entities)

    def asked(self, scheme: str) -> Known:
        """The identifiers of a scheme that the entities were asked by, without translation."""
        found = self._asked.get(scheme)
        if found is None:
            found = self._asked[scheme] = given(self, scheme)
        return found

    def known(self) -> dict[str, Known]:
        """What has been found out about identifiers, by scheme; for finished frames."""
        return {scheme: task.result() for scheme, task in self._known.items() if not task.cancelled()}

    # rows that several parts share

    async def direct(self, table: str) -> Sequence[Rows]:
        """Rows found by the identifiers that the entities were asked by."""
        if table not in self._direct:
            self._direct[table] = begun(ask_directly(self, table))
        return await shared(self._direct[table])

    async def whole(self, table: str) -> Sequence[Rows]:
        """Rows found by every key that matters here, as they tie."""
        if table not in self._whole:
            self._whole[table] = begun(self._ask_wholly(table))
        return await shared(self._whole[table])

    async def _ask_wholly(self, table: str) -> Sequence[Rows]:
        rows, self.base[table] = await ask_wholly(self, table)
        return rows

    def authorities(self, table: Table) -> "asyncio.Future[Authorities]":
        """What confirms the numbers that rows of a dataset have as applicants typed them; being asked."""
        if table.name not in self._authorities:
            self._authorities[table.name] = begun(authorities(self, table))
        return self._authorities[table.name]

    async def carried(self, record: RecordPlan) -> Sequence[Rows]:
        """The rows of a section whose records come with others."""
        name = record.table.name
        if name in self.at_hand:
            return self.at_hand[name]
        return of_section(record, await self.direct(name))

    def flawless(self) -> bool:
        """Whether every part of every entity is known to be whole, so that none need be told; found once,
        when all is there."""
        if self._flawless is None:
            self._flawless = self._found_flawless()
        return self._flawless

    def _found_flawless(self) -> bool:
        if not all(task.done() and not task.cancelled() for task in self._direct.values()):
            return False
        rows = [*self.base.values(), *(task.result() for task in self._direct.values())]
        rows += [column.rows for column in self.columns]
        return all(part.state is State.OK for parts in self.parts for part in parts) and all(map(whole, rows))

    def parts_of(self, i: int) -> list[PartState]:
        """How the parts of an entity fare whose fields have been worked on."""
        return [*(column.part(i) for column in self.columns), *self.parts[i]]

    def told_parts(self, i: int) -> list[PartState]:
        """How every part that the query asks of an entity fares; what is absent has none."""
        return told_parts(self, i)

    def found_directly(self, table: str) -> Sequence[Rows]:
        """Rows found by the identifiers that the entities were asked by; for finished frames."""
        return self._direct[table].result()

    # the work

    async def work(self) -> None:
        """Ask for everything, then say what exists."""
        place = self.place
        try:
            await together(self._parts())
            if place.exists:
                self.existence = await exist(self)
        finally:
            waited: list[asyncio.Future[Any]] = [*self._known.values(), *self._direct.values(), *self._whole.values()]
            waited += self._authorities.values()
            for task in (*waited, *([self._linked] if self._linked else ())):
                task.cancel()
            self._authorities.clear()  # which hold this frame in turn

    def _parts(self) -> "Iterator[Coroutine[Any, Any, object]]":
        """Everything that is asked for, all of which starts at once."""
        place = self.place
        yield from (fill_section(self, plan) for plan in place.sections)
        yield from (fill_link(self, plan) for plan in place.links)
        yield from (fill_related(self, *plan) for plan in place.related)
        yield from (self.whole(table) for table in self._base())
        yield from (self.identifiers(scheme) for scheme in (self.wanted() if place.identified else ()))
        yield from ((self._relate(),) if place.identified and self.run.world.bindings.edges else ())
        yield from ((self._told_links(),) if place.matched else ())
        yield from (self.direct(table) for table in self.registers())

    async def _relate(self) -> None:
        self.edges = await edges.related(self.run, self.entities)

    async def _told_links(self) -> None:
        """Links as a part of their own: how every dataset that was compared fared."""
        for parts, found in zip(self.parts, await self.linked(), strict=True):
            parts += found.parts

    def _base(self) -> list[str]:
        """The datasets of the base, without those that but tie entities which the caller may not see."""
        links = [link for link in self.place.links if self.run.denied_entity(link.target) is not None]
        hidden = {table for link in links for table in link.tables}
        hidden -= {table for link in self.place.links if link not in links for table in link.tables}
        hidden -= {table for tables in self.place.attributes.values() for table in tables}
        return [table for table in self.place.base if table not in hidden]

    async def child(self, holder: Selected, place: Place, entities: Sequence[Identified]) -> "Frame | Failure":
        """A frame for the entities that a field of this one holds; all parents' at once."""
        return await open_frame(self.run, holder, place, entities)


async def open_frame(
    run: Run,
    holder: Selected,
    place: Place,
    entities: Sequence[Identified],
    possible: float | None = None,
    at_hand: Mapping[str, Sequence[Rows]] | None = None,
) -> "Frame | Failure":
    """Make a frame, let it work, and leave it for the builders. `at_hand` are rows of sections that
    were fetched before, by dataset."""
    failure = run.denied_entity(place.entity)
    if failure is not None:
        return failure
    frame = Frame(run, place, entities, possible)
    frame.at_hand.update(at_hand or {})
    run.frames[holder.number, place.entity] = frame
    if frame.entities:
        try:
            await frame.work()
        except Exception:
            run.frames.pop((holder.number, place.entity), None)  # there is nothing to tell of it
            raise
    return frame
