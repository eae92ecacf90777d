"""The lines of a TOML file's keys, which `tomllib` does not keep."""

import tomllib
from dataclasses import dataclass, field

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

Loc = tuple[str | int, ...]

_LANGUAGE = Language(tree_sitter_toml.language())


@dataclass(slots=True)
class Mark:
    """The line where a key, a table or an item of an array begins, and what is in it."""

    line: int
    inside: "dict[str | int, Mark]" = field(default_factory=dict)

    def child(self, key: str | int, line: int) -> "Mark":
        """The mark of a key, made at its first appearance."""
        return self.inside.setdefault(key, Mark(line))

    def last(self) -> "Mark":
        """The table that a header continues: of an array of tables the newest item."""
        count = sum(isinstance(key, int) for key in self.inside)
        return self.inside[count - 1] if count else self

    def remove(self, index: int) -> None:
        """Take an item out of an array; those behind it move up."""
        items = [mark for key, mark in self.inside.items() if key != index]
        self.inside = dict(enumerate(items))

    def line_of(self, loc: Loc) -> int:
        """The line of the deepest key of `loc` that the file has."""
        mark = self
        for key in loc:
            mark = mark.inside.get(key, mark)
        return mark.line


def marks(text: str) -> Mark:
    """The marks of a document that `tomllib` has parsed without error."""
    root = Mark(1)
    for node in Parser(_LANGUAGE).parse(text.encode()).root_node.named_children:
        match node.type:
            case "table":
                _pairs(node, _descend(root, _header(node), _line(node)))
            case "table_array_element":
                *path, last = _header(node)
                array = _descend(root, path, _line(node)).child(last, _line(node))
                _pairs(node, array.child(len(array.inside), _line(node)))
            case "pair":
                _pair(node, root)
    return root


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def _header(node: Node) -> list[str]:
    return _names(node.named_children[0])


def _names(key: Node) -> list[str]:
    if key.type == "dotted_key":
        return [name for part in key.named_children for name in _names(part)]
    return [_plain(key)]


def _plain(key: Node) -> str:
    text = (key.text or b"").decode()
    if key.type != "quoted_key":
        return text
    return next(iter(tomllib.loads(f"{text} = 0")))


def _descend(mark: Mark, path: list[str], line: int) -> Mark:
    for name in path:
        mark = mark.child(name, line).last()
    return mark


def _pairs(table: Node, mark: Mark) -> None:
    for node in table.named_children:
        if node.type == "pair":
            _pair(node, mark)


def _pair(pair: Node, mark: Mark) -> None:
    key, value = (node for node in pair.named_children if node.type != "comment")
    for name in _names(key):
        mark = mark.child(name, _line(key))
    _value(value, mark)


def _value(value: Node, mark: Mark) -> None:
    if value.type == "inline_table":
        _pairs(value, mark)
    elif value.type == "array":
        items = (node for node in value.named_children if node.type != "comment")
        for index, node in enumerate(items):
            _value(node, mark.child(index, _line(node)))
