"""What the `[[grant]]`s of an agreement open of each dataset of a city.

For a dataset the most specific grant decides: one on it or on sections of it, else on its agency,
on everything. A grant with a mistake opens nothing, and no wider one stands in for it: that
would open what the narrower one was to limit.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from adapters.base import AllOf, AnyOf, Column, Filter
from gateway.catalogue.documents import Document, Spot
from gateway.catalogue.filters import condition
from gateway.catalogue.names import ENTITIES
from gateway.catalogue.problems import Report, nearest
from gateway.policy.agreements import grammar
from gateway.policy.terms import Grant
from resolvers.city import City, Section, Table

EVERYTHING = "*"
_DATASET, _AGENCY, _ALL = range(3)


@dataclass(frozen=True, slots=True)
class _Opening:
    """What one `on` of a grant opens of one dataset; `grant` is None where there is a mistake."""

    rank: int
    on: str
    spot: Spot
    dataset: str
    grant: Grant | None
    section: bool = False


@dataclass(frozen=True, slots=True)
class _Columns:
    """A dataset of the city, as conditions look at it."""

    table: Table

    @property
    def columns(self) -> Mapping[str, Column]:
        return self.table.dataset.columns

    def column(self, name: str, spot: Spot) -> Column | None:
        """The column; one that is not there is reported."""
        if name not in self.columns:
            spot.problem(f'column "{name}" is not in {self.table.name}', nearest(name, self.columns))
        return self.columns.get(name)


def grants(document: Document[grammar.AgreementFile], city: City) -> Mapping[str, Grant]:
    """The grant of every dataset that the agreement opens, by complete name; mistakes are reported."""
    openings, lost = [], []
    for index, declared in enumerate(document.model.grant):
        for on in dict.fromkeys(declared.on):
            found = _openings(declared, on, Spot(document, ("grant", index)), city)
            openings += found
            lost += [] if found else [(declared, on)]
    blocked = list(_blocked(lost, city))
    by_dataset: dict[str, list[_Opening]] = {}
    for opening in openings:
        by_dataset.setdefault(opening.dataset, []).append(opening)
    decided = {name: _decided(found, blocked) for name, found in by_dataset.items()}
    return MappingProxyType({name: grant for name, grant in decided.items() if grant is not None})


def _openings(declared: grammar.Grant, on: str, spot: Spot, city: City) -> list[_Opening]:
    """What a grant on `on` opens; nothing where the city has no such thing, which is reported."""
    here = spot.at("on")
    if on == EVERYTHING:
        return _wide(declared, on, _ALL, spot, city.tables.values())
    first, dot, second = on.partition(".")
    if first in ENTITIES and dot:
        sections = {each.name: each for each in city.sections if each.entity == first}
        if second in sections:
            return [_narrow(declared, on, spot, city.tables[sections[second].dataset], sections[second])]
        here.problem(f'there is no section "{on}"', nearest(on, [f"{first}.{name}" for name in sections]))
    elif second == EVERYTHING and first in city.agencies:
        return _wide(declared, on, _AGENCY, spot, [each for each in city.tables.values() if each.agency == first])
    elif second == EVERYTHING:
        here.problem(f'there is no agency "{first}"', nearest(first, city.agencies))
    elif on in city.tables:
        return [_narrow(declared, on, spot, city.tables[on], None)]
    else:
        sections_too = [f"{each.entity}.{each.name}" for each in city.sections]
        here.problem(
            f'"{on}" is no section and no dataset',
            nearest(on, [*city.tables, *sections_too], 'write it like "Address.inspections" or "health.inspections"'),
        )
    return []


def _wide(declared: grammar.Grant, on: str, rank: int, spot: Spot, tables: Iterable[Table]) -> list[_Opening]:
    """A grant on several datasets opens them whole, or to be counted."""
    sound = True
    for key in ("columns", "rows"):
        if getattr(declared, key):
            spot.at(key).problem(f'"{key}" of a grant on "{on}"', "grant each dataset that it concerns by itself")
            sound = False
    opened = list(tables)
    return [
        _Opening(rank, on, spot, each.name, Grant(each.name, counts_only=declared.counts_only) if sound else None)
        for each in opened
    ]


def _narrow(declared: grammar.Grant, on: str, spot: Spot, table: Table, section: Section | None) -> _Opening:
    """A grant on one dataset, or on what a section shows of it."""
    report = Report()
    here = Spot(replace(spot.document, report=report), spot.loc)
    columns = _columns(declared, on, here.at("columns"), table, section)
    rows = [section.where] if section and section.where else []
    limit = condition(declared.rows, _Columns(table), here.at("rows"))
    rows += [limit] if limit else []
    for problem in report.problems:
        spot.document.report.add(problem)
    grant = None if report.problems else Grant(table.name, columns, tuple(rows), declared.counts_only)
    return _Opening(_DATASET, on, spot, table.name, grant, section is not None)


def _columns(
    declared: grammar.Grant, on: str, spot: Spot, table: Table, section: Section | None
) -> frozenset[str] | None:
    """The columns opened; None for all of the dataset's."""
    shown = list(section.columns) if section else []
    for name in declared.columns:
        if _Columns(table).column(name, spot) and shown and name not in shown:
            spot.problem(f'"{name}" is not shown by {on}', nearest(name, shown))
    return frozenset(declared.columns or shown) or None


