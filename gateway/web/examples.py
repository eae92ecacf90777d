"""The queries that a city's GraphiQL opens with: `examples.graphql` in the city's directory.

Plain GraphQL, one tab an operation, values as defaults of its variables. A comment before the
operation that reads like a header (`# X-Citygraph-Caller: demo`) becomes a header of its tab.
"""

import re
from pathlib import Path
from types import MappingProxyType

from graphql import GraphQLSyntaxError, OperationDefinitionNode, parse

from gateway.web.page import Example

FILE = "examples.graphql"

_HEADER = re.compile(r"^#\s*(X-[A-Za-z-]+):\s*(\S.*?)\s*$", re.MULTILINE)


class BadExamples(ValueError):
    """The file can't be read as GraphQL; the text names the place."""


def read_examples(directory: Path) -> tuple[Example, ...]:
    """The examples of a city, in the file's order; none where it has no such file.

    Raises `BadExamples`.
    """
    path = directory / FILE
    if not path.is_file():
        return ()
    text = path.read_text(encoding="utf-8")
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        line = error.locations[0].line if error.locations else 1
        raise BadExamples(f"{path}:{line}: {error.message}") from None
    examples, start = [], 0
    for node in document.definitions:
        if node.loc is None or not isinstance(node, OperationDefinitionNode):
            line = text.count("\n", 0, node.loc.start if node.loc else 0) + 1
            raise BadExamples(f"{path}:{line}: only operations can be examples; write the fields out")
        examples.append(_example(text[start : node.loc.end].strip(), text[start : node.loc.start]))
        start = node.loc.end
    return tuple(examples)


def _example(query: str, comments: str) -> Example:
    headers = {match[1]: match[2] for match in _HEADER.finditer(comments)}
    return Example(f"{query}\n", headers=MappingProxyType(headers))
