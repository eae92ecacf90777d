"""Functions of records: one for each field that holds records and each type of record.

The cells that a selection shows are taken out of a row at once; where they stand is found when
the first record of a fetch comes by, for all of a fetch stand alike.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from adapters.base import ColumnType
from gateway.engine.generating.guards import Codes
from gateway.engine.generating.leaves import is_leaf, leaf, names, plain, sure_leaf
from gateway.engine.generating.making import Making
from gateway.engine.generating.pages import page
from gateway.engine.generating.sources import record_source
from gateway.engine.generating.writing import display
from gateway.engine.planning import modified_column
from gateway.engine.reading import code_of, codes_of
from gateway.engine.selection import Selected
from resolvers.city import Section, Table
from resolvers.meaning import About, AboutEntity, Absent, ColumnField, Part, RecordFact, Whole
from resolvers.records import Level, RecordKind

_UNUSUAL = "unusual()"
_NUMBERED = (ColumnType.INT, ColumnType.YEAR)


@dataclass(slots=True)
class _Record:
    """A record's function while it is written: `cells` are the variables by column. `alone` says that
    there is nothing but cells: what they don't allow is `Unusual` then."""

    making: Making
    section: Section
    table: Table
    alone: bool = True
    cells: dict[str, str] = field(default_factory=dict)

    def cell(self, column: str) -> str:
        """The variable of a column's cell."""
        self.making.reads(self.table, column)
        return self.cells.setdefault(column, self.making.writer.name("v"))

    def book(self, selected: Selected) -> str:
        """An expression: the field in another way."""
        return _UNUSUAL if self.alone else self.making.book(selected, "r")


def record(making: Making, holder: Selected, type_name: str) -> str:
    """The function of a type of record below a field: record → dict."""
    section = making.sections[type_name]
    made = _Record(making, section, making.table(section))
    chosen = holder.children[type_name].values()
    if all(_is_cell(made, selected) for selected in chosen):
        entries = [(making.key(selected), _field(made, selected)) for selected in chosen]
        if all(shown != _UNUSUAL for _, shown in entries):
            return _of_cells(made, holder, type_name, entries)
    made.alone = False
    entries = [(making.key(selected), _field(made, selected)) for selected in chosen]
    writer = making.writer
    like = writer.share("i")  # how the columns stand in the rows of the fetch at hand
    get = writer.share("g")
    wanted = ", ".join(writer.constant(thing) for thing in (type_name, made.table, tuple(made.cells)))
    body = [
        "if r.columns is not " + like + ":",
        f"    {get} = cells(run, r, {wanted}, all_open=all_open)",
        f"    {like} = r.columns",
    ]
    if made.cells:
        body.append(f"{', '.join(made.cells.values())}, = {get}(r.row)")
    return writer.function("r", "r", [*body, f"return {display(entries)}"], (like, get))


def _is_cell(made: _Record, selected: Selected) -> bool:
    """Whether a field may be told from the cells of a row alone."""
    match selected.meaning:
        case None:
            return selected.definition is None
        case RecordFact(name):
            return name == "changedAt" or (name == "kind" and bool(made.section.kind))
    return isinstance(selected.meaning, ColumnField | Absent)


def _of_cells(made: _Record, holder: Selected, type_name: str, entries: list[tuple[str, str]]) -> str:
    """The functions of records that are made of their cells: rows, getter → dicts, once by looking at every
    cell and once relying on that they are sound; record → dict."""
    making, writer = made.making, made.making.writer
    chosen = holder.children[type_name].values()
    cells = f"{', '.join(made.cells.values())}," if made.cells else "()"
    draw = writer.function("q", "rows, get", [f"return [{display(entries)} for {cells} in map(get, rows)]"])
    like, get = writer.share("i"), writer.share("g")
    name, *rest = (writer.constant(thing) for thing in (type_name, made.table, tuple(made.cells)))
    wanted = ", ".join((name, *rest))
    making.drawing[holder.number, type_name] = f"Drawing({wanted}, {draw}, {_swift(made, chosen, entries)})"
    body = [
        f"if r.columns is not {like}:",
        f"    {get} = cells(run, r, {wanted}, all_open=all_open)",
        f"    {like} = r.columns",
        f"try: return {draw}((r.row,), {get})[0]",
        f"except Unusual: return record_by_book(run, {writer.constant(holder)}, r, {name})",
    ]
    return writer.function("r", "r", body, (like, get))


def _swift(made: _Record, chosen: Iterable[Selected], entries: Iterable[tuple[str, str]]) -> str:
    """The function of records whose rows are sound: rows, places → dicts."""
    shown = [(key, _sure(made, selected) or guarded) for (key, guarded), selected in zip(entries, chosen, strict=True)]
    names = made.cells.values()
    taken = "".join(f" for {name} in [r[{name}at]]" for name in names)
    body = [f"{', '.join(f'{name}at' for name in names)}, = at"] if made.cells else []
    return made.making.writer.function("q", "rows, at", [*body, f"return [{display(shown)} for r in rows{taken}]"])


def _sure(made: _Record, selected: Selected) -> str | None:
    """The expression of a leaf whose cell is of its column's type, or null; None where more is to be done."""
    meaning = selected.meaning
    if not isinstance(meaning, ColumnField) or meaning.coded or meaning.as_date or meaning.as_money:
        return None
    column = made.table.dataset.columns[meaning.column]
    if (meaning.as_text and column.type is not ColumnType.TEXT) or meaning.codes is not None:
        return None
    return sure_leaf(selected, column.type, made.cell(meaning.column))


