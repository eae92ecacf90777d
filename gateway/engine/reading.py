"""What each field of the schema yields, read from the outputs of a finished run.

The reference builder and graphql-core both read through here, so both see the same values. A
`Failure` in place of a value becomes a GraphQL error at that field.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from graphql import GraphQLError

from adapters.base import Damaged
from gateway.engine import facts, identities
from gateway.engine.ordering import day
from gateway.engine.planning import modified_column, record_key
from gateway.engine.run import EntityValue, Run
from gateway.engine.selection import Selected
from gateway.engine.tokens import pack
from gateway.engine.values import (
    INTS,
    PERSONAL,
    WITHHELD,
    AboutValue,
    CandidateValue,
    EdgeValue,
    Failure,
    Identified,
    LinkValue,
    Page,
    RecordValue,
)
from resolvers.city import City, Table
from resolvers.city import Code as KnownCode
from resolvers.connections import PageInfo
from resolvers.meaning import (
    About,
    AboutEntity,
    Absent,
    BulkRoot,
    CityRoot,
    Claims,
    ColumnField,
    EntityFact,
    EntityRoot,
    FindRoot,
    KeysRoot,
    Linked,
    Matched,
    Merged,
    MeRoot,
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
from resolvers.names import snake
from resolvers.records import CATEGORIES, Code, Level, OutcomeCode, RecordKind, SeverityCode, StatusCode

_CODES = MappingProxyType({"status": StatusCode, "severity": SeverityCode, "outcome": OutcomeCode})


def read(run: Run, selected: Selected, parent: Any) -> Any:
    """A field's value. May raise `GraphQLError`; a `Failure` stands for a missing value."""
    meaning = selected.meaning
    value = _attribute(run, selected, parent) if meaning is None else _READERS[type(meaning)](run, selected, parent)
    if isinstance(value, GraphQLError):
        raise value
    return value


def _attribute(run: Run, selected: Selected, parent: Any) -> Any:
    name = snake(selected.name)
    if isinstance(parent, EdgeValue):
        return _edge(run, name, parent)
    return getattr(parent, name)


def _edge(run: Run, name: str, parent: EdgeValue) -> Any:
    edge = parent.edge
    if name in ("node", "reasons"):
        return getattr(edge, name)
    link = edge.link
    if link is None:
        return None
    match name:
        case "role":
            return link.link.role
        case "confidence":
            return 0.5 if link.record.table.self_declared else 1.0
        case "source":
            return facts.record_source(run, link.record)
        case "record_id":
            return _tie_record(run, link)
    return getattr(link, name)


def _tie_record(run: Run, link: LinkValue) -> str | None:
    """The id of a tie's record, as a section of one of the two entities shows it; None where none does,
    or where the caller may not see what identifies it."""
    record, table = link.record, link.record.table
    for owner in (record.owner, link.target):
        entity = run.world.city.schemes[owner[0]].entity
        for section in run.world.city.sections:
            key, keyed = record_key(section, table)
            if (section.entity, section.dataset, section.where) == (entity, table.name, None) and keyed:
                if not run.permits.hidden(table).isdisjoint(key):
                    return None
                return record_id(run, replace(record, section=section, owner=owner))
    return None


def _output(run: Run, selected: Selected, parent: Any) -> Any:
    """What the run left for this field and this parent."""
    if isinstance(parent, EntityValue):
        outputs = run.outputs.get((selected.number, id(parent.frame)))
        return None if outputs is None else outputs[parent.index]
    return run.outputs.get((selected.number, parent))


def _related(run: Run, selected: Selected, parent: EntityValue) -> Any:
    members = _output(run, selected, parent)
    if not isinstance(members, list):
        return members
    meaning: Any = selected.meaning
    frame = run.frames[selected.number, meaning.entity]
    found = [EntityValue(frame, index) for index in members]
    return found if meaning.many else next(iter(found), None)


def _page_fact(run: Run, selected: Selected, parent: Any) -> Any:
    if isinstance(parent, EdgeValue):
        return cursor(run, parent.page, parent.edge.position)
    page: Page = parent
    match selected.name:
        case "pageInfo":
            return _page_info(run, page)
        case "sources":
            return [facts.part_source(run, part) for part in page.parts]
        case "source":
            return facts.part_source(run, page.parts[0])
    if selected.name == "totalCount" and (page.suppressed or page.counted):
        return page.suppressed or page.total
    if not page.shown:
        return page.failure if selected.number in run.plan.reporters else None
    if selected.name == "totalCount":
        return page.total
    if selected.name == "edges":
        return [EdgeValue(edge, page) for edge in page.edges]
    if any(type_name in facts.ENTITIES for type_name in selected.children):
        return [_entity(run, selected, next(iter(selected.children)), target(edge)) for edge in page.edges]
    return [edge.node for edge in page.edges]


def _page_info(run: Run, page: Page) -> PageInfo:
    ends = [cursor(run, page, edge.position) for edge in (*page.edges[:1], *page.edges[-1:])]
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=ends[0] if ends else None,
        end_cursor=ends[-1] if ends else None,
    )


def cursor(run: Run, page: Page, position: tuple[Any, ...]) -> str:
    """The signed cursor of a position in a list."""
    return run.world.tokens.make("cursor", [page.spec, *(pack(value) for value in position)])


def target(edge: Any) -> Identified:
    """The identifier of the entity that an edge of entities leads to."""
    return edge.link.target if edge.link is not None else edge.node  # type: ignore[no-any-return]


def _value_entity(run: Run, selected: Selected, parent: Any) -> Any:
    meaning: Any = selected.meaning
    wanted = parent.target if isinstance(parent, CandidateValue) else target(parent.edge)
    return _entity(run, selected, meaning.entity, wanted)


