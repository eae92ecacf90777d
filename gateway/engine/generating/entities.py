"""Functions of entities: one for each field that holds entities and each kind of them.

Shared attributes are read from the rows of the datasets that claim them: at once where no row is
withheld and no agency failed, else by `facts.attribute`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from adapters.base import ColumnType
from gateway.engine.generating.leaves import leaf, names, plain
from gateway.engine.generating.making import Making
from gateway.engine.generating.pages import page
from gateway.engine.generating.sources import part_source
from gateway.engine.generating.writing import display
from gateway.engine.plan import Place
from gateway.engine.planning import LABELS
from gateway.engine.selection import Selected
from resolvers.city import Table
from resolvers.entities import SHARED
from resolvers.meaning import Claims, EntityFact, Linked, Merged, Related, SectionField, SharedAttribute
from resolvers.merging import attributes, most_recent, prefer, unanimous
from resolvers.provenance import Existence
from resolvers.records import Level

_SELF = "EntityValue(frame, i)"
_DRAWN = ("nodes", "totalCount", "__typename")
_RULES = (prefer, most_recent, unanimous)  # of one claim alone, all of them choose it


class _Field(NamedTuple):
    """The expressions of a field: of an entity `alone`, and where what is `drawn` is known for certain."""

    alone: str
    drawn: str

    @classmethod
    def of(cls, expression: str) -> "_Field":
        """Of a field of which nothing is drawn."""
        return cls(expression, expression)


class _Entity:
    """An entity's function while it is written: `rows` are the variables of the rows of datasets
    of the base, `values` the functions of attributes, `body` what stands before the dict. `ready` is
    made once a frame: variables with their expressions. `drawn` has those of what is drawn for all entities,
    by the variable of one."""

    def __init__(self, making: Making, place: Place) -> None:
        self.making, self.place = making, place
        self.drawn: dict[str, str] = {}
        self.rows: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.body: list[str] = []
        self.ready: dict[str, str] = {}

    def once(self, prefix: str, expression: str) -> str:
        """The variable of what is made once a frame."""
        name = self.making.writer.share(prefix)
        self.ready[name] = expression
        return name

    def base(self, table: str) -> str:
        """The variable of a dataset's rows for all entities of the frame."""
        if table not in self.rows:
            self.rows[table] = self.making.writer.share("b")
        return self.rows[table]

    def value(self, name: str) -> str:
        """The function of an attribute's value: frame, i → value, or a failure."""
        if name not in self.values:
            self.values[name] = _attribute(self, name)
        return self.values[name]


def entity(making: Making, holder: Selected, kind: str) -> str:
    """The function of a kind of entity below a field: frame, i → dict."""
    place = making.places.get((holder.number, kind))
    chosen = holder.children[kind].values()
    writer = making.writer
    if place is None:
        entries = [(making.key(child), making.book(child, _SELF)) for child in chosen]
        return writer.function("n", "frame, i", [f"return {display(entries)}"])
    made = _Entity(making, place)
    fields = [(making.key(child), _field(made, child)) for child in chosen]
    like = writer.share("f")
    opening = [
        f"if frame.place is not {writer.constant(place)}: unusual()",
        *(f"{rows} = frame.base[{writer.constant(table)}]" for table, rows in made.rows.items()),
        *(f"{name} = {expression}" for name, expression in made.ready.items()),
        f"{like} = frame",
    ]
    opened = writer.function("f", "frame", opening, (like, *made.rows.values(), *made.ready))
    ready = f"if frame is not {like}: {opened}(frame)"
    one = display((key, field.alone) for key, field in fields)
    function = writer.function("n", "frame, i", [ready, *made.body, f"return {one}"])
    if made.drawn and not made.body:
        making.listing[function] = _all_at_once(made, ready, function, fields)
    return function


def _all_at_once(made: _Entity, ready: str, function: str, fields: Sequence[tuple[str, _Field]]) -> str:
    """The function of many entities: frame, places → dicts."""
    drawn = made.drawn.values()
    each = display((key, field.drawn) for key, field in fields)
    body = [
        "if at.__class__ is range:",
        f"    {ready}",
        f"    if {' and '.join(f'{all_of}.whole' for all_of in drawn)}:",
        f"        return [{each} for i, {', '.join(made.drawn)} in zip(at, {', '.join(drawn)})]",
        f"return [{function}(frame, i) for i in at]",
    ]
    return made.making.writer.function("m", "frame, at", body)


