"""The operation as a tree of selected fields, by concrete type.

Fields of one response key are merged as the specification says (CollectFields, section 6.3.2
of the October 2021 edition); where a field's type is abstract there is one selection for each
object type that it may yield. Planner and both builders read this tree.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    GraphQLUnionType,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values

from resolvers.meaning import Meaning

MAX_SELECTED = 50_000
"""How many selected fields an operation may unfold to, over all concrete types."""


@dataclass(slots=True, eq=False)
class Selected:
    """A field as selected in one place. `definition` is None for `__typename`.

    `children` is by concrete type, then by response key; empty for leaves. `constant` holds
    the arguments where no variable takes part.
    """

    number: int
    key: str
    name: str
    parent: str
    nodes: list[FieldNode]
    definition: GraphQLField | None
    meaning: Meaning | None
    children: dict[str, "Selection"] = field(default_factory=dict)
    variable: bool = False
    constant: dict[str, Any] | None = None

    def arguments(self, variables: VariableValues) -> dict[str, Any]:
        """The coerced arguments. Raises `GraphQLError` as execution would."""
        if self.definition is None or not self.definition.args:
            return {}
        if self.constant is not None:
            return self.constant
        return get_argument_values(self.definition, self.nodes[0], variables)

    def walk(self) -> Iterator["Selected"]:
        """The fields below, in document order, type by type."""
        for selection in self.children.values():
            for child in selection.values():
                yield child
                yield from child.walk()

    def child(self, type_name: str, name: str) -> "list[Selected]":
        """The selections of a field below one concrete type, under all their response keys."""
        return [s for s in self.children.get(type_name, {}).values() if s.name == name]


Selection = dict[str, Selected]


@dataclass(slots=True)
class Collector:
    """Makes the tree of one operation, for given values of @skip and @include. `concrete` has the
    object types that a field may yield, by its type and name; whoever makes many trees keeps it.
    `asked` are the fields of the schema that were met, by type and name, in the order of the document."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    meanings: Mapping[tuple[str, str], Meaning]
    concrete: "dict[tuple[str, str], tuple[GraphQLObjectType, ...]]" = field(default_factory=dict)
    count: int = 0
    asked: dict[tuple[str, str], None] = field(default_factory=dict)

    def root(self, operation: OperationDefinitionNode) -> Selection:
        """The selection of the operation's root type."""
        root_type = self.schema.query_type
        if root_type is None:
            raise GraphQLError("The schema has no queries.")
        return self._selection(root_type, [operation.selection_set])

    def _selection(self, parent: GraphQLObjectType, sets: list[SelectionSetNode]) -> Selection:
        grouped: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selections in sets:
            self._collect(parent, selections, grouped, seen)
        return {key: self._selected(parent, key, nodes) for key, nodes in grouped.items()}

    def _collect(
        self,
        parent: GraphQLObjectType,
        selections: SelectionSetNode,
        grouped: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                grouped.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if self._applies(parent, node.type_condition):
                    self._collect(parent, node.selection_set, grouped, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self.fragments[node.name.value]
                if self._applies(parent, fragment.type_condition):
                    self._collect(parent, fragment.selection_set, grouped, seen)

    def _included(self, node: Any) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self.variables)
        if skip and skip["if"] is True:
            return False
        include = get_directive_values(GraphQLIncludeDirective, node, self.variables)
        return not (include and include["if"] is False)

    def _applies(self, parent: GraphQLObjectType, condition: Any) -> bool:
        if condition is None or condition.name.value == parent.name:
            return True
        named = self.schema.get_type(condition.name.value)
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return self.schema.is_sub_type(named, parent)
        return False

    def _selected(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Selected:
        self.count += 1
        if self.count > MAX_SELECTED:
            raise GraphQLError(
                f"The query unfolds to more than {MAX_SELECTED} fields over all types; ask for less at a time.",
                extensions={"code": "TOO_COMPLEX"},
            )
        node = nodes[0]
        name = node.name.value
        place = parent.name, name
        definition = parent.fields.get(name)
        meaning = self.meanings.get(place)
        made = Selected(self.count, key, name, parent.name, nodes, definition, meaning)
        if meaning is not None:
            self.asked[place] = None
        if node.arguments:
            made.variable = _has_variable(node)
        if definition is not None:
            if definition.args:
                made.constant = self._constant(made)
            if node.selection_set:
                sets = [node.selection_set for node in nodes if node.selection_set]
                for concrete in self._concrete(place, definition):
                    made.children[concrete.name] = self._selection(concrete, sets)
        return made

    def _constant(self, made: Selected) -> dict[str, Any] | None:
        if made.variable or made.definition is None:
            return None
        try:
            return get_argument_values(made.definition, made.nodes[0], self.variables)
        except GraphQLError:
            return None  # told where the field is built

    def _concrete(self, place: tuple[str, str], definition: GraphQLField) -> tuple[GraphQLObjectType, ...]:
        known = self.concrete.get(place)
        if known is None:
            known = self.concrete[place] = tuple(self._yields(get_named_type(definition.type)))
        return known

    def _yields(self, named: GraphQLNamedType) -> Iterable[GraphQLObjectType]:
        if isinstance(named, GraphQLObjectType):
            return [named]
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return self.schema.get_possible_types(named)
        return []


def _has_variable(node: FieldNode) -> bool:
    return any(_varies(argument.value) for argument in node.arguments or ())


def _varies(value: ValueNode) -> bool:
    if isinstance(value, ListValueNode):
        return any(_varies(each) for each in value.values)
    if isinstance(value, ObjectValueNode):
        return any(_varies(each.value) for each in value.fields)
    return isinstance(value, VariableNode)
