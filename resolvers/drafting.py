"""Strawberry types made from data: the generated part of a city's schema.

A `Draft` collects the types of one city in a module of its own, so that annotations may name
types that are made later and two cities can live in one process.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from types import ModuleType
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from resolvers.meaning import Meaning

_numbers = count()


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a generated field; without a default it is optional or required by type."""

    name: str
    type: str
    description: str
    default: object = strawberry.UNSET


@dataclass(frozen=True, slots=True)
class Field:
    """A generated field; `type` is a Python annotation as text, over the draft's names."""

    name: str
    type: str
    description: str
    meaning: Meaning | None = None
    arguments: tuple[Argument, ...] = ()
    python_name: str | None = None


@dataclass(slots=True)
class Draft:
    """The types of one city while they are made. `names` are visible to annotations."""

    names: Mapping[str, object]
    meanings: dict[tuple[str, str], Meaning] = field(default_factory=dict)
    inputs: dict[str, dict[str, str]] = field(default_factory=dict)
    types: dict[str, Any] = field(default_factory=dict)
    module: ModuleType = field(init=False)

    def __post_init__(self) -> None:
        self.module = ModuleType(f"resolvers.cities_{next(_numbers)}")
        self.module.__dict__.update(self.names)
        sys.modules[self.module.__name__] = self.module

    def close(self) -> None:
        """Forget the module once the schema is built."""
        sys.modules.pop(self.module.__name__, None)

    def object(self, name: str, description: str, fields: Sequence[Field], bases: tuple[type, ...] = ()) -> None:
        """An object type; fields of `bases` that are not named again are inherited."""
        for made in fields:
            if made.meaning is not None:
                self.meanings[name, made.name] = made.meaning
        cls = self._class(name, {f.python_name or f"f_{f.name}": (f, self._field(f)) for f in fields}, bases)
        self._keep(name, strawberry.type(cls, name=name, description=description))

    def input(self, name: str, description: str, fields: Sequence[Field]) -> None:
        """An input type whose fields are all optional."""
        cls = self._class(name, {f"f_{f.name}": (f, self._optional(f)) for f in fields}, ())
        self._keep(name, strawberry.input(cls, name=name, description=description))

    def enum(self, name: str, description: str, members: Mapping[str, tuple[str, str]]) -> None:
        """An enum; each member has a value and a description."""
        values = {key: strawberry.enum_value(value, description=text) for key, (value, text) in members.items()}
        made = Enum(name, values, module=self.module.__name__)  # type: ignore[misc]
        self._keep(name, strawberry.enum(made, name=name, description=description))

    def _keep(self, name: str, made: Any) -> None:
        self.types[name] = made
        setattr(self.module, name, made)

    def _class(self, name: str, fields: Mapping[str, tuple[Field, Any]], bases: tuple[type, ...]) -> type:
        body: dict[str, Any] = {python: made for python, (_, made) in fields.items()}
        body["__annotations__"] = {python: made.type for python, (made, _) in fields.items()}
        body["__module__"] = self.module.__name__
        body["__qualname__"] = name
        return type(name, bases, body)

    def _field(self, made: Field) -> StrawberryField:
        field_: Any = strawberry.field(name=made.name, description=made.description)
        field_.arguments = [self._argument(argument) for argument in made.arguments]
        return field_  # type: ignore[no-any-return]

    def _optional(self, made: Field) -> StrawberryField:
        made_: Any = strawberry.field(name=made.name, description=made.description, default=strawberry.UNSET)
        return made_  # type: ignore[no-any-return]

    def _argument(self, argument: Argument) -> StrawberryArgument:
        return StrawberryArgument(
            python_name=argument.name,
            graphql_name=argument.name,
            type_annotation=StrawberryAnnotation(argument.type, namespace=self.module.__dict__),
            description=argument.description,
            default=argument.default,
        )