def _field(made: _Entity, child: Selected) -> _Field:
    match child.meaning:
        case SectionField(section) if section.many:
            return _page(made, child, section.type_name)
        case SectionField(section):
            return _record(made, child, section.type_name)
    return _Field.of(_expression(made, child))


def _expression(made: _Entity, child: Selected) -> str:
    making = made.making
    otherwise = making.book(child, _SELF)
    match child.meaning:
        case None if child.definition is None:
            return making.writer.constant(child.parent)
        case EntityFact(name):
            return _fact(made, child, name, otherwise)
        case SharedAttribute(_, name):
            value = making.writer.name("x")
            made.body.append(f"{value} = {made.value(name)}(frame, i)")
            return leaf(making, child, value, otherwise)
        case Claims():
            claims = making.writer.name("x")
            told = f"({claims} := claims(run, {_SELF}, {making.writer.constant(child)}.arguments(run.variables)))"
            return (
                f"[{plain(making, child, 'Claim')}(o) for o in {claims}] if {told}.__class__ is list else {otherwise}"
            )
        case Merged(sections, _):
            types = tuple(dict.fromkeys(section.type_name for section in sections))
            return _output(made, child, page(making, child, types), "Page")
        case Linked():
            return _output(made, child, page(making, child, ()), "Page")
        case Related(kind, _, many):
            return _related(made, child, kind, many=many)
    return otherwise


def _left(made: _Entity, child: Selected) -> str:
    """The variable of what the run left for a field of all entities."""
    return made.once("o", f"left(outputs, {child.number}, frame)")


def _output(made: _Entity, child: Selected, function: str, kind: str, all_left: str | None = None) -> str:
    """What the run left for an entity, by its function."""
    making, left = made.making, made.making.writer.name("x")
    found = f"({left} := {all_left or _left(made, child)}[i])"
    absent = f"None if {left} is None else " if kind == "RecordValue" else ""
    return f"{function}({left}) if {found}.__class__ is {kind} else {absent}{making.book(child, _SELF)}"


def _record(made: _Entity, child: Selected, type_name: str) -> _Field:
    """A section's record: as it was drawn with all others, or else from what the run left."""
    making, all_left = made.making, _left(made, child)
    otherwise = _output(made, child, making.record(making, child, type_name), "RecordValue", all_left)
    drawing = making.drawing.get((child.number, type_name))
    if drawing is None:
        return _Field.of(otherwise)
    drawn, one = (
        made.once("d", f"drawn_records(run, {all_left}, {drawing}, all_open=all_open)"),
        making.writer.name("x"),
    )
    made.drawn[one] = drawn
    return _Field(f"{one} if ({one} := {drawn}[i]) is not ELSEWHERE else {otherwise}", one)


def _page(made: _Entity, child: Selected, type_name: str) -> _Field:
    """A section's page: its records as they were drawn with all others, or else from what the run left."""
    making, all_left = made.making, _left(made, child)
    otherwise = _output(made, child, page(making, child, (type_name,)), "Page", all_left)
    (chosen,) = child.children.values()
    lists = [each for each in chosen.values() if each.name == "nodes"]
    drawing = making.drawing.get((lists[0].number, type_name)) if len(lists) == 1 else None
    if drawing is None or any(each.name not in _DRAWN for each in chosen.values()):
        return _Field.of(otherwise)
    drawn = made.once("d", f"drawn_lists(run, {all_left}, {drawing}, all_open=all_open)")
    one = making.writer.name("x")
    made.drawn[one] = drawn
    entries = []
    for each in chosen.values():
        shown = one if each.name == "nodes" else making.writer.constant(each.parent)
        if each.name == "totalCount":
            shown = f"{made.once('t', f'drawn_totals({all_left}, {drawn})')}[i]"
        entries.append((making.key(each), shown))
    all_of = display(entries)
    return _Field(f"{all_of} if ({one} := {drawn}[i]) is not ELSEWHERE else {otherwise}", all_of)


def _related(made: _Entity, child: Selected, kind: str, *, many: bool) -> str:
    making = made.making
    function, left = making.entity(making, child, kind), making.writer.name("x")
    frame = f"frames[{child.number}, {making.writer.constant(kind)}]"
    shown = f"[{function}({frame}, at) for at in {left}]"
    if not many:
        shown = f"({function}({frame}, {left}[0]) if {left} else None)"
    found = f"({left} := {_left(made, child)}[i])"
    return f"{shown} if {found}.__class__ is list else {making.book(child, _SELF)}"