def _blocked(lost: Sequence[tuple[grammar.Grant, str]], city: City) -> Iterator[str]:
    """The agencies ("*": all) that no wide grant may open, because a narrower one is lost."""
    for declared, on in lost:
        first = on.partition(".")[0]
        if first in ENTITIES or declared.columns or declared.rows or declared.counts_only:
            yield first if first in city.agencies else EVERYTHING


def _decided(found: list[_Opening], blocked: Sequence[str]) -> Grant | None:
    """The grant of one dataset, of all that open it."""
    rank = min(each.rank for each in found)
    best = [each for each in found if each.rank == rank]
    agency = best[0].dataset.partition(".")[0]
    if rank != _DATASET and (agency in blocked or EVERYTHING in blocked):
        best[0].spot.at("on").problem(
            f'"{best[0].on}" does not open {best[0].dataset}: a narrower grant of this agreement is not valid',
            "mend that one first",
        )
        return None
    if any(each.grant is None for each in best):
        return None
    return _one(best)


def _one(best: list[_Opening]) -> Grant | None:
    """Equally specific grants on one dataset: several sections of it may go together."""
    made = [each.grant for each in best if each.grant is not None]
    if len(best) == 1:
        return made[0]
    first, last = best[0], best[-1]
    several = len({each.on for each in best}) == len(best) and all(each.section for each in best)
    together = _together(made) if several else None
    if together is None:
        what = f'"{last.on}" is granted' if first.on == last.on else f'"{first.on}" and "{last.on}" are granted'
        last.spot.at("on").problem(
            f"{what} in line {first.spot.at('on').line} too, and nothing says which decides for {first.dataset}",
            f'make one grant of them, on = "{first.dataset}"',
        )
        return None
    return together


def _together(made: list[Grant]) -> Grant | None:
    """The grant that opens exactly what several open; None where no single one does."""
    first = made[0]
    if any(each.counts_only != first.counts_only for each in made):
        return None
    if all(each.rows == first.rows for each in made):
        opened = [each.columns for each in made]
        columns = None if None in opened else frozenset().union(*(each for each in opened if each is not None))
        return replace(first, columns=columns)
    if all(each.columns == first.columns for each in made):
        return replace(
            first, rows=(AnyOf(tuple(_all(each.rows) for each in made)),) if all(each.rows for each in made) else ()
        )
    return None


def _all(rows: tuple[Filter, ...]) -> Filter:
    return rows[0] if len(rows) == 1 else AllOf(rows)
