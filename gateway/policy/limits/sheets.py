"""From a plan to its `Sheet`: made once a plan, then evaluated for each request's variables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphql import IntValueNode, ListValueNode, VariableNode
from graphql.execution.values import VariableValues

from gateway.policy.limits.costs import Ask, Batch, Cost, Sheet, Size, Weights
from resolvers.meaning import BulkRoot, CityRoot, FindRoot, MeRoot, NodeRoot, SearchRoot

if TYPE_CHECKING:  # the engine imports this module
    from gateway.engine.plan import InsidePlan, LinkPlan, Place, Plan, RootPlan, SectionPlan
    from gateway.engine.run import Bounds
    from gateway.engine.selection import Selected

RELATED = 10
"""How many entities of another level (the buildings of a lot) are taken for each, where nobody says."""

PAGE = 20
"""The page where a query gives no `first`; the schema's default."""


def cost(plan: Plan, variables: VariableValues, bounds: Bounds, weights: Weights) -> Cost:
    """What a plan may cost at most for these variables. Keep the `sheet` to ask more than once."""
    return sheet(plan, bounds, weights).cost(variables.coerced)


def sheet(plan: Plan, bounds: Bounds, weights: Weights) -> Sheet:
    """A plan's cost as a function of the variables."""
    made = _Sheets(bounds, weights)
    return Sheet([made.root(root) for root in plan.roots], made.sizes)


@dataclass(slots=True)
class _Sheets:
    """Collects the sizes while batches are made."""

    bounds: Bounds
    weights: Weights
    sizes: list[Size] = field(default_factory=list)

    # roots

    def root(self, root: RootPlan) -> Batch:
        selected, path = root.selected, root.selected.key
        match selected.meaning:
            case CityRoot() | MeRoot():
                return Batch()
            case SearchRoot(entity):
                return self._searched(root, entity, path)
            case FindRoot(_, dataset):
                first = self._first(selected)
                places = [self._place(place, (first,)) for _, place in root.places]
                return Batch(asks=[self._ask(path, dataset, None, (first,), more=1)], below=places)
            case BulkRoot():
                return self._given(root, (self._ids(selected),))
            case NodeRoot(many):
                found = self._given(root, (self._ids(selected),) if many else ())
                found.either = True
                return found
            case _:
                return self._given(root, ())

    def _given(self, root: RootPlan, count: tuple[int, ...]) -> Batch:
        """Entities and records of identifiers that the request gives."""
        made = Batch(count, below=[self._place(place, ()) for _, place in root.places])
        made.below += [self._section(plan, root.selected.key) for plan in root.records]
        return made

    def _searched(self, root: RootPlan, entity: str, path: str) -> Batch:
        first = self._first(root.selected, self.bounds.candidates)
        most = self._size(Size(self.bounds.candidates))
        asks = [self._ask(path, name, None, (most,)) for name in self.weights.searched.get(entity, ())]
        return Batch(asks=asks, below=[self._place(place, (first,)) for _, place in root.places])

    # places

    def _place(self, place: Place, count: tuple[int, ...]) -> Batch:
        made = Batch(count)
        tied = {name: (self._first(link.selected),) for link in place.links for name in link.tables}
        for name in place.base:
            made.asks.append(self._ask(place.path, name, place.entity, tied.get(name, ())))
        if place.exists or place.identified or place.related:
            for name in self.weights.registers.get(place.entity, ()):
                if name not in place.base:
                    made.asks.append(self._ask(place.path, name, place.entity))
        if place.entity == "Business" and (place.base or place.sections or place.matched):
            for name in self.weights.matched:
                made.asks += [self._ask(place.path, name, "Business"), self._ask(place.path, name, "Address")]
        if place.typed:
            asked = (name for name in self.weights.confirming if name not in place.base)
            made.asks += [self._ask(place.path, name, "Business") for name in asked]
        if place.entity == "Person" and (place.base or place.sections):
            made.asks += [self._ask(place.path, name, "Person") for name in self.weights.compared for _ in range(2)]
        for plan in place.sections:
            section = self._section(plan, place.path)
            made.asks += section.asks
            made.below += section.below
        made.below += [self._place(target, self._linked(link)) for link in place.links for _, target in link.places]
        if place.related:
            many = self._size(Size(RELATED))
            made.below += [self._place(target, (many,)) for _, _, target in place.related]
        return made

    def _linked(self, link: LinkPlan) -> tuple[int, ...]:
        return (self._first(link.selected),)

    def _section(self, plan: SectionPlan, above: str, shown: tuple[int, ...] = ()) -> Batch:
        """A section for every entity; `shown` are the sizes of the records that it hangs on."""
        path = f"{above}.{plan.selected.key}" if plan.selected.key != above else above
        many = plan.merged or any(record.section.many for record in plan.records)
        paged = many and not isinstance(plan.selected.meaning, NodeRoot) and self._pages(plan.selected)
        rows = (*shown, self._first(plan.selected)) if paged else shown
        made = Batch()
        for record in plan.records:
            made.asks.append(self._ask(path, record.table.name, record.section.entity, rows, more=int(paged)))
        self._inside(made, plan.inside, path, rows)
        return made

    def _inside(self, made: Batch, inside: Iterable[InsidePlan], path: str, rows: tuple[int, ...]) -> None:
        for plan in inside:
            for _, part in plan.parts:
                hung = self._section(part, path, rows)
                made.asks += hung.asks
                made.below += hung.below
            made.below += [self._place(place, rows) for _, place in plan.abouts]

    # sizes

    def _ask(self, path: str, dataset: str, entity: str | None, rows: tuple[int, ...] = (), more: int = 0) -> Ask:
        weights = self.weights
        keys = weights.keys.get((dataset, entity), 1) if entity is not None else 1
        return Ask(path, weights.cost.get(dataset, 1), weights.per_call.get(dataset, 500), keys, rows, more)

    def _pages(self, selected: Selected) -> bool:
        return selected.definition is not None and "first" in selected.definition.args

    def _first(self, selected: Selected, most: int | None = None) -> int:
        return self._size(_size(selected, "first", PAGE, most or self.bounds.page))

    def _ids(self, selected: Selected) -> int:
        return self._size(_size(selected, "ids", 1, self.bounds.bulk))

    def _size(self, size: Size) -> int:
        if size not in self.sizes:
            self.sizes.append(size)
        return self.sizes.index(size)


def _size(selected: Selected, name: str, default: int, most: int) -> Size:
    """What an argument says of how many there are."""
    written = next((a.value for a in selected.nodes[0].arguments or () if a.name.value == name), None)
    match written:
        case VariableNode():
            return Size(_default(selected, name, default), written.name.value, most)
        case IntValueNode():
            return Size(int(written.value), None, most)
        case ListValueNode():
            return Size(len(written.values), None, most)
    return Size(_default(selected, name, default), None, most)


def _default(selected: Selected, name: str, default: int) -> int:
    """What holds where the argument, or the variable in it, is not given: the schema's default."""
    declared = selected.definition.args.get(name) if selected.definition else None
    value = declared.default_value if declared is not None else None
    return value if isinstance(value, int) else default
