"""A city's schema cut to what a caller can see, for introspection.

Left out are fields, conditions and members of enums that the caller may not see, and whatever
nothing leads to any more. An object keeps all fields of its interfaces, as GraphQL asks; one that
the caller may not see is described there like one that the dataset does not have. What is left is
a valid schema, of which nothing tells what is missing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_introspection_type,
    is_required_argument,
)

from gateway.policy.sight import Decides, Sight, Widest
from resolvers.meaning import Absent
from resolvers.schema import CitySchema

__all__ = ["Decides", "Widest", "visible"]

NOTHING_SHOWN = "No value of this dataset is shown here: always null."

_Fields = dict[str, GraphQLField]
_T = TypeVar("_T")


def visible(schema: CitySchema, permits: Decides, *, admin: bool = False) -> GraphQLSchema:
    """What of a schema a caller can see. `admin` leaves in what administrators change.

    Its fields have no resolvers: it is for introspection and validation. Takes some tens of
    milliseconds; keep it for callers of the same profile.
    """
    return _Cut(schema, Sight(schema, permits, admin)).schema()


class _Cut:
    """First what is left of every type, then the types anew."""

    def __init__(self, schema: CitySchema, sight: Sight) -> None:
        self._whole = schema.graphql
        self._meanings = schema.meanings
        self._sight = sight
        self._types = {n: t for n, t in self._whole.type_map.items() if not is_introspection_type(t)}
        self._gone = {name for name in self._types if not sight.type(name)}
        self._fields: dict[str, _Fields] = {}
        self._inputs: dict[str, dict[str, GraphQLInputField]] = {}
        self._members: dict[str, dict[str, GraphQLEnumValue]] = {}
        self._made: dict[str, GraphQLNamedType] = {}

    def schema(self) -> GraphQLSchema:
        """The schema that is left."""
        self._cut()
        reached = self._reached()
        query, mutation = self._whole.query_type, self._whole.mutation_type
        assert query is not None
        self._made = {name: self._new(self._types[name]) for name in reached}
        changes = mutation is not None and mutation.name in reached
        return GraphQLSchema(
            query=self._object(query),
            mutation=self._object(mutation) if mutation is not None and changes else None,
            types=list(self._made.values()),
            directives=self._whole.directives,
            description=self._whole.description,
        )

    # --- what is left

    def _cut(self) -> None:
        """Until no type loses anything more: one without fields takes those that need it along."""
        for name, kind in self._types.items():
            if isinstance(kind, GraphQLEnumType):
                self._members[name] = self._left_of_enum(kind)
        before = -1
        while before != len(self._gone):
            before = len(self._gone)
            for name, kind in self._types.items():
                if isinstance(kind, GraphQLInputObjectType):
                    self._inputs[name] = dict(self._left_of_input(kind))
                elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
                    self._fields[name] = dict(self._left_of_object(kind))
            self._gone |= {
                name
                for left in (self._fields, self._inputs, self._members)
                for name, parts in left.items()
                if not parts or (name in self._inputs and set(parts) <= {"and", "or"})
            }

    def _left_of_enum(self, kind: GraphQLEnumType) -> dict[str, GraphQLEnumValue]:
        described = self._sight.members(kind.name)
        return {
            name: GraphQLEnumValue(member.value, description=text or member.description)
            for name, member in kind.values.items()
            if (text := described(name)) is not None
        }

    def _left_of_input(self, kind: GraphQLInputObjectType) -> Iterator[tuple[str, GraphQLInputField]]:
        for name, part in kind.fields.items():
            if self._stays(part) and self._sight.input(kind.name, name):
                yield name, part

    def _left_of_object(self, kind: GraphQLObjectType | GraphQLInterfaceType) -> Iterator[tuple[str, GraphQLField]]:
        promised = {name for interface in kind.interfaces for name in interface.fields}
        for name, made in kind.fields.items():
            seen = self._sight.field(kind.name, name)
            if name in promised and isinstance(kind, GraphQLObjectType):
                yield name, self._promised(kind, name, made, seen=seen)
            elif seen and self._stays(made) and all(map(self._stays, _needed(made))):
                yield name, made

    def _promised(self, kind: GraphQLObjectType, name: str, made: GraphQLField, *, seen: bool) -> GraphQLField:
        if seen and not isinstance(self._meanings.get((kind.name, name)), Absent):
            return made
        return GraphQLField(made.type, args=made.args, description=NOTHING_SHOWN)

    def _stays(self, part: GraphQLField | GraphQLArgument | GraphQLInputField) -> bool:
        return get_named_type(part.type).name not in self._gone

    # --- what something leads to

    def _reached(self) -> list[str]:
        """The types that a caller comes to from the roots, in the order of the whole schema."""
        found: set[str] = set()
        roots = (self._whole.query_type, self._whole.mutation_type)
        waiting = [root.name for root in roots if root is not None and root.name not in self._gone]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._leads(self._types[name])
        return [name for name in self._types if name in found]

    def _leads(self, kind: GraphQLNamedType) -> Iterable[str]:
        for made in self._fields.get(kind.name, {}).values():
            yield get_named_type(made.type).name
            yield from (get_named_type(a.type).name for a in made.args.values() if self._stays(a))
        for part in self._inputs.get(kind.name, {}).values():
            yield get_named_type(part.type).name
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            yield from (interface.name for interface in kind.interfaces)
        if isinstance(kind, GraphQLInterfaceType):
            implementing = self._whole.get_implementations(kind)
            named: list[GraphQLObjectType | GraphQLInterfaceType] = [*implementing.objects, *implementing.interfaces]
            yield from (each.name for each in named if self._is_led_to(each))

    def _is_led_to(self, kind: GraphQLObjectType | GraphQLInterfaceType) -> bool:
        """An interface without any object that the caller can see is none of its business."""
        if isinstance(kind, GraphQLObjectType):
            return kind.name not in self._gone
        return any(each.name not in self._gone for each in self._whole.get_possible_types(kind))

    # --- the types anew

    def _new(self, kind: GraphQLNamedType) -> GraphQLNamedType:
        name, text = kind.name, kind.description
        match kind:
            case GraphQLObjectType():
                return GraphQLObjectType(
                    name, self._later(self._shape, kind), self._later(self._bases, kind), description=text
                )
            case GraphQLInterfaceType():
                return GraphQLInterfaceType(
                    name, self._later(self._shape, kind), self._later(self._bases, kind), description=text
                )
            case GraphQLInputObjectType():
                return GraphQLInputObjectType(name, self._later(self._parts, kind), description=text)
            case GraphQLEnumType():
                return GraphQLEnumType(name, self._members[name], description=text)
        return kind  # scalars are the same for all

    def _later(self, make: Callable[[Any], _T], kind: GraphQLNamedType) -> Callable[[], _T]:
        return lambda: make(kind)

    def _shape(self, kind: GraphQLObjectType | GraphQLInterfaceType) -> _Fields:
        return {
            name: GraphQLField(
                self._of(made.type),
                args={n: self._argument(a) for n, a in made.args.items() if self._stays(a)},
                description=made.description,
                deprecation_reason=made.deprecation_reason,
            )
            for name, made in self._fields[kind.name].items()
        }

    def _argument(self, given: GraphQLArgument) -> GraphQLArgument:
        return GraphQLArgument(self._of(given.type), given.default_value, description=given.description)

    def _parts(self, kind: GraphQLInputObjectType) -> Mapping[str, GraphQLInputField]:
        return {
            name: GraphQLInputField(self._of(part.type), part.default_value, description=part.description)
            for name, part in self._inputs[kind.name].items()
        }

    def _bases(self, kind: GraphQLObjectType | GraphQLInterfaceType) -> list[GraphQLInterfaceType]:
        made = (self._made[interface.name] for interface in kind.interfaces)
        return [base for base in made if isinstance(base, GraphQLInterfaceType)]

    def _object(self, kind: GraphQLObjectType) -> GraphQLObjectType:
        made = self._made[kind.name]
        assert isinstance(made, GraphQLObjectType)
        return made

    def _of(self, shape: Any) -> Any:
        """The same shape over the types anew."""
        if isinstance(shape, GraphQLNonNull):
            return GraphQLNonNull(self._of(shape.of_type))
        if isinstance(shape, GraphQLList):
            return GraphQLList(self._of(shape.of_type))
        return self._made[shape.name]


def _needed(made: GraphQLField) -> Iterator[GraphQLArgument]:
    """The arguments without which a field can't be asked."""
    return (given for given in made.args.values() if is_required_argument(given))
