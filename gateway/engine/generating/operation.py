"""One Python function for a plan: from a finished run's outputs to the response's data.

It is made when a plan is executed for the second time and kept with the plan. It never makes an
error: where one is needed, or a guard fails, the reference builder makes that root field, or that
one item of a root list, from the same run. Whether the caller may see all columns is found once for
its profile; if not, every column is looked at where rows with it come by.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from graphql import GraphQLError, GraphQLNonNull

from adapters.base import Point
from gateway.engine import facts, identities
from gateway.engine.entity_ids import entity_id
from gateway.engine.frames import Frame
from gateway.engine.generating import drawing, guards
from gateway.engine.generating.entities import entity
from gateway.engine.generating.guards import Book, Unusual
from gateway.engine.generating.labels import line_label, named_label
from gateway.engine.generating.leaves import leaf, plain
from gateway.engine.generating.making import Making, places
from gateway.engine.generating.pages import page, records
from gateway.engine.generating.records import record
from gateway.engine.generating.writing import Writer, display
from gateway.engine.plan import Plan
from gateway.engine.reading import cursor, record_id, target
from gateway.engine.run import EntityValue, Run, World
from gateway.engine.selection import Selected
from gateway.engine.values import AboutValue, CandidateValue, EdgeValue, Page, RecordValue
from gateway.policy.permits import Permits
from resolvers.city import Table
from resolvers.entities import SHARED
from resolvers.meaning import BulkRoot, EntityRoot, FindRoot, NodeRoot, SearchRoot, ValueEntity
from resolvers.provenance import State

log = logging.getLogger("citygraph.engine")

_MOST = 4_000  # selected fields, over all concrete types, that code is made for
_PROFILES = 32
_CODE = 8  # bytes of a function with its constants for each character of its source, as measured
_LOST = 20  # items of a list that are unusual before it is asked whether most are

Built = tuple[dict[str, Any] | None, list[GraphQLError]]
"""The data of a response and its errors."""

_HELPERS = MappingProxyType(
    {
        "AboutValue": AboutValue,
        "CandidateValue": CandidateValue,
        "Decimal": Decimal,
        "Drawing": drawing.Drawing,
        "ELSEWHERE": drawing.ELSEWHERE,
        "EdgeValue": EdgeValue,
        "EntityValue": EntityValue,
        "Frame": Frame,
        "Page": Page,
        "Point": Point,
        "RecordValue": RecordValue,
        "STALE": State.STALE,
        "Unusual": Unusual,
        "WITHHELD": State.WITHHELD,
        "as_of": facts.as_of,
        "attribute": facts.attribute,
        "by_book": guards.by_book,
        "cells": guards.cells,
        "claims": facts.claims,
        "cursor": cursor,
        "date": date,
        "datetime": datetime,
        "denies": guards.denies,
        "drawn_lists": drawing.drawn_lists,
        "drawn_records": drawing.drawn_records,
        "drawn_totals": drawing.drawn_totals,
        "entity_id": entity_id,
        "identified": ":".join,
        "identifiers": identities.identifiers,
        "isfinite": isfinite,
        "left": drawing.left,
        "line_label": line_label,
        "money": guards.money,
        "named_label": named_label,
        "part_source": facts.part_source,
        "places": drawing.places,
        "record_by_book": guards.record_by_book,
        "record_id": record_id,
        "record_source": facts.record_source,
        "record_url": facts.record_url,
        "shown_name": facts.shown_name,
        "target": target,
        "unusual": guards.unusual,
    }
)


@dataclass(slots=True, eq=False)
class Generated:
    """The function of one plan, its source, and the columns that it reads."""

    source: str
    function: Callable[..., Any]
    columns: tuple[tuple[Table, str], ...]
    _known: dict[int, tuple[Permits, bool]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return _CODE * len(self.source)

    def build(self, run: Run) -> Built | None:
        """The response of a finished run; None where the code itself fails."""
        try:
            return self.make(run)
        except Exception:
            log.exception("generated code failed; the reference builder answers")
            return None

    def make(self, run: Run) -> Built:
        """The response of a finished run. What it raises is a mistake of the generator."""
        book = Book(run, run.world.schema.graphql)
        try:
            return self.function(run, self._all_open(run.permits), book), book.errors
        except GraphQLError as error:  # of a root field that may not be null
            return None, [*book.errors, error]

    def each(self, run: Run, members: Sequence[tuple[Run, object]]) -> list[Built] | None:
        """The responses of several requests that one run was for, each by its own run and what its root
        field gives; None where the code itself fails."""
        books = [Book(member, run.world.schema.graphql) for member, _ in members]
        asked = [(output, book) for (_, output), book in zip(members, books, strict=True)]
        try:
            made = self.function(run, self._all_open(run.permits), None, asked)
        except Exception:
            log.exception("generated code failed; the reference builder answers")
            return None
        return [(data, book.errors) for data, book in zip(made, books, strict=True)]

    def _all_open(self, permits: Permits) -> bool:
        """Whether the caller may see all columns."""
        known = self._known.get(id(permits))
        if known is not None and known[0] is permits:
            return known[1]
        found = all(permits.column(table, column) is None for table, column in self.columns)
        if len(self._known) >= _PROFILES:
            self._known.clear()
        self._known[id(permits)] = permits, found
        return found


def generate(plan: Plan, world: World) -> Generated | None:
    """The code of a plan; None where it is too big for that, or graphql-core builds its response."""
    if plan.unplanned is not None or sum(1 for root in plan.selection.values() for _ in root.walk()) > _MOST:
        return None
    try:
        return write(plan, world)
    except Exception:
        log.exception("no code could be generated for a plan; the reference builder answers")
        return None


def write(plan: Plan, world: World) -> Generated:
    """The code of a plan."""
    roots = plan.selection.values()
    sections = {section.type_name: section for section in world.city.sections}
    making = Making(Writer(_HELPERS), world.city, sections, places(plan), entity, record)
    entries = [(making.key(root), _root(making, root)) for root in roots]
    first = ["outputs = run.outputs", "frames = run.frames", "zone = run.world.zone"]
    text = making.writer.text(first, _last(plan, entries))
    columns = tuple((table, column) for (_, column), table in making.columns.items())
    return Generated(text, making.writer.compiled(text), columns)


def _last(plan: Plan, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What the code returns: for several requests what each is answered, `x` being its root's output."""
    if plan.asks_by is not None:
        ((key, shown),), (root,) = entries, plan.roots
        one = display([(key, shown.replace(_output(root.selected), "x"))])
        yield f"if asked is not None: return [{one} for x, book in asked]"
    yield f"return {display(entries)}"


