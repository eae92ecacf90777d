"""The variables of one operation: what is plainly right is taken as it is, the rest judged by graphql-core.

Nearly all variables are texts, numbers and lists of ids that are what they are declared to be.
graphql-core makes a variable's type anew for each request and goes through each value twice.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values

_MOST_ERRORS = 20
_NONE: VariableValues = VariableValues({}, {})
_INTS = range(-(2**31), 2**31)


def _is_text(value: Any) -> bool:
    return type(value) is str


def _is_int(value: Any) -> bool:
    return type(value) is int and value in _INTS


def _is_boolean(value: Any) -> bool:
    return type(value) is bool


_PLAIN: Mapping[Any, Callable[[Any], bool]] = MappingProxyType(
    {GraphQLID: _is_text, GraphQLString: _is_text, GraphQLInt: _is_int, GraphQLBoolean: _is_boolean}
)


class _Variable(NamedTuple):
    """A variable, and whether a value is plainly one of its type; None where graphql-core is to judge."""

    name: str
    signature: GraphQLVariableSignature
    plain: Callable[[Any], bool] | None
    many: bool


class Variables:
    """The variables of one operation, whose document is valid."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._schema, self._definitions = schema, operation.variable_definitions or ()
        signatures = [get_variable_signature(schema, definition) for definition in self._definitions]
        known = [each for each in signatures if not isinstance(each, GraphQLError)]
        self._variables = [_variable(each) for each in known] if len(known) == len(signatures) else None

    def coerced(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        """The values of a request, or what is wrong with them. May raise `RecursionError`."""
        return self._plainly(given) or get_variable_values(
            self._schema, self._definitions, dict(given), max_errors=_MOST_ERRORS
        )

    def _plainly(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The values, where all are given and nothing is to be done with any."""
        if not self._definitions:
            return _NONE
        if self._variables is None:
            return None
        sources, values = {}, {}
        for name, signature, plain, many in self._variables:
            value = given.get(name)
            if plain is None or not (_all(plain, value) if many else plain(value)):
                return None
            sources[name], values[name] = VariableValueSource(signature, value), value
        return VariableValues(sources, values)


def _all(plain: Callable[[Any], bool], value: Any) -> bool:
    return type(value) is list and all(map(plain, value))


def _variable(signature: GraphQLVariableSignature) -> _Variable:
    kind: Any = _nullable(signature.type)
    many = isinstance(kind, GraphQLList)
    item = _nullable(kind.of_type) if many else kind
    return _Variable(signature.name, signature, _PLAIN.get(item), many)


def _nullable(kind: Any) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind
