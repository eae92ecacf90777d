"""A scan as the text of a GraphQL query (October 2021 edition), with variables where types are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from adapters.base import Column, Keys
from adapters.graphql.layout import KEY, Argument, Layout, Pages, Path

Tree = dict[str, "Tree"]


@dataclass(frozen=True, slots=True)
class Query:
    """Text and variables; `aliases` are the names under which the answers come, in the order of the
    keys where these are asked one by one."""

    text: str
    variables: Mapping[str, object] = field(repr=False)
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str


def name_of(step: str) -> str:
    """A step without its arguments."""
    return step.partition("(")[0]


def write(
    layout: Layout, selection: str, keys: Keys | None, cursor: str | None = None, size: int | None = None
) -> Query:
    """One query for rows of these keys: by a list, or each under an alias."""
    asked = _asked(layout, keys)
    variables: dict[str, object] = {}
    types: dict[str, str] = {}
    fields = []
    for i, pairs in enumerate(asked):
        said = _arguments(layout, pairs, variables, types)
        if layout.pages is not None:
            _page(said, layout.pages, cursor, size)
        written = f"({', '.join(f'{name}: {literal(value)}' for name, value in said.items())})" if said else ""
        fields.append(f"k{i}: {layout.field[-1]}{written} {selection}".rstrip())
    return Query(_operation(layout, fields, types), variables, tuple(f"k{i}" for i in range(len(asked))))


def _asked(layout: Layout, keys: Keys | None) -> list[list[tuple[Argument, object]]]:
    """For each alias the arguments that keys give: a tuple of values, or one value."""
    if keys is None:
        return [[]]
    if not layout.aliased(keys.columns):
        return [[(layout.keys[keys.columns[0]], tuple(key[0] for key in keys.values))]]
    arguments = [layout.each[name] for name in keys.columns]
    return [list(zip(arguments, key, strict=True)) for key in keys.values]


def _operation(layout: Layout, fields: Sequence[str], types: Mapping[str, str]) -> str:
    declared = f"({', '.join(f'${name}: {kind}' for name, kind in types.items())})" if types else ""
    inner = " ".join(fields)
    for step in reversed(layout.field[:-1]):
        inner = f"{step} {{ {inner} }}"
    return f"query{declared} {{ {inner} }}"


def _arguments(
    layout: Layout,
    pairs: Sequence[tuple[Argument, object]],
    variables: dict[str, object],
    types: dict[str, str],
) -> dict[str, object]:
    """The fixed ones, and the keys' where they belong among them."""
    said: dict[str, object] = {name: _copied(value) for name, value in layout.arguments.items()}
    for argument, stored in pairs:
        value: object = (
            [argument.value(each) for each in stored] if isinstance(stored, tuple) else argument.value(stored)
        )
        if argument.type is not None:
            name = f"v{len(variables)}"
            variables[name], types[name], value = value, argument.type, _Variable(name)
        inner = said
        for step in argument.path[:-1]:
            inner = inner.setdefault(step, {})  # type: ignore[assignment]
        inner[argument.path[-1]] = value
    return said


def _copied(value: object) -> object:
    return {name: _copied(each) for name, each in value.items()} if isinstance(value, Mapping) else value


def _page(said: dict[str, object], pages: Pages, cursor: str | None, size: int | None) -> None:
    said[pages.first] = pages.size if size is None else min(pages.size, size)
    if cursor is not None:
        said[pages.after] = cursor


def literal(value: object) -> str:
    """A value as GraphQL writes it; its strings are written as JSON's."""
    if isinstance(value, _Variable):
        return f"${value.name}"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {literal(each)}' for name, each in value.items())}}}"
    if isinstance(value, list | tuple) and any(isinstance(each, Mapping | list | tuple) for each in value):
        return f"[{', '.join(map(literal, value))}]"
    return orjson.dumps(value, default=str).decode()


def row_path(source: str) -> Path:
    """The path of a column's source, from its item or its row."""
    return tuple(step for step in _split(source.removeprefix("^")))


def _split(path: str) -> list[str]:
    """At the dots that are not within arguments."""
    parts, depth = [""], 0
    for char in path:
        depth += (char == "(") - (char == ")")
        if char == "." and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts


def selected(layout: Layout, columns: Sequence[Column]) -> str:
    """What is asked of the field: the columns, and whatever tells how far the answer goes."""
    tree: Tree = {}
    row = _entered(tree, layout.rows)
    for column in columns:
        for source in column.source:
            if source != KEY:
                _entered(tree if source.startswith("^") else row, row_path(source))
    for path in (layout.more, *((layout.pages.more, layout.pages.cursor) if layout.pages else ())):
        _entered(tree, path)
    if not row:
        row["__typename"] = {}
    return _braced(tree)


def _entered(tree: Tree, path: Path) -> Tree:
    """The end of a path; a step without arguments is the same as one with them."""
    for step in path:
        same = next((known for known in tree if step in (known, name_of(known))), step)
        tree = tree.setdefault(same, {})
    return tree


def _braced(tree: Tree) -> str:
    return "{ " + " ".join(f"{step} {_braced(inner)}" if inner else step for step, inner in tree.items()) + " }"
