"""The response by the book: a walk over the selection, sections 6.4 of the specification.

It knows nothing of datasets. Values come from `reading`; here they are completed: leaves
serialised, lists and objects descended into, nulls propagated, errors collected with their
paths – exactly as graphql-core does it, which the differential test holds it to.
"""

from collections.abc import Sequence
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    is_leaf_type,
)
from graphql.error import located_error
from graphql.pyutils import Path

from gateway.engine.failures import raised
from gateway.engine.reading import read, type_of
from gateway.engine.run import Run
from gateway.engine.selection import Selected, Selection
from gateway.engine.values import Failure


class Builder:
    """Builds one response. `errors` are in the order in which fields were completed."""

    def __init__(self, run: Run, schema: GraphQLSchema) -> None:
        self._run, self._schema = run, schema
        self.errors: list[GraphQLError] = []
        self._told: set[tuple[int, Failure]] = set()

    def build(self, selection: Selection) -> dict[str, Any] | None:
        """The data, or None where a non-null root field failed."""
        try:
            return self._object(selection, None, None)
        except GraphQLError as error:
            self.errors.append(error)
            return None

    def _object(self, selection: Selection, parent: Any, path: Path | None) -> dict[str, Any]:
        return {
            key: self._field(selected, parent, Path(path, key, selected.parent)) for key, selected in selection.items()
        }

    def _field(self, selected: Selected, parent: Any, path: Path) -> Any:
        if selected.definition is None:
            return selected.parent
        kind = selected.definition.type
        try:
            return self._complete(kind, selected, self._read(selected, parent), path)
        except Exception as raw:
            self._failed(kind, selected, raw, path)
            return None

    def _read(self, selected: Selected, parent: Any) -> Any:
        selected.arguments(self._run.variables)  # a bad argument fails its field
        return read(self._run, selected, parent)

    def _failed(self, kind: GraphQLOutputType, selected: Selected, raw: Exception, path: Path) -> None:
        error = located_error(raw, selected.nodes, path.as_list())
        if isinstance(kind, GraphQLNonNull):
            raise error
        self.errors.append(error)

    def _complete(self, kind: GraphQLOutputType, selected: Selected, value: Any, path: Path) -> Any:
        if isinstance(value, Failure):
            if self._is_told(selected, value):
                return None
            raise raised(value)
        if isinstance(kind, GraphQLNonNull):
            completed = self._complete(kind.of_type, selected, value, path)
            if completed is None:
                raise TypeError(f"Cannot return null for non-nullable field {selected.parent}.{selected.name}.")
            return completed
        if value is None:
            return None
        if isinstance(value, Exception):
            raise value
        if isinstance(kind, GraphQLList):
            return self._list(kind.of_type, selected, value, path)
        if is_leaf_type(kind):
            return _leaf(kind, value)
        name = kind.name if isinstance(kind, GraphQLObjectType) else type_of(value)
        return self._object(selected.children[str(name)], value, path)

    def _is_told(self, selected: Selected, failure: Failure) -> bool:
        """Whether this failure was told already; decisions are told at their first occurrence."""
        return already_told(self._told, selected, failure)

    def _list(self, kind: GraphQLOutputType, selected: Selected, values: Sequence[Any], path: Path) -> list[Any]:
        return [self._item(kind, selected, value, Path(path, index, None)) for index, value in enumerate(values)]

    def _item(self, kind: GraphQLOutputType, selected: Selected, value: Any, path: Path) -> Any:
        try:
            return self._complete(kind, selected, value, path)
        except Exception as raw:
            self._failed(kind, selected, raw, path)
            return None


def already_told(told: set[tuple[int, Failure]], selected: Selected, failure: Failure) -> bool:
    """Note a failure that is to be told once; True if it has been told at this field."""
    if not failure.once:
        return False
    known = (selected.number, failure) in told
    told.add((selected.number, failure))
    return known


def _leaf(kind: GraphQLLeafType, value: Any) -> Any:
    serialized = kind.coerce_output_value(value)
    if serialized is None:
        raise TypeError(
            f"Expected `{kind}.coerce_output_value({value!r})` to return non-nullable value, returned: None"
        )
    return serialized
