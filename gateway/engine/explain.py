"""A plan as text: what would be asked of whom, in which wave. Asks nobody.

Wave 1 is what needs only the identifiers that the caller gives; a dataset keyed by another
scheme waits for the registers that translate. What is given may be retired: then its successor is looked
for first, and all else is a wave later. Read from top to bottom, a line is a plan node.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from types import MappingProxyType
from typing import Any

from gateway.engine.bindings import Binding
from gateway.engine.carrying import found_with
from gateway.engine.matching.authorities import confirming
from gateway.engine.matching.matchable import ENTITY
from gateway.engine.matching.verdicts import TYPED
from gateway.engine.person_links import compared
from gateway.engine.plan import Place, RecordPlan, RootPlan, SectionPlan
from gateway.engine.restricting import untold
from gateway.engine.run import Run
from gateway.engine.searching_addresses import kept_register
from gateway.engine.wants import typed
from gateway.policy.decisions import Decisions
from resolvers.city import Table
from resolvers.meaning import FindRoot, SearchRoot
from resolvers.names import camel


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a plan as explained. `wave` counts from 1 within its place."""

    wave: int
    kind: str
    what: str
    denied: str | None = None

    def __str__(self) -> str:
        note = f"   [denied: {self.denied}]" if self.denied else ""
        return f"wave {self.wave}  {self.kind:<9} {self.what}{note}"


def explain(run: Run, given: dict[str, tuple[str, ...]]) -> list[Node]:
    """The nodes of a plan. `given` has the schemes of the identifiers of each root field."""
    return [node for root in run.plan.roots for node in _root(run, root, given.get(root.selected.key, ()))]


def _root(run: Run, root: RootPlan, given: tuple[str, ...]) -> Iterator[Node]:
    selected, wave = root.selected, 1
    match selected.meaning:
        case SearchRoot(entity):
            yield Node(1, "Search", f"{selected.key}: {entity} candidates in registers and named datasets")
            yield from _kept_registers(run) if entity == "Address" else ()
            wave = 2
        case FindRoot(_, dataset):
            yield Node(1, "Find", f"{selected.key}: {dataset} by its own columns")
            wave = 2
        case _ if root.places:
            yield Node(1, "Canon", f"{selected.key}: {', '.join(given) or 'any declared scheme'}")
            followed = [node for scheme in given for node in _edges(run, scheme, "replaced_by", "Follow", 1)]
            yield from followed
            wave += any(node.denied is None for node in followed)
    for _, place in root.places:
        yield from _place(run, place, given, wave, _along(run, root, place))
    for plan in root.records:
        yield from _section(run, plan, (), wave)


_LEADS = MappingProxyType({"replaced_by": "its successor, if it was retired,", "part_of": "what it is part of"})


def _edges(run: Run, scheme: str, means: str, kind: str, wave: int) -> Iterator[Node]:
    """The datasets whose rows lead from an identifier to another, and from which day on."""
    bindings = run.world.bindings
    for table, edge in bindings.edges.get((scheme, means), ()):
        days = tuple(column for column in (edge.since, edge.until) if column)
        columns = (*bindings.by_scheme(table.name, scheme)[0].key.reads, *edge.to.reads, *days)
        denial = next((found for each in columns if (found := run.permits.column(table, each))), None)
        said = [f"from the day in {edge.since} on"] * bool(edge.since)
        said += [f"up to the day in {edge.until}"] * bool(edge.until)
        when = f" ({', '.join(said)})" if said else ""
        yield Node(wave, kind, f"{scheme} -> {_LEADS[means]} via {table.name}{when}", denial.reason if denial else None)


def _kept_registers(run: Run) -> Iterator[Node]:
    """The registers of addresses that are looked up here, without asking their agency."""
    city, bindings = run.world.city, run.world.bindings
    names = dict.fromkeys(name for register in city.registers for name in register.kept)
    for binding in (each for name in names for each in bindings.by_scheme(name, city.address_scheme)):
        kept, unseen = kept_register(run, binding), untold(run, binding.table, "Address", binding)
        if kept is not None:
            read = kept.read_at.astimezone(UTC)
            how = f"{kept.rows:,} rows here, read {read:%Y-%m-%d %H:%M} UTC: not asked"
        else:
            how = "asked: it is not read yet, or this caller may not see all of it"
        yield Node(1, "Kept", f"{binding.table.name}, {how}", unseen.message if unseen else None)


