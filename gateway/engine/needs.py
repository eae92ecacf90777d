"""What an operation asks for, field by field, as decisions and the record of look-ups name it."""

from collections.abc import Iterator, Sequence
from itertools import product
from types import NoneType

from gateway.engine.planning import LABELS, ties
from gateway.engine.selection import Selected, Selection
from gateway.policy.decisions import Need
from resolvers.city import City, Section, Table
from resolvers.entities import SHARED
from resolvers.meaning import (
    AboutEntity,
    BulkRoot,
    Claims,
    ColumnField,
    EntityFact,
    EntityRoot,
    FindRoot,
    Linked,
    Matched,
    Merged,
    NodeRoot,
    PageFact,
    Part,
    RecordFact,
    Related,
    SearchRoot,
    SectionField,
    SharedAttribute,
    ValueEntity,
    Whole,
)
from resolvers.merging import attributes

_SILENT = frozenset({NoneType, RecordFact, PageFact})
"""Meanings that ask for nothing by themselves; most fields of a query over many types have one of them."""

_COUNTS = frozenset({"totalCount", "source", "sources", "__typename"})


def needs(city: City, selection: Selection) -> tuple[Need, ...]:
    """The needs of an operation, in document order, each once."""
    walker = _Walker(city)
    for selected in selection.values():
        walker.walk(selected, "", selected.key)
    return tuple(walker.found.values())


class _Walker:
    def __init__(self, city: City) -> None:
        self._city = city
        self._sections = {section.type_name: section for section in city.sections}
        self.found: dict[tuple[object, ...], Need] = {}

    def walk(self, selected: Selected, kind: str, path: str) -> None:
        """Find the needs of a field on a concrete type and of all below it."""
        if type(selected.meaning) not in _SILENT:
            for need in self._own(selected, kind, path):
                self.found[need.key] = need
        for child_kind, selection in selected.children.items():
            for child in selection.values():
                if child.children or type(child.meaning) not in _SILENT:
                    self.walk(child, child_kind, f"{path}.{child.key}")

    def _own(self, selected: Selected, kind: str, path: str) -> Iterator[Need]:
        match selected.meaning:
            case ColumnField(column):
                if kind in self._sections:
                    yield Need(path, table=self._table(self._sections[kind]), column=column)
            case EntityRoot(entity) | BulkRoot(entity) | ValueEntity(entity):
                yield Need(path, entity=entity)
            case SearchRoot(entity):
                yield Need(path, entity=entity)
                yield from self._searched(path, entity)
            case AboutEntity(entity) | Related(entity):
                yield Need(path, entity=entity)
            case FindRoot(entity, dataset):
                yield Need(path, entity=entity)
                yield Need(path, table=self._city.tables[dataset], counted=_counted(selected))
            case SectionField(section):
                yield self._section(path, section, selected)
            case Part(section) | Whole(section):
                yield Need(path, table=self._table(section), counted=_counted(selected))
            case Merged(sections, _):
                yield from (self._section(path, section, selected) for section in sections)
            case Linked(entity, target):
                yield Need(path, entity=target)
                yield from (self._tied(path, t, entity, target) for t in self._tables(entity, target))
            case Matched(entity):
                yield from (Need(path, table=table, shared=True) for table in self._named(entity))
            case SharedAttribute(entity, name):
                yield from self._claimed(path, entity, name)
            case EntityFact("label" | "name") if kind in SHARED:
                for name in LABELS[kind]:
                    yield from self._claimed(path, kind, name)
            case Claims(entity):
                names = [selected.constant["attribute"].value] if selected.constant else attributes(SHARED[entity])
                for name in names:
                    yield from self._claimed(path, entity, str(name))

    def _section(self, path: str, section: Section, selected: Selected) -> Need:
        table = self._table(section)
        return Need(path, table=table, counted=_counted(selected), keys=self._keys(table, section.entity))

    def _tied(self, path: str, table: Table, entity: str, target: str) -> Need:
        """A dataset that links: it is asked by a key of one entity, and tells a key of the other."""
        pairs = product(self._keys(table, entity), self._keys(table, target))
        return Need(path, table=table, keys=tuple((*one, *other) for one, other in pairs))

    def _tables(self, entity: str, target: str) -> Iterator[Table]:
        return (table for table in self._city.tables.values() if ties(table, entity, target))

    def _keys(self, table: Table, entity: str) -> tuple[tuple[str, ...], ...]:
        return tuple(key.reads for key in table.keys if self._city.schemes[key.scheme].entity == entity)

    def _searched(self, path: str, entity: str) -> Iterator[Need]:
        """What a search looks through: registers with addresses, or names."""
        if entity != "Address":
            for name in LABELS[entity]:
                yield from self._claimed(path, entity, name)
        else:
            registers = (r for r in self._city.registers if self._city.schemes[r.scheme].entity == entity)
            for name in dict.fromkeys(dataset for register in registers for dataset in register.datasets):
                table = self._city.tables[name]
                if any(key.scheme == self._city.address_scheme for key in table.keys):
                    yield Need(path, table=table, shared=True)

    def _named(self, entity: str) -> Iterator[Table]:
        """The datasets by whose names a kind of entity is matched."""
        for table in self._city.tables.values():
            named = any(c.entity == entity and c.attribute in LABELS[entity] for c in table.claims)
            if named and table.access is None and table.protect is None:
                yield table

    def _claimed(self, path: str, entity: str, name: str) -> Iterator[Need]:
        for table in self._city.tables.values():
            for claim in table.claims:
                if (claim.entity, claim.attribute) == (entity, name):
                    yield Need(path, table=table, column=claim.column, shared=True)

    def _table(self, section: Section) -> Table:
        return self._city.tables[section.dataset]


def _counted(selected: Selected) -> bool:
    """Whether only the number of records is asked for, or what there is to say of the part itself."""
    chosen = {child.name for selection in selected.children.values() for child in selection.values()}
    return "totalCount" in chosen and chosen <= _COUNTS


def is_personal(city: City, asked: Sequence[Need], selection: Selection) -> bool:
    """Whether the literals of an operation may be about persons: it asks for persons or personal
    values, searches by name, or sets conditions on datasets that hold any."""
    for need in asked:
        if need.entity == "Person":
            return True
        if need.table is not None and need.column is not None:
            column = need.table.dataset.columns[need.column]
            if column.personal is not None or column.access is not None:
                return True
        if need.table is not None and (need.table.access is not None or need.table.protect is not None):
            return True
    return any(_asks_by_name(city, s) for root in selection.values() for s in (root, *root.walk()))


def _asks_by_name(city: City, selected: Selected) -> bool:
    match selected.meaning:
        case NodeRoot():  # the id may be a person's, or of a record about one
            return any(scheme.entity == "Person" for scheme in city.schemes.values())
        case SearchRoot(entity):
            return entity != "Address"
        case SectionField(section) | Part(section):
            return _sets_conditions(city.tables[section.dataset], selected)
        case FindRoot(_, dataset):
            return _sets_conditions(city.tables[dataset], selected)
    return False


def _sets_conditions(table: Table, selected: Selected) -> bool:
    """Whether a field has conditions on a dataset that not everybody may see all of."""
    conditions = {"where", "orderBy"} & {a.name.value for node in selected.nodes for a in node.arguments or ()}
    return bool(conditions) and any(not column.public for column in table.dataset.columns.values())