def _field(made: _Record, selected: Selected) -> str:
    making = made.making
    otherwise = made.book(selected)
    match selected.meaning:
        case None if selected.definition is None:
            return making.writer.constant(selected.parent)
        case RecordFact(name):
            return _fact(made, selected, name, otherwise)
        case ColumnField():
            return _column(made, selected, otherwise)
        case Absent():
            return "None"
        case Part(section):
            return _output(making, selected, page(making, selected, (section.type_name,)), "Page")
        case Whole(section):
            return _output(making, selected, making.record(making, selected, section.type_name), "RecordValue")
        case About():
            (children,) = selected.children.values()
            return display((making.key(child), _about(making, child)) for child in children.values())
    return otherwise


def _output(making: Making, selected: Selected, function: str, kind: str) -> str:
    """What the run left for a record, by its function."""
    left = making.writer.name("x")
    found = f"({left} := outputs.get(({selected.number}, r)))"
    absent = f"None if {left} is None else " if kind == "RecordValue" else ""
    return f"{function}({left}) if {found}.__class__ is {kind} else {absent}{making.book(selected, 'r')}"


def _about(making: Making, child: Selected) -> str:
    """An entity that a record names."""
    if child.definition is None:
        return making.writer.constant(child.parent)
    if not isinstance(child.meaning, AboutEntity):
        return making.book(child, "AboutValue(r)")
    entity = making.entity(making, child, child.meaning.entity)
    at, frame = making.writer.name("x"), making.writer.name("x")
    book = making.book(child, "AboutValue(r)")
    return (
        f"None if ({at} := outputs.get(({child.number}, r))) is None else "
        f"{entity}({frame}, {at}) if {at}.__class__ is int and "
        f"({frame} := outputs[{child.number}, None]).__class__ is Frame else {book}"
    )


def _fact(made: _Record, selected: Selected, name: str, otherwise: str) -> str:
    making = made.making
    match name:
        case "id":
            return "record_id(run, r)"
        case "kind" if made.section.kind:
            return making.writer.constant(_printed(making, selected, RecordKind(made.section.kind)))
        case "level":
            levels = {level.value: _printed(making, selected, level) for level in Level}
            return f"{making.writer.constant(levels)}[r.level]"
        case "changedAt":
            column = modified_column(made.table)
            return leaf(making, selected, made.cell(column), otherwise) if column else "None"
        case "source":
            return f"{record_source(making, selected, made.table)}(r)"
    return otherwise


def _printed(making: Making, selected: Selected, member: Any) -> str:
    """A member of the enum that a field is of, as the response has it."""
    kind: Any = selected.definition.type if selected.definition else None
    return names(making, getattr(kind, "of_type", kind))[member]


def _column(made: _Record, selected: Selected, otherwise: str) -> str:
    meaning: Any = selected.meaning
    column = made.table.dataset.columns[meaning.column]
    if meaning.coded:
        return _coded(made, selected, meaning, otherwise)
    value = made.cell(meaning.column)
    if meaning.as_text:
        return _text(made, meaning, value, otherwise)
    if meaning.as_date:
        rest = f"None if {value} is None else {otherwise}"
        return f"{value}.astimezone(zone).date().isoformat() if {value}.__class__ is datetime else {rest}"
    if meaning.as_money and column.type in _NUMBERED:
        return f"str({value}) if {value}.__class__ is int else None if {value} is None else {otherwise}"
    if column.type is ColumnType.POINT:
        point = plain(made.making, selected, next(iter(selected.children)))
        rest = f"None if {value} is None else {otherwise}"
        return f"{point}({value}) if {value}.__class__ is Point else {rest}"
    return leaf(made.making, selected, value, otherwise) if is_leaf(selected) else otherwise


def _text(made: _Record, meaning: ColumnField, value: str, otherwise: str) -> str:
    shown = value
    number = f"str({value})"
    if meaning.codes is not None:
        known = codes_of(made.making.city, made.table, meaning) or {}
        labels = made.making.writer.constant({text: code.label or text for text, code in known.items()})
        shown, number = f"{labels}.get({value}, {value})", f"{labels}.get({number}, {number})"
    if made.table.dataset.columns[meaning.column].type in _NUMBERED:
        return f"{number} if {value}.__class__ is int else None if {value} is None else {otherwise}"
    return f"{shown} if {value}.__class__ is str else None if {value} is None else {otherwise}"


def _coded(made: _Record, selected: Selected, meaning: ColumnField, otherwise: str) -> str:
    """A code with its label and category: known ones are copied."""
    making = made.making
    (children,) = selected.children.values()
    known = codes_of(making.city, made.table, meaning) or {}
    ready = {text: _code(making, made.table, meaning, text, children) for text in known}
    other = _code(making, made.table, meaning, "\0", children)
    own = tuple(key for key, value in other.items() if value == "\0")
    value = made.cell(meaning.column)
    table = making.writer.constant(Codes(ready, other, own))
    if made.table.dataset.columns[meaning.column].type in _NUMBERED:
        shown = f"{table}[str({value})].copy() if {value}.__class__ is int"
    else:
        shown = f"{table}[{value}].copy() if {value}.__class__ is str"
    return f"{shown} else None if {value} is None else {otherwise}"


def _code(
    making: Making, table: Table, meaning: ColumnField, text: str, children: dict[str, Selected]
) -> dict[str, Any]:
    """A code as the selection shows it."""
    code = code_of(making.city, table, meaning, text)
    made: dict[str, Any] = {}
    for key, child in children.items():
        if child.definition is None:
            made[key] = child.parent
            continue
        value = getattr(code, child.name)
        kind: Any = child.definition.type
        kind = getattr(kind, "of_type", kind)
        made[key] = None if value is None else kind.coerce_output_value(value)
    return made
