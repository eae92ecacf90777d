"""The same response by graphql-core, for what is not planned (introspection).

Its resolvers read the outputs of the run through `reading`, as the reference builder does: a
value travels with the selection that it was made for, so that a field finds its own part of
the plan by its response key.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    Undefined,
    execute_sync,
    get_named_type,
    is_introspection_type,
    is_leaf_type,
)
from graphql import execute as execute_document
from graphql.execution.values import VariableValues

from gateway.engine.failures import raised
from gateway.engine.reading import read, type_of
from gateway.engine.reference import already_told
from gateway.engine.run import Run
from gateway.engine.selection import Selected, Selection
from gateway.engine.values import Failure
from resolvers.administration import Administration
from resolvers.names import snake


@dataclass(slots=True, eq=False)
class Session:
    """What the fields of one execution share."""

    run: Run
    told: set[tuple[int, Failure]]


@dataclass(slots=True, eq=False)
class Bound:
    """A value with the selection that it was made for, by concrete type."""

    value: Any
    children: dict[str, Selection]


def prepare(schema: GraphQLSchema) -> None:
    """Let every field of a city's schema read from a run. Strawberry's own resolvers would look
    for attributes, and its type checks for its own classes; neither applies to fetched rows. What
    administrators change is no query: its fields keep their resolvers."""
    for kind in schema.type_map.values():
        if is_introspection_type(kind) or kind is schema.mutation_type:
            continue
        if isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
        if isinstance(kind, GraphQLInterfaceType):
            kind.resolve_type = _resolve_type
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field in kind.fields.values():
                field.resolve = _resolve


def execute(run: Run, schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> ExecutionResult:
    """Execute with graphql-core over a finished run."""
    root = Bound(None, {"Query": run.plan.selection})
    variables = {name: source.value for name, source in run.variables.sources.items() if source.value is not Undefined}
    return execute_sync(
        schema,
        document,
        root_value=root,
        context_value=Session(run, set()),
        variable_values=variables,
        operation_name=operation_name,
    )


async def mutate(
    administration: Administration | None,
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    variables: VariableValues,
) -> ExecutionResult:
    """Execute a mutation: its fields one after the other, by the resolvers that they were declared with."""
    given = {name: source.value for name, source in variables.sources.items() if source.value is not Undefined}
    result = execute_document(
        schema, document, context_value=administration, variable_values=given, operation_name=operation_name
    )
    return await result if isinstance(result, Awaitable) else result


def _resolve_type(value: Any, _info: GraphQLResolveInfo[Any], _kind: Any) -> str | None:
    return type_of(value.value)


def _resolve(parent: Any, info: GraphQLResolveInfo[Any], **_arguments: Any) -> Any:
    if not isinstance(parent, Bound):  # below a mutation
        return getattr(parent, snake(info.field_name))
    session: Session = info.context
    selected = parent.children[info.parent_type.name][str(info.path.key)]
    value = read(session.run, selected, parent.value)
    return _bind(session, selected, value, leaf=is_leaf_type(get_named_type(info.return_type)))


def _bind(session: Session, selected: Selected, value: Any, *, leaf: bool) -> Any:
    if isinstance(value, Failure):
        if already_told(session.told, selected, value):
            return None
        raise raised(value)
    if value is None or isinstance(value, Exception):
        return value
    if isinstance(value, list) or type(value) is tuple:  # a Point is a tuple too, and no list
        return [_item(session, selected, item, leaf=leaf) for item in value]
    return value if leaf else Bound(value, selected.children)


def _item(session: Session, selected: Selected, item: Any, *, leaf: bool) -> Any:
    if isinstance(item, Failure):
        return None if already_told(session.told, selected, item) else raised(item)
    return _bind(session, selected, item, leaf=leaf)
