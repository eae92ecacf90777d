"""Persons of several agencies brought together by two facts: the name, and the same day of birth.

Careful, because a profile that merges two people tells each one's secrets of the other. Only registers
are compared, and only as the caller may see them. Two rows are one person if each stands out among
all of its register with that day of birth. Nobody of whom an agency keeps anything back is looked for,
or found. Nothing is remembered: persons have no edge in the crosswalk.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from adapters.base import Compare, Op
from gateway.engine.fetching import fetch
from gateway.engine.looking import Looked, rows_found
from gateway.engine.matching import BusinessLinkValue, Linked
from gateway.engine.matching.looking import Beside
from gateway.engine.ordering import plain
from gateway.engine.person_registers import PersonRegister
from gateway.engine.person_rows import held, sorts_out
from gateway.engine.run import Batch, Run
from gateway.engine.values import Failure, Identified, RecordValue, Withheld
from gateway.engine.waiting import together
from gateway.engine.wants import Want
from resolvers.identity.matching.look_ups import look_up
from resolvers.identity.matching.model import Match, model
from resolvers.identity.matching.persons import Person
from resolvers.identity.matching.resemblance import resembles, words_of
from resolvers.provenance import State

_MOST_READINGS = 9
MOST = 20
"""Persons of one place that are looked for elsewhere; of more nobody is."""


_Wanted = Mapping[date, Sequence[Sequence[str]]]
"""Who is looked for: by day of birth the words of names."""


@dataclass(frozen=True, slots=True)
class _Born:
    """Who was born on the days asked for: by number the readings of a name, with the day. Of those in
    `guarded` the agency keeps something back."""

    people: Mapping[str, Sequence[Person]]
    guarded: frozenset[str] = frozenset()


async def link_persons(batch: Batch, _beside: Beside) -> list[Linked]:
    """For each person of a batch the numbers at other agencies that are surely its own. Never raises for
    what an agency does."""
    registers = compared(batch.run)
    given = [registers[scheme] for scheme in batch.given if scheme in registers]
    if len(batch.entities) > MOST or not given:
        return [Linked() for _ in batch.entities]
    mine = await _own(batch, given)
    wanted = _wanted(mine.values())
    found = await together(_born_on(batch.run, register, wanted) for register in registers.values())
    known = dict(zip(registers, found, strict=True))
    return [_linked(registers, known, entity, mine.get(entity, ())) for entity in batch.entities]


def compared(run: Run) -> Mapping[str, PersonRegister]:
    """The registers that are compared for this caller, by the scheme of their numbers: two at least."""
    found = {scheme: register for scheme, register in run.world.persons.by_scheme.items() if _open(run, register)}
    return found if len(found) > 1 else {}


def _open(run: Run, register: PersonRegister) -> bool:
    """Whether the caller may see all of a register by which persons are told apart, and what it keeps back
    of some, in all rows; and whether its source finds the rows of a day."""
    if run.permits.table(register.table) is not None or run.permits.rows(register.table):
        return False
    hidden = any(run.denied_column(register.table, column) for column in register.columns)
    return not hidden and sorts_out(run, register.table, Compare(register.born, Op.IN, (date(2000, 2, 1),)))


# who is asked about


async def _own(batch: Batch, registers: Iterable[PersonRegister]) -> dict[Identified, Sequence[Person]]:
    """The persons of a batch as their own registers know them, where nothing is kept back."""
    found: dict[Identified, Sequence[Person]] = {}
    for register in registers:
        key = register.table.dataset.id
        columns = tuple(dict.fromkeys((*register.columns, *key)))
        schemes = frozenset({register.key.scheme.name})
        want = Want(register.table, columns, key=key, keyed=bool(key), schemes=schemes, direct=True)
        for entity, rows in zip(batch.entities, await fetch(batch, want), strict=True):
            whole = rows.state in (State.OK, State.STALE) and not any(map(_kept_back, rows.records))
            if entity[0] in schemes and whole:
                found[entity] = _one(batch.run, register, rows.records)
    return found


def _kept_back(record: RecordValue) -> bool:
    return record.hidden or any(isinstance(cell, Withheld) and cell.why == "confidential" for cell in record.row)


def _one(run: Run, register: PersonRegister, records: Sequence[RecordValue]) -> Sequence[Person]:
    """The readings of somebody's name; none where rows disagree about the day of birth, where it is not
    known, or where it is the first of January, which is written for days that are not known."""
    births = {plain(record.cell(register.born)) for record in records}
    if len(births) != 1 or not isinstance(day := births.pop(), date) or (day.month, day.day) == (1, 1):
        return ()
    found: list[Person] = []
    for record in records:
        found += [person for person in held(run, record, register.names) if person not in found]
    return found[:_MOST_READINGS]


def _wanted(people: Iterable[Sequence[Person]]) -> _Wanted:
    found: dict[date, dict[tuple[str, ...], None]] = {}
    for readings in people:
        for one in readings:
            day = date(int(one.birth[:4]), int(one.birth[4:6]), int(one.birth[6:]))
            found.setdefault(day, {})[*one.given, *one.family] = None
    return {day: tuple(words) for day, words in found.items()}


# who was born on the same days


async def _born_on(run: Run, register: PersonRegister, wanted: _Wanted) -> _Born | Failure:
    """Everybody of a register who was born on these days and has a name like these; a failure where that
    is not known."""
    if not wanted:
        return _Born({})
    looked, rows = Looked(), dict[str, list[RecordValue]]()
    condition = Compare(register.born, Op.IN, tuple(sorted(wanted)))
    for record in await rows_found(
        run, register.table, "Person", filters=(condition,), columns=register.columns, looked=looked
    ):
        number = register.key.read(record.cells())
        if number is not None and _like(record, register, wanted):
            rows.setdefault(number, []).append(record)
    if looked.failures:
        return looked.failures[0]
    if looked.cut:
        name = register.table.name
        return Failure(
            "TOO_MANY", f"{name} has too many persons born on one day.", run.world.agency(register.table), name
        )
    guarded = frozenset(number for number, mine in rows.items() if any(map(_kept_back, mine)))
    return _Born({number: _one(run, register, mine) for number, mine in rows.items()}, guarded)


def _like(record: RecordValue, register: PersonRegister, wanted: _Wanted) -> bool:
    names = (plain(record.cell(column)) for column in register.names)
    held_words = words_of(" ".join(name for name in names if isinstance(name, str)))
    sought = wanted.get(plain(record.cell(register.born)), ())
    return any(resembles(words, held_words) for words in sought)


# who is who


def _linked(
    registers: Mapping[str, PersonRegister],
    known: Mapping[str, _Born | Failure],
    entity: Identified,
    mine: Sequence[Person],
) -> Linked:
    rivals = known.get(entity[0])
    if not mine or rivals is None or isinstance(rivals, Failure):
        failures = [(scheme, rivals) for scheme in known] if mine and isinstance(rivals, Failure) else []
        return Linked(failures=tuple(failures))
    links, failures = [], []
    for scheme, there in known.items():
        if scheme == entity[0]:
            continue
        if isinstance(there, Failure):
            failures.append((scheme, there))
            continue
        best = _best(mine, there)
        back = _best(there.people[best[0]], rivals) if best and best[0] not in there.guarded else None
        if best and back and back[0] == entity[1]:
            match, table = best[1], registers[scheme].table.name
            link = BusinessLinkValue((scheme, best[0]), table, "MATCH", round(match.confidence, 3), match.evidence)
            links.append(link)
    return Linked(tuple(links), tuple(failures))


def _best(one: Sequence[Person], others: _Born) -> tuple[str, Match] | None:
    """Who of those born on the same day is surely the same, and stands out among them."""
    births = {reading.birth for reading in one}
    same_day = {n: people for n, people in others.people.items() if births == {reading.birth for reading in people}}
    matches = {number: look_up(one, readings) for number, readings in same_day.items()}
    judged = {number: match for number, match in matches.items() if match is not None and match.state is not None}
    decided = dict(zip(judged, model("person").decide(list(judged.values())), strict=True))
    return next(((n, m) for n, m in decided.items() if m.state == "MATCH" and _full(m)), None)


def _full(match: Match) -> bool:
    """Whether both have a given name in full; an initial is enough to be found by, not to be merged."""
    return not any(each.rule == "given_initial" for each in match.evidence)
