"""Search roots: candidates with state, confidence and evidence; never a guess.

Addresses are looked up in the registers that carry address text; businesses by their claimed
names, at one address or by the beginning of the name; persons by the two facts that the
arguments of their roots demand.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from adapters.base import AnyOf, Compare, Filter, Op
from gateway.engine.arguments import Refusal, first_of
from gateway.engine.frames import Frame, open_frame
from gateway.engine.inside import named
from gateway.engine.looking import Looked, rows_found
from gateway.engine.ordering import plain
from gateway.engine.plan import Place, RootPlan
from gateway.engine.restricting import told, untold
from gateway.engine.run import Run
from gateway.engine.searching_addresses import search_addresses
from gateway.engine.values import CandidateValue, Failure, Identified, RecordValue
from resolvers.city import Table
from resolvers.identity.codec import BadIdentifier
from resolvers.identity.names import compare_names, normalise_name
from resolvers.linking import Evidence, MatchState

_NAMES = MappingProxyType({"Business": ("trade_name", "legal_name"), "Person": ("full_name",)})
_LEAST = MappingProxyType({"Business": 0.6, "Person": 0.9})
_SURE = 0.95
_MOST_PERSONS = 10


async def search(run: Run, root: RootPlan) -> list[CandidateValue] | Failure:
    """The candidates, best first, and a frame for each field that shows their entities."""
    meaning: Any = root.selected.meaning
    unseen = run.denied_entity(meaning.entity)
    if unseen is not None:
        return unseen
    arguments = root.selected.arguments(run.variables)
    first = first_of(run, arguments, run.world.bounds.candidates)
    looked = await _SEARCHES[meaning.entity](run, arguments)
    if looked.denied and not (looked.answered or looked.failures):
        return looked.denied[0]
    found = _decided(run, looked)[:first]
    targets = list(dict.fromkeys(candidate.target for candidate in found))
    for holder, place in root.places:
        await open_frame(run, holder, place, targets)
    return found


def _decided(run: Run, looked: Looked) -> list[CandidateValue]:
    """The best candidate of each entity. MATCH stands only while nothing is equally good at its level."""
    if looked.failures and not looked.answered:
        raise Refusal(looked.failures[0].code, looked.failures[0].message)
    best: dict[Identified, CandidateValue] = {}
    for candidate in sorted(looked.candidates, key=lambda c: (-c.confidence, c.target)):
        best.setdefault(candidate.target, candidate)
    levels = [run.world.city.schemes[c.target[0]].level for c in best.values() if c.state is MatchState.MATCH]
    return [
        replace(c, state=MatchState.POSSIBLE)
        if c.state is MatchState.MATCH and levels.count(run.world.city.schemes[c.target[0]].level) > 1
        else c
        for c in best.values()
    ]


# businesses and persons


async def _businesses(run: Run, arguments: Mapping[str, Any]) -> Looked:
    _enough(arguments["name"])
    return await _by_name(run, "Business", arguments)


async def _persons(run: Run, arguments: Mapping[str, Any]) -> Looked:
    _enough(arguments["name"])
    looked = await _by_name(run, "Person", arguments)
    if len({candidate.target for candidate in looked.candidates}) > _MOST_PERSONS:
        raise Refusal("TOO_MANY", f"More than {_MOST_PERSONS} persons answer to this; give another fact.")
    return looked


def _enough(name: str) -> None:
    if len(normalise_name(name)) < 2:
        raise Refusal("BAD_ARGUMENT", "name needs two letters or digits at least.")


async def _by_name(run: Run, entity: str, arguments: Mapping[str, Any]) -> Looked:
    looked = Looked()
    tables = {table.name: columns for table, columns in _named_tables(run, entity, looked)}
    if arguments.get("near") is not None:
        found = await _near(run, entity, arguments["near"], tables, looked)
    else:
        found = await _anywhere(run, entity, arguments, tables, looked)
    for record in found:
        candidate = _candidate(run, entity, record, arguments, tables[record.table.name])
        if candidate is not None:
            looked.candidates.append(candidate)
    return looked


def _named_tables(run: Run, entity: str, looked: Looked) -> Iterable[tuple[Table, list[str]]]:
    """The datasets that claim names the caller may see, with the columns of the names."""
    for table in run.world.city.tables.values():
        columns = [c.column for c in table.claims if c.entity == entity and c.attribute in _NAMES[entity]]
        if not columns or not run.world.bindings.of(table.name, entity):
            continue
        hidden = {column: run.denied_column(table, column) for column in columns}
        shown = [column for column in columns if hidden[column] is None]
        if shown and not told(run, table, entity):
            looked.denied += [failure for failure in (untold(run, table, entity),) if failure]
        elif shown:
            yield table, shown
        else:
            looked.denied += [failure for failure in hidden.values() if failure]


def _born(table: Table) -> str | None:
    return next((c.column for c in table.claims if (c.entity, c.attribute) == ("Person", "birth_date")), None)


async def _near(run: Run, entity: str, near: str, tables: Mapping[str, list[str]], looked: Looked) -> list[RecordValue]:
    """Rows of these datasets at one address."""
    try:
        place = run.world.bindings.parse("Address", near)
    except BadIdentifier as error:
        raise Refusal("BAD_IDENTIFIER", f"near: {error}") from None
    wanted = Place("Address", "near")
    for name, columns in tables.items():
        if run.world.bindings.of(name, "Address"):
            reads = [c for b in run.world.bindings.of(name, entity) for c in b.key.reads]
            born = _born(run.world.city.tables[name])
            wanted.need(name, *columns, *reads, *([born] if born else []))
            wanted.tying.add(name)
    frame = Frame(run, wanted, [place])
    found = [(await frame.whole(name))[0] for name in wanted.base]
    looked.answered += sum(rows.shown for rows in found)
    looked.failures += [rows.failure for rows in found if rows.failure]
    return [record for rows in found for record in rows.records]


async def _anywhere(
    run: Run, entity: str, arguments: Mapping[str, Any], tables: Mapping[str, list[str]], looked: Looked
) -> list[RecordValue]:
    found = []
    for name, columns in tables.items():
        table = run.world.city.tables[name]
        born = _born(table)
        if entity == "Person":
            if born is None:
                continue
            if hidden := run.denied_column(table, born):
                looked.denied.append(hidden)
                continue
            filters: tuple[Filter, ...] = (Compare(born, Op.EQ, arguments["birthDate"]),)
        else:
            spelled = dict.fromkeys(_spellings(arguments["name"]))
            filters = (AnyOf(tuple(Compare(c, Op.STARTS_WITH, text) for c in columns for text in spelled)),)
        found.append(
            rows_found(
                run, table, entity, filters=filters, columns=[*columns, *([born] if born else [])], looked=looked
            )
        )
    return [record for rows in await asyncio.gather(*found) for record in rows]


def _spellings(name: str) -> Iterable[str]:
    text = " ".join(name.split())
    return (text, text.upper(), text.title(), normalise_name(text))


def _candidate(
    run: Run, entity: str, record: RecordValue, arguments: Mapping[str, Any], columns: Sequence[str]
) -> CandidateValue | None:
    target = named(run, record, entity)
    names = [str(value) for column in columns if (value := plain(record.cell(column)))]
    if target is None or not names:
        return None
    born, asked = _born(record.table) if entity == "Person" else None, arguments.get("birthDate")
    if asked is not None and born is not None and plain(record.cell(born)) != asked:
        return None
    likeness, name = max((_likeness(arguments["name"], name), name) for name in names)
    if likeness < _LEAST[entity]:
        return None
    agency = run.world.agency(record.table)
    shown = name if entity == "Business" else "the name"
    evidence = [Evidence(rule="name", detail=f"{shown} at {agency}: likeness {likeness:.2f}")]
    if asked is not None:
        evidence.append(Evidence(rule="birth_date", detail=f"the day at {agency} agrees"))
    state = MatchState.MATCH if likeness >= _SURE else MatchState.POSSIBLE
    return CandidateValue(target, state, round(likeness, 3), tuple(evidence))


def _likeness(asked: str, found: str) -> float:
    """Of names as a whole; a name that continues what was asked is a possible one."""
    begun = normalise_name(found).startswith(normalise_name(asked))
    return max(compare_names(asked, found), 0.7 if begun else 0.0)


_SEARCHES = MappingProxyType({"Address": search_addresses, "Business": _businesses, "Person": _persons})
