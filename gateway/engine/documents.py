"""Documents: parsed and validated once, then kept in a cache that is bounded by bytes."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

from cachetools import LRUCache
from graphql import (
    ArgumentNode,
    DocumentNode,
    FloatValueNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    StringValueNode,
    VariableDefinitionNode,
    VariableNode,
    parse,
)

from gateway.engine.validating import validate
from gateway.engine.variables import Variables
from gateway.policy.limits.documents import Caps

CAPS = Caps()
"""How big a document may be, where nobody says."""

CACHE = 24 * 2**20
"""Bytes of the cache, where nobody says."""

_TOKEN, _DOCUMENT = 420, 2_000  # bytes of a token in the tree, and of a document beside its tokens, as measured


@dataclass(slots=True, eq=False)
class Document:
    """A document that is valid against the schema, or the errors that say why it is not.

    `size` is how many bytes it takes, with all that was made of it (`Documents.grow`); `made` are the
    keys by which that is kept elsewhere, to be dropped with the document; `digests` tell its operations apart
    in the record of look-ups, by name.
    """

    ast: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    text: str = ""
    size: int = 1
    made: list[Hashable] = field(default_factory=list)
    _conditions: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _variables: dict[int, Variables] = field(default_factory=dict)
    digests: dict[str | None, str] = field(default_factory=dict)

    def conditions(self, operation: OperationDefinitionNode) -> tuple[str, ...]:
        """The variables that @skip and @include read in one of its operations: a plan is made for
        their values."""
        found = self._conditions.get(id(operation))
        if found is None:
            found = self._conditions[id(operation)] = condition_variables(operation, self.fragments)
        return found

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to execute. Raises `GraphQLError` if it is not clear which."""
        assert self.ast is not None
        found = [d for d in self.ast.definitions if isinstance(d, OperationDefinitionNode)]
        if name is not None:
            named = [o for o in found if o.name and o.name.value == name]
            if not named:
                raise bad_request(f'The document has no operation named "{name}".')
            return named[0]
        if len(found) != 1:
            raise bad_request("The document has several operations; say which with operationName.")
        return found[0]

    def variables(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> Variables:
        """The variables of one of its operations, by the schema that it is valid against."""
        found = self._variables.get(id(operation))
        if found is None:
            found = self._variables[id(operation)] = Variables(schema, operation)
        return found

    @property
    def operations(self) -> tuple[OperationDefinitionNode, ...]:
        """The document's operations."""
        assert self.ast is not None
        return tuple(d for d in self.ast.definitions if isinstance(d, OperationDefinitionNode))

    @property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """The document's fragments by name."""
        assert self.ast is not None
        return {d.name.value: d for d in self.ast.definitions if isinstance(d, FragmentDefinitionNode)}


def has_literals(ast: DocumentNode | None) -> bool:
    """Whether a document gives values itself, not by variables."""
    return ast is not None and any(_says(definition) for definition in ast.definitions)


def _says(node: Any) -> bool:
    """Whether an operation, a fragment, a field, a directive or a value has a literal in it."""
    if isinstance(node, StringValueNode | IntValueNode | FloatValueNode):
        return True
    below: list[Any] = [*(getattr(node, "directives", None) or ())]
    match node:
        case OperationDefinitionNode():
            below += node.variable_definitions or ()
        case VariableDefinitionNode():
            below += (node.default_value,)
        case ListValueNode():
            below += node.values
        case ObjectValueNode():
            below += node.fields
        case ArgumentNode() | ObjectFieldNode():
            below += (node.value,)
    if arguments := getattr(node, "arguments", None):
        below += arguments
    if selections := getattr(node, "selection_set", None):
        below += selections.selections
    return any(_says(each) for each in below)


def bad_request(message: str, code: str = "BAD_REQUEST") -> GraphQLError:
    """An error of the request as a whole."""
    return GraphQLError(message, extensions={"code": code})


class _Cache(LRUCache[str, Document]):
    """Tells of every document that goes."""

    def __init__(self, room: int, dropped: Callable[[Document], None]) -> None:
        super().__init__(room, getsizeof=lambda document: document.size)
        self._dropped = dropped

    def popitem(self) -> tuple[str, Document]:
        """The one that was used longest ago."""
        text, document = super().popitem()
        self._dropped(document)
        return text, document


class Documents:
    """Documents by text. The cache is bounded by `room` bytes; `dropped` is told of those that go."""

    def __init__(
        self,
        schema: GraphQLSchema,
        room: int = CACHE,
        caps: Caps = CAPS,
        dropped: Callable[[Document], None] = lambda document: None,
    ) -> None:
        self._schema = schema
        self._caps = caps
        self._dropped = dropped
        self._cache = _Cache(room, dropped)

    @property
    def size(self) -> int:
        """How many bytes the documents take that are kept."""
        return int(self._cache.currsize)

    def get(self, text: str) -> Document:
        """The document of a text. Never raises for what a client sent."""
        found = self._cache.get(text)
        if found is None:
            found = self._make(text)
            if found.ast is not None and found.size <= self._cache.maxsize:
                self._cache[text] = found
        return found

    def forget(self, text: str) -> None:
        """Keep nothing of a text."""
        document = self._cache.pop(text, None)
        if document is not None:
            self._dropped(document)

    def grow(self, document: Document, size: int) -> bool:
        """Whether something of so many bytes, made of a document, may be kept as long as it is."""
        if self._cache.get(document.text) is not document or document.size + size > self._cache.maxsize // 4:
            return False
        document.size += size
        self._cache[document.text] = document  # counts for its new size from now on
        return True

    def _make(self, text: str) -> Document:
        beyond = self._caps.check_text(text)
        if beyond is not None:
            return Document(None, (beyond,))
        try:
            ast = _freed(parse(text))
            beyond = self._caps.check_document(ast)
            if beyond is not None:
                return Document(None, (beyond,))
            errors = validate(self._schema, ast)
        except GraphQLError as error:
            return Document(None, (_coded(error, "SYNTAX"),))
        except RecursionError:
            return Document(None, (bad_request("The document is nested too deeply.", "TOO_COMPLEX"),))
        if errors:
            return Document(None, tuple(_told(error) for error in errors))
        return Document(ast, text=text, size=_DOCUMENT + 4 * len(text) + _TOKEN * ast.token_count)


def _freed(ast: DocumentNode) -> DocumentNode:
    """A tree whose tokens do not hold each other: else only the garbage collector could clear it away."""
    token = ast.loc.start_token if ast.loc else None
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following
    return ast


def _told(error: GraphQLError) -> GraphQLError:
    """A validation error; where graphql-core gives up on a document, what its author can do."""
    if error.message == "Validation aborted.":
        return bad_request("The document repeats too many fields or nests too many fragments.", "TOO_COMPLEX")
    return _coded(error, "VALIDATION")


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    error.extensions = {"code": code} | (error.extensions or {})
    return error


def condition_variables(
    operation: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
) -> tuple[str, ...]:
    """The variables that @skip and @include read."""
    found: dict[str, None] = {}

    def look(node: Any) -> None:
        for directive in getattr(node, "directives", ()) or ():
            for argument in directive.arguments:
                if directive.name.value in ("skip", "include") and isinstance(argument.value, VariableNode):
                    found[argument.value.name.value] = None
        selections = getattr(node, "selection_set", None)
        for child in selections.selections if selections else ():
            look(child)

    look(operation)
    for fragment in fragments.values():
        look(fragment)
    return tuple(found)