def _along(run: Run, root: RootPlan, place: Place) -> RecordPlan | None:
    """The section's records that come with what a find looks for."""
    meaning = root.selected.meaning
    if not isinstance(meaning, FindRoot):
        return None
    found = found_with(run, root, run.world.city.tables[meaning.dataset])
    return next((record for at, record in found if at is place), None)


def _place(
    run: Run, place: Place, given: tuple[str, ...], wave: int, along: RecordPlan | None = None
) -> Iterator[Node]:
    bindings = run.world.bindings
    denial = run.permits.entity(place.entity)
    if denial is not None:
        yield Node(wave, "Fetch", f"{place.path}: {place.entity}", denial.reason)
        return
    schemes = given or tuple(s.name for s in run.world.city.schemes.values() if s.entity == place.entity)
    yield from _translations(run, place, schemes, wave)
    yield from _matching(run, place, given, wave)
    for scheme in schemes if place.identified else ():
        for means in _LEADS:
            yield from _edges(run, scheme, means, "Relate", wave)
    for table, columns in place.base.items():
        why = ", ".join([camel(a) for a, tables in place.attributes.items() if table in tables]) or "ties"
        yield from _fetch(run, table, place, schemes, wave, f"{why} [{', '.join(sorted(columns))}]")
    for plan in place.sections:
        if along is not None and plan.records[0] is along:
            yield Node(wave, "Found", f"{along.table.name} -> {plan.selected.key} [{', '.join(along.columns)}]")
        else:
            yield from _section(run, plan, schemes, wave)
    yield from _confirming(run, place, given, wave + 1)
    for name, tables in place.attributes.items():
        yield Node(wave + 1, "Choose", f"{place.path}.{camel(name)} from {', '.join(tables) or 'no dataset'}")
    for link in place.links:
        yield Node(wave + 1, "Link", f"{place.path}.{link.selected.key}: {link.target} by {', '.join(link.tables)}")
    for scheme in schemes if given else ():
        registers = bindings.registers.get(scheme, ())
        yield Node(wave, "Exists", f"{place.path}: {', '.join(registers) or 'sections that answer'}")
    for below in place.places():
        yield from _place(run, below, (), wave + 2)


def _asked(run: Run, place: Place | None, table: str, entity: str, schemes: Iterable[str]) -> list[Binding]:
    """The keys that a dataset is asked by: what but claims is asked by keys of the same level."""
    levels = {run.world.city.schemes[scheme].level for scheme in schemes}
    bindings = run.world.bindings.of(table, entity)
    if place is None or table in place.tying:
        return list(bindings)
    return [b for b in bindings if b.scheme.level in levels]


def _translations(run: Run, place: Place, schemes: Iterable[str], wave: int) -> Iterator[Node]:
    asked = [b for table in place.base for b in _asked(run, place, table, place.entity, schemes)]
    records = [r for plan in place.sections for r in plan.records]
    asked += [b for r in records for b in _asked(run, None, r.table.name, place.entity, schemes)]
    for given in schemes:
        for scheme in dict.fromkeys(b.scheme.name for b in asked):
            registers = run.world.bindings.translators(given, scheme) if scheme != given else ()
            doubted = [name for name in registers if typed(run.world.city.tables[name], place.entity)]
            sure = [name for name in registers if name not in doubted]
            if sure:
                yield Node(wave, "Translate", f"{given} -> {scheme} via {', '.join(sure)}")
            elif doubted and scheme not in run.world.matching.beside((given,)):
                unless = f"only with possible: {TYPED:g}, as applicants typed it"
                yield Node(wave, "Translate", f"{given} -> {scheme} via {', '.join(doubted)}, {unless}")


def _matching(run: Run, place: Place, given: tuple[str, ...], wave: int) -> Iterator[Node]:
    """Where identifiers may come from the crosswalk, or from records that are compared."""
    matching = run.world.matching
    asked = {b.scheme.name for table in place.base for b in _asked(run, place, table, place.entity, given)}
    asked |= {
        b.scheme.name
        for p in place.sections
        for r in p.records
        for b in _asked(run, None, r.table.name, place.entity, given)
    }
    if place.entity == "Person":
        yield from _persons(run, given, asked, wave)
    for scheme in given if place.entity == ENTITY else ():
        wanted = sorted(matching.beside((scheme,)) if place.matched else matching.beside((scheme,)) & asked)
        if wanted:
            compared = ", ".join(m.table.name for m in matching.carrying((scheme, *wanted)))
            yield Node(wave, "Match", f"{scheme} -> {', '.join(wanted)} via crosswalk, or by comparing {compared}")


