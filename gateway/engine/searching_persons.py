"""Persons: looked for by a name and one fact more; nobody is listed.

Agencies are asked by what their source sorts out itself: the day of birth (or the one with day and
month in each other's place), the keys of an address, the spellings of the name. What comes is judged
by `resolvers.identity.matching.look_ups`. Who has no right to near misses is told of a MATCH alone.
"""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from adapters.base import Compare, Op
from gateway.engine.arguments import Refusal
from gateway.engine.inside import named
from gateway.engine.looking import Looked, rows_found
from gateway.engine.naming import address_of, named_tables, rows_near
from gateway.engine.person_names import Names, born, names_in
from gateway.engine.person_rows import held, seen_born, sorts_out
from gateway.engine.run import Run
from gateway.engine.values import CandidateValue, Failure, Identified, RecordValue
from resolvers.city import Table
from resolvers.identity.matching.look_ups import look_up
from resolvers.identity.matching.model import Match, model
from resolvers.identity.matching.persons import Person
from resolvers.identity.matching.resemblance import wanted_words
from resolvers.identity.matching.whole_names import parts_spelled, readings, spellings
from resolvers.identity.names import names_organisation, normalise_name
from resolvers.linking import Evidence, MatchState

MOST = 10
"""Persons that one search may find; more are an error."""

_Columns = Mapping[str, list[str]]


async def search_persons(run: Run, arguments: Mapping[str, Any]) -> Looked:
    """Candidates as the caller may see them. Raises `Refusal`."""
    asked = _asked(arguments)
    near = arguments.get("near")
    place = address_of(run, near) if near is not None else None
    looked = Looked()
    names = {table.name: columns for table, columns in named_tables(run, "Person", looked)}
    if place is not None:
        tables = run.world.city.tables
        births = {name: seen_born(run, tables[name]) for name in names}
        wanted = {name: [*columns, *filter(None, [births[name]])] for name, columns in names.items()}
        records = await rows_near(run, "Person", place, wanted, looked)
    else:
        asking = _asking(run, names, arguments["name"], arguments["birthDate"], looked)
        records = [record for rows in await asyncio.gather(*asking) for record in rows]
    level = run.world.city.schemes[place[0]].level if place is not None else None
    verdicts = _verdicts(run, asked, wanted_words(arguments["name"]), records, names, level)
    if looked.cut:
        raise Refusal("TOO_MANY", "Too many records answer to this to tell persons apart; give another fact.")
    looked.candidates = list(_candidates(run, verdicts))
    return looked


def _asked(arguments: Mapping[str, Any]) -> Sequence[Person]:
    name, day = arguments["name"], arguments.get("birthDate")
    if len(normalise_name(name)) < 2:
        raise Refusal("BAD_ARGUMENT", "name needs two letters or digits at least.")
    if names_organisation(name):
        raise Refusal("BAD_ARGUMENT", "name is an organisation's; use searchBusinesses.")
    return readings(name, birth_date=day.isoformat() if day is not None else "")


# what agencies are asked


def _asking(
    run: Run, names: _Columns, name: str, day: date, looked: Looked
) -> Iterator[Coroutine[Any, Any, list[RecordValue]]]:
    for dataset, columns in names.items():
        table = run.world.city.tables[dataset]
        column = born(table)
        if column is None:
            continue
        if hidden := run.denied_column(table, column):
            looked.denied.append(hidden)
            continue
        conditions = _conditions(run, table, columns, column, name, day)
        if not conditions:
            looked.failures.append(_unsearchable(run, table))
        for condition in conditions:
            yield rows_found(run, table, "Person", filters=condition, columns=[*columns, column], looked=looked)


def _conditions(
    run: Run, table: Table, columns: Sequence[str], birth: str, name: str, day: date
) -> list[tuple[Compare, ...]]:
    """What to ask a dataset by: the day, where its source can sort out by it. Names are asked by where
    it can't, and for who may see near misses."""
    by_day = Compare(birth, Op.IN, tuple(days_alike(day)))
    known = sorts_out(run, table, by_day)
    found: list[tuple[Compare, ...]] = [(by_day,)] if known else []
    if run.permits.near_misses or not known:
        found += [each for each in _by_name(names_in(table, columns), name) if sorts_out(run, table, each[0])]
    return found


def _by_name(names: Names, name: str) -> Iterator[tuple[Compare, ...]]:
    for column in names.whole:
        yield (Compare(column, Op.IN, tuple(spellings(name))),)
    if names.given and names.family:
        given, family = parts_spelled(name)
        yield Compare(names.family, Op.IN, tuple(family)), Compare(names.given, Op.IN, tuple(given))


def days_alike(day: date) -> Iterator[date]:
    """A day, and the one with day and month in each other's place."""
    yield day
    if day.day <= 12 and day.day != day.month:
        yield date(day.year, day.day, day.month)


def _unsearchable(run: Run, table: Table) -> Failure:
    agency = run.world.agency(table)
    message = f"{agency} can be asked neither by day of birth nor by name."
    return Failure("UNSEARCHABLE", message, agency, table.name)


# who it is


def _verdicts(
    run: Run,
    asked: Sequence[Person],
    wanted: Sequence[str],
    records: Sequence[RecordValue],
    names: _Columns,
    level: str | None,
) -> dict[Identified, tuple[Match, str]]:
    """The best verdict on everybody whom a row names, and the agency that holds the row."""
    found: dict[Identified, tuple[Match, str]] = {}
    for record in records:
        match = look_up(asked, list(held(run, record, names[record.table.name], wanted)), level=level)
        target = named(run, record, "Person") if match is not None and match.state is not None else None
        if target is None or match is None:
            continue
        known = found.get(target)
        if known is None or _rank(match) > _rank(known[0]):
            found[target] = match, run.world.agency(record.table)
    return found


def _rank(match: Match) -> tuple[bool, float]:
    return match.state == "MATCH", match.weight


def _candidates(run: Run, verdicts: Mapping[Identified, tuple[Match, str]]) -> Iterator[CandidateValue]:
    """Whom the caller is told of. Of an authority's numbers one at most is the person's: a MATCH has to
    stand out among them."""
    all_told = run.permits.near_misses
    if sum(all_told or match.state == "MATCH" for match, _ in verdicts.values()) > MOST:
        raise Refusal("TOO_MANY", f"More than {MOST} persons answer to this; give another fact.")
    for scheme in dict.fromkeys(scheme for scheme, _ in verdicts):
        mine = {target: match for target, (match, _) in verdicts.items() if target[0] == scheme}
        decided = dict(zip(mine, model("person").decide(list(mine.values())), strict=True))
        sure = any(match.state == "MATCH" for match in decided.values())
        if not all_told and not sure and any(match.state == "MATCH" for match in mine.values()):
            raise Refusal("AMBIGUOUS", "Several persons answer to this, and none stands out; give another fact.")
        for target, match in decided.items():
            if match.state == "MATCH" or (all_told and match.state):
                yield _candidate(target, match, verdicts[target][1])


def _candidate(target: Identified, match: Match, agency: str) -> CandidateValue:
    """Its evidence names rules, never a value."""
    evidence = [Evidence(rule="held_by", detail=agency)]
    evidence += [Evidence(rule=each.rule, detail=each.detail) for each in match.evidence]
    return CandidateValue(target, MatchState(match.state), round(match.confidence, 3), tuple(evidence))
