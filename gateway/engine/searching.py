"""Search roots: candidates with state, confidence and evidence; never a guess.

Addresses are looked up in the registers that carry address text (`searching_addresses`), persons by
two facts (`searching_persons`); businesses by their claimed names, at one address or by the beginning
of the name.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from adapters.base import AnyOf, Compare, Op
from gateway.engine.arguments import Refusal, first_of
from gateway.engine.frames import open_frame
from gateway.engine.inside import named
from gateway.engine.looking import Looked, rows_found
from gateway.engine.naming import address_of, named_tables, rows_near
from gateway.engine.ordering import plain
from gateway.engine.plan import RootPlan
from gateway.engine.run import Run
from gateway.engine.searching_addresses import search_addresses
from gateway.engine.searching_persons import search_persons
from gateway.engine.values import CandidateValue, Failure, Identified, RecordValue
from resolvers.identity.names import compare_names, normalise_name
from resolvers.linking import Evidence, MatchState

_LEAST = 0.6
_SURE = 0.95


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
    found = _best(looked)
    found = (found if meaning.entity == "Person" else _alone(run, found))[:first]
    targets = list(dict.fromkeys(candidate.target for candidate in found))
    for holder, place in root.places:
        await open_frame(run, holder, place, targets)
    return found


def _best(looked: Looked) -> list[CandidateValue]:
    """The best candidate of each entity."""
    if looked.failures and not looked.answered:
        raise Refusal(looked.failures[0].code, looked.failures[0].message)
    best: dict[Identified, CandidateValue] = {}
    for candidate in sorted(looked.candidates, key=lambda c: (-c.confidence, c.order, c.target)):
        best.setdefault(candidate.target, candidate)
    return list(best.values())


def _alone(run: Run, found: Sequence[CandidateValue]) -> list[CandidateValue]:
    """MATCH stands only while nothing is equally good at its level; whom persons match is decided
    already, for each authority's numbers by themselves."""
    levels = [run.world.city.schemes[c.target[0]].level for c in found if c.state is MatchState.MATCH]
    return [
        replace(c, state=MatchState.POSSIBLE)
        if c.state is MatchState.MATCH and levels.count(run.world.city.schemes[c.target[0]].level) > 1
        else c
        for c in found
    ]


# businesses


async def _businesses(run: Run, arguments: Mapping[str, Any]) -> Looked:
    _enough(arguments["name"])
    return await _by_name(run, arguments)


def _enough(name: str) -> None:
    if len(normalise_name(name)) < 2:
        raise Refusal("BAD_ARGUMENT", "name needs two letters or digits at least.")


async def _by_name(run: Run, arguments: Mapping[str, Any]) -> Looked:
    looked = Looked()
    tables = {table.name: columns for table, columns in named_tables(run, "Business", looked)}
    if arguments.get("near") is not None:
        found = await rows_near(run, "Business", address_of(run, arguments["near"]), tables, looked)
    else:
        found = await _anywhere(run, arguments, tables, looked)
    for record in found:
        candidate = _candidate(run, record, arguments, tables[record.table.name])
        if candidate is not None:
            looked.candidates.append(candidate)
    return looked


async def _anywhere(
    run: Run, arguments: Mapping[str, Any], tables: Mapping[str, list[str]], looked: Looked
) -> list[RecordValue]:
    found = []
    spelled = dict.fromkeys(_spellings(arguments["name"]))
    for name, columns in tables.items():
        table = run.world.city.tables[name]
        filters = (AnyOf(tuple(Compare(c, Op.STARTS_WITH, text) for c in columns for text in spelled)),)
        found.append(rows_found(run, table, "Business", filters=filters, columns=columns, looked=looked))
    return [record for rows in await asyncio.gather(*found) for record in rows]


def _spellings(name: str) -> Iterable[str]:
    text = " ".join(name.split())
    return (text, text.upper(), text.title(), normalise_name(text))


def _candidate(
    run: Run, record: RecordValue, arguments: Mapping[str, Any], columns: Sequence[str]
) -> CandidateValue | None:
    target = named(run, record, "Business")
    names = [str(value) for column in columns if (value := plain(record.cell(column)))]
    if target is None or not names:
        return None
    likeness, name = max((_likeness(arguments["name"], name), name) for name in names)
    if likeness < _LEAST:
        return None
    agency = run.world.agency(record.table)
    evidence = (Evidence(rule="name", detail=f"{name} at {agency}: likeness {likeness:.2f}"),)
    state = MatchState.MATCH if likeness >= _SURE else MatchState.POSSIBLE
    return CandidateValue(target, state, round(likeness, 3), evidence)


def _likeness(asked: str, found: str) -> float:
    """Of names as a whole; a name that continues what was asked is a possible one."""
    begun = normalise_name(found).startswith(normalise_name(asked))
    return max(compare_names(asked, found), 0.7 if begun else 0.0)


_SEARCHES = MappingProxyType({"Address": search_addresses, "Business": _businesses, "Person": search_persons})