def _output(root: Selected) -> str:
    """The expression for what the run left for a root field."""
    return f"outputs.get(({root.number}, None))"


def _root(making: Making, root: Selected) -> str:
    """The expression for a root field."""
    if root.definition is None:
        return making.writer.constant(root.parent)
    found = _output(root)
    book = f"book.root({making.writer.constant(root)})"
    match root.meaning:
        case EntityRoot(kind):
            return _tried(making, found, "EntityValue", f"{making.entity(making, root, kind)}(x.frame, x.index)", book)
        case BulkRoot(kind):
            one = f"{making.entity(making, root, kind)}(o.frame, o.index)"
            return _list(making, root, found, f"{one} if o.__class__ is EntityValue else unusual()")
        case SearchRoot(kind):
            return _tried(making, found, "list", f"[{_candidate(making, root, kind)}(o) for o in x]", book)
        case FindRoot():
            return _tried(making, found, "Page", f"{page(making, root, ())}(x)", book)
        case NodeRoot(many):
            function = _node(making, root)
            return _list(making, root, found, f"{function}(o)") if many else _any(making, found, f"{function}(x)", book)
    return book


def _tried(making: Making, found: str, kind: str, shown: str, book: str) -> str:
    """A root field whose output `x` is of a class; by the book where it is not, or is unusual."""
    body = [
        "try:",
        f"    if x.__class__ is {kind}: return {shown}",
        "except Unusual: pass",
        f"return {book}",
    ]
    return f"{making.writer.function('w', 'x, book', body)}({found}, book)"


def _any(making: Making, found: str, shown: str, book: str) -> str:
    """A root field whose output `x` may be of several classes."""
    body = [f"x = {found}", "try:", f"    return {shown}", "except Unusual: pass", f"return {book}"]
    return f"{making.writer.function('w', '', body)}()"


def _list(making: Making, root: Selected, found: str, shown: str) -> str:
    """A root list whose items `o` are made one by one, unusual ones by the book; all that are left,
    once most have been unusual."""
    kind: Any = root.definition.type if root.definition else None
    field_ = making.writer.constant(root)
    if isinstance(kind, GraphQLNonNull) or isinstance(kind.of_type, GraphQLNonNull):
        return f"book.root({field_})"
    item = f"made.append(book.item({field_}, o, len(made)))"
    body = [
        f"x = {found}",
        f"if x.__class__ is not list: return book.root({field_})",
        "made = []",
        "lost = 0",
        "for o in x:",
        "    try:",
        f"        made.append({shown})",
        "    except Unusual:",
        f"        {item}",
        "        lost += 1",
        f"        if lost > {_LOST} and lost * 2 > len(made): break",
        f"for o in x[len(made):]: {item}",
        "return made",
    ]
    return f"{making.writer.function('w', '', body)}()"


def _candidate(making: Making, root: Selected, kind: str) -> str:
    """The function of a search's candidate: `CandidateValue` → dict."""
    writer = making.writer
    entries = []
    body = []
    for child in root.children[f"{kind}Candidate"].values():
        otherwise = making.book(child, "o")
        if child.definition is None:
            shown = writer.constant(child.parent)
        elif isinstance(child.meaning, ValueEntity):
            frame = f"frames[{child.number}, {writer.constant(kind)}]"
            shown = f"{making.entity(making, child, kind)}({frame}, {frame}.index[o.target])"
        elif child.name == "evidence":
            shown = f"[{plain(making, child, 'Evidence')}(one) for one in o.evidence]"
        else:
            value = writer.name("v")
            body.append(f"{value} = {writer.constant(attrgetter(child.name))}(o)")
            shown = leaf(making, child, value, otherwise)
        entries.append((making.key(child), shown))
    return writer.function("o", "o", [*body, f"return {display(entries)}"])


def _node(making: Making, root: Selected) -> str:
    """The function of an entity or a record of any type: value → dict."""
    writer = making.writer
    kinds = {kind: making.entity(making, root, kind) for kind in SHARED if kind in root.children}
    types = tuple(name for name in making.sections if name in root.children)
    by_kind = writer.table({writer.constant(kind): function for kind, function in kinds.items()})
    body = [f"if o.__class__ is EntityValue: return {by_kind}[o.frame.place.entity](o.frame, o.index)"]
    if types:
        body.append(f"if o.__class__ is RecordValue: return {records(making, root, types, 'o')}")
    return writer.function("o", "o", [*body, "unusual()"])
