"""An operation while it is made and minimised: a tree of heads, printed as GraphQL.

Fragments and variables that nothing uses any more (after a deletion) are left out of the text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_VARIABLE = re.compile(r"\$(\w+)")
_SPREAD = re.compile(r"\.\.\.(\w+)")


class Member(str):
    """A member of an enum: printed without quotes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A variable where a value would stand."""

    name: str


@dataclass(slots=True, eq=False)
class Node:
    """A field, fragment or spread: what stands before its braces, and what stands in them."""

    head: str
    children: "list[Node]" = field(default_factory=list)

    def walk(self) -> "Iterator[Node]":
        yield self
        for child in self.children:
            yield from child.walk()

    def text(self, indent: str = "") -> str:
        if not self.children:
            return f"{indent}{self.head}"
        inside = "\n".join(child.text(indent + "  ") for child in self.children)
        return f"{indent}{self.head} {{\n{inside}\n{indent}}}"


@dataclass(slots=True)
class Operation:
    """`types` and `values` are of the variables; a value that is absent is not sent. `pages`
    gives for each variable that is an `after` the response key of the page's `pageInfo`."""

    root: Node
    fragments: dict[str, Node] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)

    def nodes(self) -> list[Node]:
        """The operation and every fragment that it reaches."""
        found, waiting = [], [self.root]
        seen: set[str] = set()
        while waiting:
            top = waiting.pop()
            found.append(top)
            for node in top.walk():
                name = _SPREAD.match(node.head)
                if name and name[1] in self.fragments and name[1] not in seen:
                    seen.add(name[1])
                    waiting.append(self.fragments[name[1]])
        return found

    def used(self) -> dict[str, str]:
        """The types of the variables that the text uses."""
        names = {n for top in self.nodes() for node in top.walk() for n in _VARIABLE.findall(node.head)}
        return {name: kind for name, kind in self.types.items() if name in names}

    def variables(self) -> dict[str, Any]:
        """The values to send."""
        return {name: value for name, value in self.values.items() if name in self.used()}

    def text(self) -> str:
        declared = ", ".join(f"${name}: {kind}" for name, kind in self.used().items())
        self.root.head = f"query({declared})" if declared else "query"
        return "\n".join(node.text() for node in self.nodes())


def literal(value: Any) -> str:
    """A value as it stands in a document."""
    if isinstance(value, Use):
        return f"${value.name}"
    if isinstance(value, Member):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {literal(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value)


def plain(value: Any) -> bool:
    """Whether no variable stands in a value, so that it can be sent as one."""
    if isinstance(value, Mapping):
        return all(map(plain, value.values()))
    return all(map(plain, value)) if isinstance(value, list) else not isinstance(value, Use)
