"""Validation by graphql-core's own rules, walked at less cost.

`graphql.validate` asks every rule at every node, names included, whether it has something to say
there, and looks for variables anew for each rule that wants them. Here a node goes to the rules that
have a method for its kind, names are not visited (no rule looks at them), and what was found of
variables is kept. Rules, their order and their messages are graphql-core's.
"""

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from graphql import (
    ASTValidationRule,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    ValidationContext,
    Visitor,
    specified_rules,
    visit,
)
from graphql.language import BREAK, SKIP, DocumentNode
from graphql.language.ast import QUERY_DOCUMENT_KEYS
from graphql.language.visitor import EnterLeaveVisitor
from graphql.validation.rules import overlapping_fields_can_be_merged as overlapping
from graphql.validation.validate import ValidationAbortedError
from graphql.validation.validation_context import VariableUsage, VariableUsageVisitor

WORK = 50_000
"""What comparing fields of one name may cost, in graphql-core's units, of which 500 take about a
millisecond: some 220 times the same field. Its own bound is ten times as much: a second."""

overlapping.MAX_COMPLEXITY_BUDGET = WORK  # as its documentation has it

_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        kind: tuple(key for key in keys if key not in ("name", "alias", "description"))
        for kind, keys in QUERY_DOCUMENT_KEYS.items()
    }
)
"""What of each kind of node is visited: all but names."""

_Method = Callable[..., Any] | None


def validate(schema: GraphQLSchema, document: DocumentNode, most: int = 20) -> list[GraphQLError]:
    """What is wrong with a document, `most` errors at most and then one that says so.

    The caller bounds how deeply a document nests (`gateway.policy.limits.documents`).
    """
    errors: list[GraphQLError] = []

    def report(error: GraphQLError) -> None:
        if len(errors) >= most:
            raise ValidationAbortedError("Too many validation errors, error limit reached. Validation aborted.")
        errors.append(error)

    types = TypeInfo(schema)
    context = _Context(schema, document, types, report)
    rules = _Rules(types, [rule(context) for rule in specified_rules])
    try:
        visit(document, rules, _KEYS)  # type: ignore[arg-type]
    except ValidationAbortedError as error:
        error.__context__ = None
        errors.append(error.with_traceback(None))
    except RecursionError:
        errors.append(ValidationAbortedError("Validation aborted."))
    return errors


class _Context(ValidationContext):
    """Keeps what it found of variables by the identity of nodes, whose own hash goes through all below."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, types: TypeInfo, report: Callable[[GraphQLError], None]
    ) -> None:
        super().__init__(schema, document, types, report)
        self._types = types
        self._found: dict[int, list[VariableUsage]] = {}
        self._reached: dict[int, list[VariableUsage]] = {}

    def get_variable_usages(self, node: Any) -> list[VariableUsage]:
        """The variables used directly in an operation or a fragment."""
        found = self._found.get(id(node))
        if found is None:
            visitor = VariableUsageVisitor(self._types, node if isinstance(node, FragmentDefinitionNode) else None)
            visit(node, TypeInfoVisitor(self._types, visitor), _KEYS)  # type: ignore[arg-type]
            found = self._found[id(node)] = visitor.usages
        return found

    def get_recursive_variable_usages(self, operation: OperationDefinitionNode) -> list[VariableUsage]:
        """The variables used in an operation and in the fragments that it reaches."""
        found = self._reached.get(id(operation))
        if found is None:
            found = self._reached[id(operation)] = [*self.get_variable_usages(operation)]
            for fragment in self.get_recursively_referenced_fragments(operation):
                used = self.get_variable_usages(fragment)
                self.spend_fragment_work(1 + len(used))
                found.extend(used)
        return found


class _Rules(Visitor):
    """Several rules as one visitor that keeps track of types; each rule skips and stops by itself, as in
    graphql-core's `ParallelVisitor` within its `TypeInfoVisitor`."""

    def __init__(self, types: TypeInfo, rules: list[ASTValidationRule]) -> None:
        super().__init__()
        self._types = types
        self._rules = rules
        self._skipping: list[Any] = [None] * len(rules)

    def get_enter_leave_for_kind(self, kind: str) -> EnterLeaveVisitor:
        """What is called on the way in and on the way out of a node of this kind."""
        known = self.enter_leave_map.get(kind)
        if known is None:
            known = self.enter_leave_map[kind] = self._joined(kind)
        return known

    def _joined(self, kind: str) -> EnterLeaveVisitor:
        names, rules, skipping = _names(tuple(map(type, self._rules)), kind), self._rules, self._skipping
        entering = [(i, getattr(rules[i], name)) for i, name, _ in names if name]
        leaving: list[tuple[int, _Method]] = [(i, getattr(rules[i], name) if name else None) for i, _, name in names]
        types_enter: _Method = getattr(self._types, f"enter_{kind}", None)
        types_leave: _Method = getattr(self._types, f"leave_{kind}", None)

        def enter(node: Node, *args: Any) -> None:
            if types_enter is not None:
                types_enter(node)
            for i, method in entering:
                if skipping[i] is None:
                    said = method(node, *args)
                    if said is not None:
                        skipping[i] = node if said is SKIP or said is False else BREAK

        def leave(node: Node, *args: Any) -> None:
            for i, method in leaving:
                if skipping[i] is None:
                    said = method(node, *args) if method else None
                    if said is BREAK or said is True:
                        skipping[i] = BREAK
                elif skipping[i] is node:
                    skipping[i] = None
            if types_leave is not None:
                types_leave()

        silent = not names and types_enter is None and types_leave is None
        return EnterLeaveVisitor(None, None) if silent else EnterLeaveVisitor(enter, leave)


@cache
def _names(rules: tuple[type[ASTValidationRule], ...], kind: str) -> tuple[tuple[int, str | None, str | None], ...]:
    """The rules that have methods for a kind of node, by number, and the methods' names."""
    found = [(i, _method(rule, "enter", kind), _method(rule, "leave", kind)) for i, rule in enumerate(rules)]
    return tuple((i, enter, leave) for i, enter, leave in found if enter or leave)


def _method(rule: type[ASTValidationRule], way: str, kind: str) -> str | None:
    named = f"{way}_{kind}"
    return named if hasattr(rule, named) else way if hasattr(rule, way) else None
