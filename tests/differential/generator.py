"""Random valid operations over any city's schema, the same ones for the same seed.

Validity needs care in one place only: fields that share a response key must mean the same
(section 5.3.2 of the specification). A `Scope` remembers the keys of one selection set over all
of its fragments; where a key is taken by something else, the field gets an alias. Where it is
taken by the very same field, both stand and executors must merge them.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_leaf_type,
)

from tests.differential.operations import Node, Operation, Use, literal, plain
from tests.differential.values import Pool, Values

DEEPEST = 11
FIELDS = 90
ENTITIES = 3
"""How many entities may be nested in each other."""

WEIGHTS = {
    "nodes": 6,
    "edges": 5,
    "node": 4,
    "address": 5,
    "addresses": 4,
    "business": 3,
    "records": 3,
    "city": 0.3,
    "me": 0.3,
}
"""Fields that lead to records are drawn more often; others weigh 1."""

Signature = tuple[str, str, str]


@dataclass(slots=True)
class Scope:
    """The response keys of one selection set: what each means, and the scope below it."""

    keys: "dict[str, tuple[Signature, Scope]]" = field(default_factory=dict)


@dataclass(slots=True)
class Depth:
    """How deep a place is, and in how many entities."""

    fields: int = 0
    entities: int = 0


class Generator:
    """Makes operations one after the other."""

    def __init__(self, schema: GraphQLSchema, pool: Pool, seed: object) -> None:
        self.schema = schema
        self.random = Random(str(seed))
        self.values = Values(pool, self.random)
        self._entities = set(pool.ids)

    def operation(self) -> Operation:
        """The next one."""
        self._made = Operation(Node("query"))
        self._left = FIELDS
        self._number = 0
        scope = Scope()
        root = self.schema.query_type
        assert root is not None
        while not self._made.root.children or self._chance(0.3):
            self._made.root.children += self._selection(root, scope, Depth(), self._count(1, 2))
        return self._made

    def profile(self, name: str, fields: int) -> Operation:
        """An operation that asks for one entity, `name($id)`, and of it for so many fields at most."""
        self._made = Operation(Node("query"))
        self._left, self._number = fields, 0
        root = self.schema.query_type
        assert root is not None
        kind: Any = get_named_type(root.fields[name].type)
        self._made.types["id"], self._made.values["id"] = "ID!", None
        node = Node(f"{name}(id: $id)")
        while not node.children:
            node.children = self._selection(kind, Scope(), Depth(1, 1), self._width(kind))
        self._made.root.children = [node]
        return self._made

    # selections

    def _selection(self, parent: Any, scope: Scope, depth: Depth, count: int) -> list[Node]:
        nodes = []
        fields = self._choose(parent, depth, count)
        for name in fields:
            nodes.append(self._field(parent, name, scope, depth))
            if self._chance(0.05):  # the same once more: what stands below it is merged
                nodes.append(self._field(parent, name, scope, depth))
        if self._chance(0.12) or isinstance(parent, GraphQLUnionType):
            nodes.append(self._typename(parent, scope))
        nodes += [self._fragment(condition, scope, depth) for condition in self._conditions(parent)]
        return nodes or [self._typename(parent, scope)]

    def _choose(self, parent: Any, depth: Depth, count: int) -> list[str]:
        if isinstance(parent, GraphQLUnionType):
            return []
        leaves = [n for n, f in parent.fields.items() if is_leaf_type(get_named_type(f.type))]
        deep = [n for n, f in parent.fields.items() if n not in leaves and self._may(f, depth)]
        chosen = []
        for _ in range(count):
            usable = deep if deep and (not leaves or self._chance(0.5)) else leaves
            if usable:
                chosen += self.random.choices(usable, [WEIGHTS.get(name, 1) for name in usable])
        return list(dict.fromkeys(chosen))

    def _width(self, kind: Any) -> int:
        """How many fields to select: more of types with many fields."""
        return self._count(1, 3 + min(len(getattr(kind, "fields", ())), 30) // 6)

    def _may(self, found: GraphQLField, depth: Depth) -> bool:
        if depth.fields >= DEEPEST or self._left <= 0:
            return False
        return depth.entities < ENTITIES or get_named_type(found.type).name not in self._entities

    def _typename(self, parent: Any, scope: Scope) -> Node:
        return Node(self._key("__typename", ("__typename", "String!", ""), scope)[0])

    def _conditions(self, parent: Any) -> list[GraphQLNamedType | None]:
        """What to make fragments on: none, an object's interfaces, an interface's types and others'."""
        if self._left <= 0:
            return []
        if isinstance(parent, GraphQLObjectType):
            near: list[Any] = [None, parent, *parent.interfaces]
            return [self.random.choice(near)] if self._chance(0.15) else []
        possible = list(self.schema.get_possible_types(parent))
        also = [i for kind in possible for i in kind.interfaces]
        count = self._count(0, 3)
        return [self.random.choice([*possible, *also, parent]) for _ in range(count)]

    def _fragment(self, condition: Any, scope: Scope, depth: Depth) -> Node:
        self._left -= 1
        on = f" on {condition.name}" if condition is not None else ""
        parent = condition or self.schema.query_type
        if condition is None:
            return Node(f"...{self._directive()}", [self._typename(parent, scope)])
        children = self._selection(condition, scope, depth, self._width(condition))
        if self._chance(0.6):
            return Node(f"...{on}{self._directive()}", children)
        name = f"F{len(self._made.fragments)}"
        self._made.fragments[name] = Node(f"fragment {name}{on}", children)
        return Node(f"...{name}{self._directive()}")

    def _field(self, parent: Any, name: str, scope: Scope, depth: Depth) -> Node:
        self._left -= 1
        found: GraphQLField = parent.fields[name]
        named = get_named_type(found.type)
        after = self._after(found)
        arguments = self._arguments(found, name, after)
        key, inside = self._key(name, (name, str(found.type), arguments), scope)
        node = Node(f"{key}{arguments}{self._directive()}")
        if not is_leaf_type(named):
            below = Depth(depth.fields + 1, depth.entities + (named.name in self._entities))
            node.children = self._selection(named, inside, below, self._width(named))
            if after:
                node.children.append(Node(f"{self._made.pages[after]}: pageInfo", [Node("endCursor")]))
        return node

    def _key(self, name: str, signature: Signature, scope: Scope) -> tuple[str, Scope]:
        key = name
        while self._chance(0.08) or scope.keys.get(key, (signature,))[0] != signature:
            self._number += 1
            key = f"a{self._number}"
        below = scope.keys.setdefault(key, (signature, Scope()))[1]
        return (name if key == name else f"{key}: {name}"), below

    def _directive(self) -> str:
        if not self._chance(0.06):
            return ""
        word, yes = self.random.choice(("skip", "include")), self._chance(0.5)
        given = Use(self._declare("Boolean!", yes)) if self._chance(0.5) else yes
        return f" @{word}(if: {literal(given)})"

    # arguments

    def _after(self, found: GraphQLField) -> str | None:
        """A variable by which the page is turned after the first answer."""
        named: Any = get_named_type(found.type)
        if "after" not in found.args or "pageInfo" not in named.fields or not self._chance(0.3):
            return None
        name = self._declare("String", None)
        self._made.pages[name] = f"end_{name}"
        return name

    def _arguments(self, found: GraphQLField, owner: str, after: str | None) -> str:
        given = []
        for name, argument in found.args.items():
            if name == "after" and after:
                given.append(f"after: ${after}")
            elif self._given(name, argument):
                given.append(f"{name}: {literal(self._value(argument, name, owner))}")
        return f"({', '.join(given)})" if given else ""

    def _given(self, name: str, argument: GraphQLArgument) -> bool:
        if isinstance(argument.type, GraphQLNonNull) and argument.default_value is Undefined:
            return True
        return self._chance({"first": 0.7, "after": 0.04}.get(name, 0.15))

    def _value(self, argument: GraphQLArgument, name: str, owner: str) -> Any:
        value = self.values.draw(argument.type, name, owner)
        if self._chance(0.35):
            return Use(self._variable(argument, value))
        return self._parts(argument.type, value)

    def _variable(self, argument: GraphQLArgument, value: Any) -> str:
        kind, nullable = str(argument.type), argument.default_value is not Undefined
        if nullable and self._chance(0.3):  # allowed, because the argument has a default
            kind = kind.removesuffix("!")
            value = None if self._chance(0.2) else value
        if plain(value) and value is not None and self._chance(0.2):
            name = self._declare(f"{kind} = {literal(value)}", value)
            del self._made.values[name]
            return name
        name = self._declare(kind, value)
        if not kind.endswith("!") and self._chance(0.1):
            del self._made.values[name]
        return name

    def _parts(self, kind: Any, value: Any) -> Any:
        """Variables inside of an input object."""
        named = get_named_type(kind)
        if not isinstance(value, dict) or not isinstance(named, GraphQLInputObjectType):
            return value
        made = {}
        for name, part in value.items():
            inner = named.fields[name].type
            whole = self._chance(0.15) and plain(part)
            made[name] = Use(self._declare(str(inner), part)) if whole else self._parts(inner, part)
        return made

    def _declare(self, kind: str, value: Any) -> str:
        name = f"v{len(self._made.types)}"
        self._made.types[name] = kind
        self._made.values[name] = value
        return name

    def _chance(self, part: float) -> bool:
        return self.random.random() < part

    def _count(self, least: int, most: int) -> int:
        return self.random.randint(least, most)
