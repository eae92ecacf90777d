"""Which requests of an operation may be answered together: those that differ by an id alone."""

import re

from graphql import GraphQLNonNull, VariableNode

from gateway.engine.plan import Plan
from resolvers.meaning import EntityRoot

_VARIABLE = re.compile(r"\$(\w+)", re.ASCII)


def asks_by(plan: Plan, text: str) -> str | None:
    """The variable by which an operation asks for its one entity, where nothing else in its document
    depends on it; None where its requests are answered alone."""
    if len(plan.selection) != 1 or len(plan.roots) != 1 or plan.unplanned or plan.personal or plan.fleeting:
        return None
    (root,) = plan.roots
    definition, nodes = root.selected.definition, root.selected.nodes
    if not isinstance(root.selected.meaning, EntityRoot) or definition is None or len(nodes) != 1:
        return None
    if isinstance(definition.type, GraphQLNonNull):
        return None
    given = (argument.value for argument in nodes[0].arguments or () if argument.name.value == "id")
    name = next((value.name.value for value in given if isinstance(value, VariableNode)), None)
    used = _VARIABLE.findall(text)
    alone = len(used) == text.count("$") and used.count(name) == 2  # where it is declared, and there
    return name if alone else None