def _fact(made: _Entity, child: Selected, name: str, otherwise: str) -> str:
    making = made.making
    writer = making.writer
    match name:
        case "id":
            sealed = made.place.entity == "Person"
            return "entity_id(run, frame.entities[i])" if sealed else "identified(frame.entities[i])"
        case "level":
            levels = {
                scheme.name: _printed(making, child, Level(scheme.level)) for scheme in making.city.schemes.values()
            }
            return f"{writer.constant(levels)}[frame.entities[i][0]]"
        case "existence":
            known = names(making, _named(child))
            unknown = writer.constant(known[Existence.UNKNOWN])
            left = writer.name("x")
            return f"{unknown} if ({left} := frame.existence[i]) is None else {writer.constant(known)}[{left}]"
        case "label" if made.place.entity == "Address":
            line, postcode = (made.value(name) for name in LABELS["Address"])
            return f"line_label(run, frame, i, {line}(frame, i), {postcode}(frame, i))"
        case "label" | "name":
            found = ", ".join(f"{made.value(name)}(frame, i)" for name in LABELS[made.place.entity])
            if name == "label":
                return f"named_label(run, frame, i, ({found},))"
            return f"shown_name({writer.constant(made.place.entity)}, ({found},))"
        case "identifiers":
            return f"[{plain(making, child, 'Identifier')}(o) for o in identifiers(run, {_SELF})]"
        case "sources":
            return f"[{part_source(making, child)}(part) for part in frame.told_parts(i)]"
    return otherwise


def _named(child: Selected) -> Any:
    kind: Any = child.definition.type if child.definition else None
    return getattr(kind, "of_type", kind)


def _printed(making: Making, child: Selected, member: Any) -> str:
    return names(making, _named(child))[member]


# attributes


def _attribute(made: _Entity, name: str) -> str:
    """The function of an attribute's value: frame, i → value."""
    making, writer = made.making, made.making.writer
    kind = made.place.entity
    levels = {scheme.name: scheme.level for scheme in making.city.schemes.values()}
    whole = f"return attribute(run, {_SELF}, {writer.constant(name)})"
    rule = attributes(SHARED[kind])[name].metadata["rule"]
    if rule not in _RULES:
        return writer.function("a", "frame, i", [whole])
    body = ["value = None", f"level = {writer.constant(levels)}[frame.entities[i][0]]"]
    wanted = SHARED[kind].__annotations__[name].__args__[0]
    for table_name in made.place.attributes.get(name, ()):
        table = making.city.tables[table_name]
        columns = tuple(c.column for c in table.claims if (c.entity, c.attribute) == (kind, name))
        for column in columns:
            making.reads(table, column)
        denied = f"not all_open and denies(run, {writer.constant(table)}, {writer.constant(columns)})"
        body += [
            f"rows = {made.base(table_name)}[i]",
            f"if rows.failure is not None or rows.state is WITHHELD or {denied}: {whole}",
        ]
        for column in columns:
            body += _claim(making, table, column, wanted, whole, first=rule is prefer)
    return writer.function("a", "frame, i", [*body, "return value"])


def _claim(making: Making, table: Table, column: str, wanted: type, whole: str, *, first: bool) -> list[str]:
    """Look at one claim's cells; any that is not as usual is left to the attribute's own rule."""
    cell = f"record.row[record.columns[{making.writer.constant(column)}]]"
    guard, fit = _fitting(table.dataset.columns[column].type, wanted)
    taken = [f"        if value is None: value = {fit}"]
    if not first:
        taken.append(f"        else: {whole}")
    return [
        "for record in rows.records:",
        f"    if record.level == level and (cell := {cell}) is not None:",
        f"        if not ({guard}): {whole}",
        *taken,
    ]


def _fitting(kind: ColumnType, wanted: Any) -> tuple[str, str]:
    """A guard on a cell, and the cell as the attribute's own type."""
    numbered = kind in (ColumnType.INT, ColumnType.YEAR)
    if wanted is str:
        if numbered:
            return "cell.__class__ is int", "str(cell)"
        return "cell.__class__ is str" if kind in (ColumnType.TEXT, ColumnType.PHONE) else "False", "cell"
    if wanted is int:
        return "cell.__class__ is int and -2147483648 <= cell <= 2147483647", "cell"
    if wanted is float:
        return "cell.__class__ is float or cell.__class__ is int", "float(cell)"
    if numbered:
        return "cell.__class__ is int", "Decimal(str(cell))"
    if kind is ColumnType.MONEY:
        return "cell.__class__ is Decimal", "cell"
    return "cell.__class__ is date" if kind is ColumnType.DATE else "False", "cell"
