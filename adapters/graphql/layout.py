"""What a dataset's options say of a GraphQL API: its field, arguments, and where rows and cells are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations

from adapters.base import Dataset
from adapters.options import Mistake, Options

Path = tuple[str, ...]

_STEP = re.compile(r"([_A-Za-z]\w*)(\([^()]*\))?(?:\.|$)")
_ARGUMENT = re.compile(r"[_A-Za-z]\w*(\.[_A-Za-z]\w*)*")
_TYPE = re.compile(r"[\[\]!\w]+")
KEY = "@key"
MOST_ALIASES = 50
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Argument:
    """Where a key's value goes: a path into the arguments. With a `type` it goes as a variable,
    else as a literal; `prefix` is put before it."""

    path: Path
    type: str | None = None
    prefix: str = ""

    def value(self, stored: object) -> object:
        """What is sent for a stored value."""
        return f"{self.prefix}{stored}" if self.prefix else stored


@dataclass(frozen=True, slots=True)
class Pages:
    """How to ask for the next page of a field."""

    first: str
    after: str
    size: int
    more: Path
    cursor: Path


@dataclass(frozen=True, slots=True)
class Layout:
    """One field of an API as a table.

    `field` may lead through objects; its value, or each member of it where it is a list, is an
    item. `rows` leads from an item to its rows, through lists too."""

    field: Path
    rows: Path
    keys: Mapping[str, Argument]
    each: Mapping[str, Argument]
    aligned: bool
    arguments: Mapping[str, object]
    pages: Pages | None
    more: Path
    aliases: int

    @property
    def keyed(self) -> frozenset[tuple[str, ...]]:
        """The columns by which it is asked together."""
        single = {(name,) for name in self.keys}
        return frozenset(single | set(permutations(self.each) if self.each else ()))

    def aliased(self, columns: tuple[str, ...]) -> bool:
        """Whether keys of these columns are asked one by one, each under an alias."""
        return not (len(columns) == 1 and columns[0] in self.keys)


def steps(path: str) -> Path | None:
    """ "sales(first: 9).nodes" in steps; None where it is no such path."""
    found, at = [], 0
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return None
        found.append(match[1] + (match[2] or ""))
        at = match.end()
    return tuple(found)


def of_dataset(dataset: Dataset) -> tuple[Layout, list[Mistake]]:
    """The layout of a dataset, and what is wrong with what it says."""
    fixed = dataset.options.get("arguments", {})
    options = Options({name: value for name, value in dataset.options.items() if name != "arguments"})
    keys = options.texts("keys")
    made = _arguments(options, keys)
    layout = Layout(
        field=steps(dataset.path) or ("",),
        rows=_path(options, "rows"),
        keys={name: each for name, each in made.items() if name in keys},
        each={name: each for name, each in made.items() if name not in keys},
        aligned=options.flag("aligned"),
        arguments=fixed if isinstance(fixed, Mapping) else {},
        pages=_pages(options),
        more=_path(options, "more"),
        aliases=options.count("aliases", MOST_ALIASES),
    )
    mistakes = list(options.finish())
    if steps(dataset.path) is None or "(" in dataset.path:
        mistakes.append(Mistake(("path",), "the path is no field of a query; write it like permits or city.permits"))
    return layout, mistakes + _problems(layout, dataset)


def lost(dataset: Dataset) -> Mapping[str, str]:
    """The columns that no path leads to, and why not."""
    return {
        name: f'column "{name}": "{source}" is no path; write it like owner.name'
        for name, column in dataset.columns.items()
        for source in column.source
        if source != KEY and not steps(source.removeprefix("^"))
    }


def _problems(layout: Layout, dataset: Dataset) -> list[Mistake]:
    found: list[Mistake] = []
    for option, arguments in (("keys", layout.keys), ("each", layout.each)):
        unknown = [name for name in arguments if name not in dataset.columns]
        found += [Mistake(("options", option), f'there is no column "{name}"') for name in unknown]
    for name, column in dataset.columns.items():
        if KEY in column.source and not (layout.aligned or layout.each):
            text = f'column "{name}" takes the key that was asked; that needs options.each, or aligned = true'
            found.append(Mistake(("columns", name), text))
    return found


def _path(options: Options, name: str) -> Path:
    text = options.text(name) or ""
    found = steps(text)
    if found is None:
        options.complain(f'{options.named(name)} is no path; write it like "edges.node"', name)
    return found or ()


def _arguments(options: Options, keys: Mapping[str, str]) -> Mapping[str, Argument]:
    """Of all columns that are keys, in lists or one by one."""
    each = options.texts("each")
    types, prefixes = options.texts("types"), options.texts("prefixes")
    found = {}
    for column, path in {**each, **keys}.items():
        option, kind = "keys" if column in keys else "each", types.get(column)
        if not _ARGUMENT.fullmatch(path):
            options.complain(f'{options.named(option)}.{column} is no argument, like "ids" or "filter.id.in"', option)
        if kind is not None and not _TYPE.fullmatch(kind):
            options.complain(f'{options.named("types")}.{column} is no type, like "[ID!]!"', "types")
        found[column] = Argument(tuple(path.split(".")), kind, prefixes.get(column, ""))
    for name in {*types, *prefixes} - set(found):
        options.complain(f'"{name}" is neither in options.keys nor in options.each', "types")
    return found


def _pages(options: Options) -> Pages | None:
    table = options.table("pages")
    if table is None:
        return None
    return Pages(
        first=table.text("first", "first") or "",
        after=table.text("after", "after") or "",
        size=table.count("size", _PAGE),
        more=_path(table, "more") or ("pageInfo", "hasNextPage"),
        cursor=_path(table, "cursor") or ("pageInfo", "endCursor"),
    )
