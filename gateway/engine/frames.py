"""A place at work: its entities, their identifiers, everything that is asked for them.

All work of a frame starts at once; what needs another identifier first waits for the registers
that translate, and for nothing else. A dataset keyed by the scheme that an entity was asked by
needs no translation and so is asked in the first wave.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.engine.access import compared
from gateway.engine.bindings import Binding, Reader
from gateway.engine.carrying import of_section
from gateway.engine.existing import exist
from gateway.engine.fetching import fetch
from gateway.engine.footing import footing
from gateway.engine.grouping import whole
from gateway.engine.linking import fill_link, fill_related
from gateway.engine.matching import Authorities, Linked, Matching, authorities, link
from gateway.engine.matching.verdicts import TYPED
from gateway.engine.paging import fill_section
from gateway.engine.person_links import link_persons
from gateway.engine.person_registers import PersonRegisters
from gateway.engine.plan import Place, RecordPlan
from gateway.engine.run import Known, Run
from gateway.engine.selection import Selected
from gateway.engine.telling import told_parts
from gateway.engine.values import Failure, Identified, PartColumn, PartState, RecordValue, RelatedValue, Rows
from gateway.engine.waiting import begun, shared, together
from gateway.engine.wants import Want
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
        self._footing = footing(run.world, place, tuple(self.given))
        self.existence: list[Existence | None] = []
        self.parts: list[list[PartState]] = [[] for _ in self.entities]
        self.columns: list[PartColumn] = []
        self.everywhere = [True] * len(self.entities)
        self.searched: set[str] = set()  # datasets whose every row would have been seen in a section
        self._asked: dict[str, Known] = {}
        self._known: dict[str, asyncio.Future[Known]] = {}
        self._readers: dict[Binding, tuple[Mapping[str, int], Reader]] = {}
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
        return self._footing.registers

    def schemes(self, table: str) -> frozenset[str]:
        """The keys that a dataset of the base is asked by. Claims hold for one level only, so
        that a dataset that but claims is asked by keys of the entities' own level."""
        world = self.run.world
        levels = {world.city.schemes[scheme].level for scheme in self.given}
        bindings = world.bindings.of(table, self.place.entity)
        return frozenset(b.scheme.name for b in bindings if table in self.place.tying or b.scheme.level in levels)

    def wanted(self) -> list[str]:
        """All schemes of the frame's kind of entity."""
        return [s.name for s in self.run.world.city.schemes.values() if s.entity == self.place.entity]

    # identifiers

    def identified(self, scheme: str) -> Known | None:
        """The identifiers of a scheme where they are known by now, or nothing is to be asked for them."""
        task = self._known.get(scheme)
        if task is not None:
            return task.result() if task.done() else None
        tables = self._footing.translate.get(scheme)
        if tables is None:
            found = dict.fromkeys(t for g in self.given if g != scheme for t in self.translators(g, scheme))
            tables = self._footing.translate[scheme] = tuple(found)
        if tables or self._matched(scheme):
            self._known[scheme] = asyncio.create_task(self._identify(scheme, tables))
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

    async def _identify(self, scheme: str, tables: Iterable[str]) -> Known:
        known = self._given(scheme)
        rows = await together(self.direct(table) for table in tables)
        for table, found in zip(tables, rows, strict=True):
            self._translate(known, scheme, table, found)
        if self._matched(scheme):
            self._merge(known, scheme, await self.linked())
        return known

    def translators(self, given: str, scheme: str) -> tuple[str, ...]:
        """The registers that tie two schemes. Where there is matching, what applicants typed does not: it
        tells whether that is true. Elsewhere nothing does, and a business is tied where that is asked for."""
        world, possible = self.run.world, self.possible
        found = world.bindings.translators(given, scheme)
        doubted = self.place.entity == "Business" and (possible is None or possible > TYPED)
        if not doubted and scheme not in self._matching.beside((given,)):
            return found
        return tuple(table for table in found if not world.city.tables[table].self_declared)

    def _matched(self, scheme: str) -> bool:
        """Whether matching may find identifiers of a scheme."""
        return scheme in self._footing.matched

    @property
    def _matching(self) -> Matching | PersonRegisters:
        """What lets this kind of entity be compared."""
        world = self.run.world
        return world.persons if self.place.entity == "Person" else world.matching

    def _merge(self, known: Known, scheme: str, linked: Sequence[Linked]) -> None:
        for i, found in enumerate(linked):
            if known.values[i] and self.place.entity == "Person":
                continue  # a register has said so
            known.failures[i] = known.failures[i] or found.failure(scheme)
            for each in found.links:
                if each.identified[0] == scheme and each.merges(self.possible):
                    known.values[i].setdefault(each.identified[1], each.dataset)

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

    def _translate(self, known: Known, scheme: str, table: str, found: Sequence[Rows]) -> None:
        bindings = self.run.world.bindings
        readers = bindings.by_scheme(table, scheme)
        for i, (given, _) in enumerate(self.entities):
            if given == scheme or not bindings.by_scheme(table, given):
                continue
            if found[i].state in (State.UNAVAILABLE, State.PARTIAL, State.DENIED):
                known.failures[i] = known.failures[i] or found[i].failure
            hidden = next((f for r in readers for c in r.key.reads if (f := self.run.denied_column(r.table, c))), None)
            known.failures[i] = known.failures[i] or hidden
            for record in found[i].records:
                for binding in readers:
                    identifier = self._reader(binding, record).read(record.row)
                    others = binding.others(record.cells()) if identifier is not None else ()
                    for each in (identifier, *others) if identifier is not None else ():
                        for alike in bindings.alike(scheme, each):
                            known.values[i].setdefault(alike, table)

    def _reader(self, binding: Binding, record: RecordValue) -> Reader:
        """What reads a key in rows like this record's."""
        known = self._readers.get(binding)
        if known is None or known[0] is not record.columns:
            self._readers[binding] = known = record.columns, Reader(binding, record.columns)
        return known[1]

    def asked(self, scheme: str) -> Known:
        """The identifiers of a scheme that the entities were asked by, without translation."""
        found = self._asked.get(scheme)
        if found is None:
            found = self._asked[scheme] = self._given(scheme)
        return found

    def _given(self, scheme: str) -> Known:
        alike = self.run.world.bindings.alike
        values: list[dict[str, str | None]]
        plainly = self.given.keys() == {scheme} and len(self.index) == len(self.entities) and not self.run.replaced
        if plainly and scheme != self.run.world.city.address_scheme:
            return Known(None, [None] * len(self.entities), [value for _, value in self.entities])
        if scheme != self.run.world.city.address_scheme:
            values = [{value: None} if given == scheme else {} for given, value in self.entities]
        else:
            values = [dict.fromkeys(alike(scheme, value)) if given == scheme else {} for given, value in self.entities]
        for i, entity in enumerate(self.entities) if self.run.replaced else ():
            for before in self.run.replaced.get(entity, ()) if entity[0] == scheme else ():
                values[i][before.target[1]] = before.table.name
        return Known(values, [None] * len(self.entities))

    def known(self) -> dict[str, Known]:
        """What has been found out about identifiers, by scheme; for finished frames."""
        return {scheme: task.result() for scheme, task in self._known.items() if not task.cancelled()}

    async def covered(self, table: Table, *, translated: bool) -> list[bool]:
        """Whether a dataset that covers some places only covers each entity; what is not known counts as
        covered.

        Rows that translation waits for must not wait for it: `translated` is False for them.
        """
        bindings, world = self.bindings(table), self.run.world
        schemes = [b.scheme for b in bindings if set(table.covers) <= set(b.scheme.parts)]
        if not schemes:
            return [True] * len(self.entities)
        name = schemes[0].name
        known = await self.identifiers(name) if translated else self.asked(name)

        def inside(identifier: str) -> bool:
            parts = world.bindings.parts(schemes[0].name, identifier)
            return all(parts[part] in values for part, values in table.covers.items())

        return [not ids or any(inside(identifier) for identifier in ids) for ids in known.values]

    # rows that several parts share

    async def direct(self, table: str) -> Sequence[Rows]:
        """Rows found by the identifiers that the entities were asked by."""
        if table not in self._direct:
            want = self._base_want(table, frozenset(self.given), direct=True)
            self._direct[table] = begun(fetch(self, want))
        return await shared(self._direct[table])

    async def whole(self, table: str) -> Sequence[Rows]:
        """Rows found by every key that matters here."""
        if table not in self._whole:
            self._whole[table] = begun(self._ask_whole(table))
        return await shared(self._whole[table])

    async def _ask_whole(self, table: str) -> Sequence[Rows]:
        schemes = self.schemes(table)
        world = self.run.world
        compares = table in self.place.typed and table in world.matching.tables
        authorities = self.authorities(world.city.tables[table]) if compares else None
        if len(self.given) == 1 and schemes <= set(self.given):
            rows = await self.direct(table)
        else:
            rows = await fetch(self, self._base_want(table, schemes))
        if authorities is not None:
            said = await shared(authorities)
            rows = [said.uncontradicted(i, each) for i, each in enumerate(rows)]
        self.base[table] = rows
        return rows

    def authorities(self, table: Table) -> "asyncio.Future[Authorities]":
        """What confirms the numbers that rows of a dataset have as applicants typed them; being asked."""
        if table.name not in self._authorities:
            self._authorities[table.name] = begun(authorities(self, table))
        return self._authorities[table.name]

    def carries(self, record: RecordPlan) -> bool:
        """Whether a section's records come with rows that are asked for anyway."""
        name = record.table.name
        if self.place.carried.get(name) is not record:
            return False
        known = self._footing.carried.get(name)
        if known is None:
            (binding,) = self.run.world.bindings.of(name, self.place.entity)
            scheme = binding.scheme.name
            known = self._footing.carried[name] = set(self.given) == {scheme} and not self._matched(scheme)
        return known and (name in self.at_hand or name in self.registers())

    async def carried(self, record: RecordPlan) -> Sequence[Rows]:
        """The rows of a section whose records come with others."""
        name = record.table.name
        if name in self.at_hand:
            return self.at_hand[name]
        return of_section(record, await self.direct(name))

    def _base_want(self, name: str, schemes: frozenset[str], *, direct: bool = False) -> Want:
        along = self.place.carried.get(name) if direct else None
        carries = along is not None and self.carries(along)
        known = self._footing.wants.get((name, schemes, direct, carries))
        if known is not None:
            return known
        table = self.run.world.city.tables[name]
        columns = sorted(self.place.base.get(name, set()))
        if along is not None and carries:
            columns += along.columns
        if self.place.typed:
            columns += [column for column in compared(self.run, table) if column not in columns]
        key = table.dataset.id
        made = Want(table, (*columns, *key), key=key, keyed=bool(key), schemes=schemes, direct=direct)
        self._footing.wants[name, schemes, direct, carries] = made
        return made

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
