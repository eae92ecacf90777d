"""Caps on a document, before validation looks at it: a scan of the text before it is parsed, and
one walk after.

Depth counts fields one in another, through fragments. Aliases, directives and fragments count as
they are written; what they unfold to is bounded by the cost.
"""

import re
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
)

_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\"""|\\|"(?!""))*"""|"(?:[^"\\\n\r]|\\.)*"|#[^\n\r]*|\.\.\.|[_A-Za-z]\w*|-?\d[\w.+-]*|[!$&()\[\]{}:=@|]'
)
_OPEN, _CLOSE = frozenset("{[("), frozenset("}])")
_NESTED = 10  # braces, brackets and parentheses for each level of fields: arguments nest too


@dataclass(frozen=True, slots=True)
class Caps:
    """How big a document may be: tokens, levels of fields, aliases (`CITYGRAPH_MAX_TOKENS`, `…_DEPTH`,
    `…_ALIASES`), directives, fragments."""

    tokens: int = 5_000
    depth: int = 25
    aliases: int = 500
    directives: int = 100
    fragments: int = 100

    def check_text(self, text: str) -> GraphQLError | None:
        """What is wrong with a text before it is parsed: too many tokens, or nested so deeply that
        parsing it is not safe."""
        if len(text) <= self.tokens and sum(map(text.count, _OPEN)) <= self.depth * _NESTED:
            return None  # neither can be reached: most texts need no scan
        tokens = nested = 0
        for match in _TOKEN.finditer(text):
            token = match[0]
            if token.startswith("#"):
                continue
            tokens += 1
            if tokens > self.tokens:
                return _too(
                    f"has more than {self.tokens} tokens", _told(self.tokens, "TOKENS"), "Send several requests"
                )
            nested += (token in _OPEN) - (token in _CLOSE)
            if nested > self.depth * _NESTED:
                most = f"{self.depth * _NESTED}, {_NESTED} for each level of CITYGRAPH_MAX_DEPTH"
                return _too(f"nests {nested} braces and brackets", most, "Ask in several steps")
        return None

    def check_document(self, document: DocumentNode) -> GraphQLError | None:
        """What is wrong with a parsed document. Cycles and unknown fragments are validation's to tell."""
        walk = _Walk({d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)})
        deepest = 0
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
                deepest = max(deepest, walk.definition(definition))
        bulk = "Ask for several entities with addresses(ids:), businesses(ids:), nodes(ids:)"
        for found, most, setting, what, advice in (
            (deepest, self.depth, "DEPTH", "is {} levels deep", "Ask in several steps"),
            (walk.aliases, self.aliases, "ALIASES", "has {} aliases", bulk),
            (walk.directives, self.directives, None, "has {} directives", "Send several requests"),
            (len(walk.fragments), self.fragments, None, "has {} fragments", "Send several requests"),
        ):
            if found > most:
                return _too(what.format(found), _told(most, setting), advice)
        return None


def _told(most: int, setting: str | None) -> str:
    return f"{most} (CITYGRAPH_MAX_{setting})" if setting else str(most)


def _too(what: str, most: str, advice: str) -> GraphQLError:
    return GraphQLError(f"The document {what}; the limit is {most}. {advice}.", extensions={"code": "TOO_COMPLEX"})


class _Walk:
    """One walk over every definition; each fragment's depth is found once."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self.fragments = fragments
        self.aliases = self.directives = 0
        self._depths: dict[str, int] = {}
        self._counted: set[str] = set()

    def definition(self, node: OperationDefinitionNode | FragmentDefinitionNode) -> int:
        """The depth of an operation or a fragment."""
        if isinstance(node, FragmentDefinitionNode):
            return self._fragment(node.name.value, ())
        self.directives += len(node.directives or ())
        return self._selections(node, ())

    def _fragment(self, name: str, inside: tuple[str, ...]) -> int:
        if name in inside or name not in self.fragments:
            return 0
        if name not in self._depths:
            node = self.fragments[name]
            self.directives += len(node.directives or ())
            self._depths[name] = 0  # holds while it is looked at: a cycle
            self._depths[name] = self._selections(node, (*inside, name))
        return self._depths[name]

    def _selections(self, node: Any, inside: tuple[str, ...]) -> int:
        selections = getattr(node, "selection_set", None)
        if selections is None:
            return 0
        deepest = 0
        for child in selections.selections:
            self.directives += len(child.directives or ())
            if isinstance(child, FragmentSpreadNode):
                below = self._fragment(child.name.value, inside)
            elif isinstance(child, FieldNode):
                self.aliases += child.alias is not None
                below = 1 + self._selections(child, inside)
            else:
                below = self._selections(child, inside)
            deepest = max(deepest, below)
        return deepest