def _entity(run: Run, selected: Selected, entity: str, wanted: Identified) -> Any:
    frame = run.frames.get((selected.number, entity))
    if frame is None:
        return run.denied_entity(entity)
    return EntityValue(frame, frame.index[wanted])


def _about_entity(run: Run, selected: Selected, parent: AboutValue) -> Any:
    index = run.outputs.get((selected.number, parent.record))
    if index is None or isinstance(index, Failure):
        return index
    child = run.outputs[selected.number, None]
    return child if isinstance(child, Failure) else EntityValue(child, index)


# records


def _record_fact(run: Run, selected: Selected, record: RecordValue) -> Any:
    match selected.name:
        case "id":
            return record_id(run, record)
        case "kind":
            return RecordKind(record.section.kind) if record.section else None
        case "level":
            return Level(record.level)
        case "changedAt":
            column = modified_column(record.table)
            return _cell(run, record, column) if column else None
    return facts.record_source(run, record)


def record_id(run: Run, record: RecordValue) -> str:
    """The signed id of a record: its type, whose it is, its key."""
    name = record.section.type_name if record.section else ""
    return run.world.tokens.make("record", [name, *record.owner, *(pack(value) for value in record.key)])


def _cell(run: Run, record: RecordValue, column: str) -> Any:
    """A cell, or why it can't be shown."""
    denied = run.denied_column(record.table, column)
    if denied is not None:
        return denied
    value = record.cell(column)
    agency = run.world.agency(record.table)
    if value is PERSONAL:
        return run.denied_persons(record.table, column)
    if value is WITHHELD:
        return Failure("WITHHELD", f"{agency} keeps this value confidential.", agency, record.table.name, column)
    if isinstance(value, Damaged):
        return _malformed(run, record, column, f"a value that is no {record.table.dataset.columns[column].type.value}")
    return value


def _malformed(run: Run, record: RecordValue, column: str, what: str) -> Failure:
    agency = run.world.agency(record.table)
    message = f"{agency} holds {what} in {column} of {record.table.name}."
    return Failure("MALFORMED", message, agency, record.table.name, column)


def _column(run: Run, selected: Selected, record: RecordValue) -> Any:
    meaning: Any = selected.meaning
    value = _cell(run, record, meaning.column)
    if value is None or isinstance(value, Failure):
        return value
    if meaning.coded:
        return _code(run, record, meaning, value)
    if meaning.as_text:
        return _text(run, record, meaning, value)
    if meaning.as_date:
        return day(value, run.world.zone)
    if meaning.as_money and not isinstance(value, Decimal):
        return Decimal(str(value))
    if isinstance(value, int) and value not in INTS:
        return _malformed(run, record, meaning.column, "a number beyond 32 bits")
    return value


def _code(run: Run, record: RecordValue, meaning: ColumnField, value: Any) -> Any:
    return code_of(run.world.city, record.table, meaning, str(value))


def codes_of(city: City, table: Table, meaning: ColumnField) -> Mapping[str, KnownCode] | None:
    """The codes of a column by text; None where the catalogue has no list of them."""
    return city.codes.get(table.agency, {}).get(meaning.codes or "")


def code_of(city: City, table: Table, meaning: ColumnField, text: str) -> Any:
    """A code with its label and category."""
    codes = codes_of(city, table, meaning)
    known = codes.get(text) if codes is not None else None
    label = known.label if known else (text if codes is None else None)
    category = known.category if known else None
    if meaning.role is None:
        return Code(code=text, label=label, category=category)
    enum: Any = CATEGORIES[meaning.role]
    return _CODES[meaning.role](code=text, label=label, category=enum(category or "OTHER"))


def _text(run: Run, record: RecordValue, meaning: ColumnField, value: Any) -> str:
    known = (codes_of(run.world.city, record.table, meaning) or {}).get(str(value)) if meaning.codes else None
    return known.label if known and known.label else str(value)


def _fact(run: Run, selected: Selected, parent: EntityValue) -> Any:
    return facts.FACTS[selected.name](run, parent)


def _root(run: Run, selected: Selected, _parent: Any) -> Any:
    return run.outputs.get((selected.number, None))


_READERS: Mapping[type, Callable[[Run, Selected, Any], Any]] = MappingProxyType(
    {
        EntityRoot: _root,
        BulkRoot: _root,
        SearchRoot: _root,
        FindRoot: _root,
        NodeRoot: _root,
        CityRoot: _root,
        MeRoot: _root,
        KeysRoot: _root,
        EntityFact: _fact,
        SharedAttribute: lambda run, selected, parent: facts.attribute(run, parent, selected.meaning.name),  # type: ignore[union-attr]
        Claims: lambda run, selected, parent: facts.claims(run, parent, selected.arguments(run.variables)),
        SectionField: _output,
        Merged: _output,
        Linked: _output,
        Matched: lambda run, selected, parent: identities.links(run, parent, selected.arguments(run.variables)),
        Related: _related,
        PageFact: _page_fact,
        ValueEntity: _value_entity,
        RecordFact: _record_fact,
        ColumnField: _column,
        Absent: lambda _run, _selected, _parent: None,
        Part: _output,
        Whole: _output,
        About: lambda _run, _selected, parent: AboutValue(parent),
        AboutEntity: _about_entity,
    }
)


def type_of(value: Any) -> str | None:
    """The concrete type of a value, where the schema's type is abstract."""
    if isinstance(value, EntityValue):
        return value.frame.place.entity
    if isinstance(value, RecordValue) and value.section is not None:
        return value.section.type_name
    return None