def _confirming(run: Run, place: Place, given: tuple[str, ...], wave: int) -> Iterator[Node]:
    """What tells which rows belong to a business that have its number as applicants typed it."""
    shown = {record.table.name for plan in place.sections for record in plan.records}
    named = run.world.matching.tables
    for name in (name for name in place.typed if name in shown or name in named):
        schemes = (*given, *(binding.scheme.name for binding in run.world.bindings.of(name, place.entity)))
        sources = [source.table.name for source in confirming(run.world.matching, schemes) if name in named]
        yield Node(wave, "Confirm", f"{name}: its rows by {', '.join(sources) or 'nothing, so that they are POSSIBLE'}")


def _persons(run: Run, given: tuple[str, ...], asked: set[str], wave: int) -> Iterator[Node]:
    """The registers in which persons are looked for by two facts."""
    seen = compared(run)
    for scheme in given:
        wanted = sorted(run.world.persons.beside((scheme,)) & asked & set(seen)) if scheme in seen else []
        if wanted:
            names = ", ".join(seen[each].table.name for each in (scheme, *wanted))
            yield Node(wave, "Match", f"{scheme} -> {', '.join(wanted)} by name and day of birth in {names}")


def _section(run: Run, plan: SectionPlan, schemes: tuple[str, ...], wave: int) -> Iterator[Node]:
    for record in plan.records:
        yield from _record(run, plan, record, schemes, wave)
    if plan.merged:
        names = ", ".join(r.section.type_name for r in plan.records)
        yield Node(wave + 1, "Merge", f"{plan.selected.key}: {names}")
    for inside in plan.inside:
        for selected, part in inside.parts:
            yield Node(wave + 1, "Fetch", f"{part.records[0].table.name} -> {inside.type_name}.{selected.key}")


def _record(run: Run, plan: SectionPlan, record: RecordPlan, schemes: tuple[str, ...], wave: int) -> Iterator[Node]:
    shown = [c for c in record.columns if run.permits.column(record.table, c) is None]
    what = f"{plan.selected.key} [{', '.join(shown)}]"
    yield from _fetch(run, record.table.name, record.section.entity, schemes, wave, what)


def _fetch(run: Run, table: str, at: Place | str, schemes: tuple[str, ...], wave: int, what: str) -> Iterator[Node]:
    """A dataset asked by each of its keys; `at` is the place whose base it is in, or an entity."""
    denial = run.permits.table(run.world.city.tables[table])
    place, entity = (at, at.entity) if isinstance(at, Place) else (None, at)
    for binding in _asked(run, place, table, entity, schemes):
        if not schemes or binding.scheme.name in schemes:
            when = wave
        elif any(_leads(run, s, binding.scheme.name) for s in schemes):
            when = wave + 1
        else:
            continue
        how = "Fetch" if binding.exact else "Spell"
        yield Node(when, how, f"{table} by {binding.scheme.name} -> {what}", denial.reason if denial else None)


def _leads(run: Run, given: str, scheme: str) -> bool:
    """Whether a register, or matching, may lead from one scheme to another."""
    world = run.world
    if world.bindings.translators(given, scheme) or scheme in world.matching.beside((given,)):
        return True
    return scheme in world.persons.beside((given,)) and {given, scheme} <= set(compared(run))


def decisions(made: Decisions, agency: Callable[[Table], str]) -> list[dict[str, Any]]:
    """What the caller would get of every field, as `extensions.explain` prints it."""
    return [
        {
            "field": decision.need.field,
            "agency": agency(decision.need.table) if decision.need.table else None,
            "dataset": decision.need.table.name if decision.need.table else None,
            "column": decision.need.column,
            "entity": decision.need.entity,
            "allowed": "PARTLY" if decision.partly else "NO" if decision.denial else "YES",
            "rule": decision.denial.rule if decision.denial else None,
            "reason": decision.denial.reason if decision.denial else None,
            "remedy": decision.denial.remedy or None if decision.denial else None,
        }
        for decision in made.all
    ]


def text(nodes: Iterable[Node]) -> str:
    """The nodes, one on a line, in the order of their waves."""
    ordered = sorted(nodes, key=lambda node: node.wave)
    return "\n".join(str(node) for node in ordered)
