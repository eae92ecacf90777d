"""The `options` of a dataset, read into what the adapter works with; every mistake at its place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from adapters import pointers
from adapters.base import Capabilities, Column, Dataset, Op, OrderBy, Support
from adapters.filters import OPERATORS
from adapters.forms import RANGES as _RANGES
from adapters.forms import nulls, orderable
from adapters.options import Mistake, Options
from adapters.rest.paths import columns_in

MANY = ("each", "repeat", "comma")
PAGING = ("page", "offset", "cursor", "link")
_OPERATORS = {op.value: op for op in Op if op is not Op.IS_NULL}
_COLUMN = "{column}"
Follow = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class KeyWay:
    """A way to ask by key: our columns, their parameters ("" for those in the path), and how many keys
    go into one call."""

    columns: tuple[str, ...]
    params: tuple[str, ...]
    many: str = "each"


@dataclass(frozen=True, slots=True)
class Paging:
    """How pages follow each other; parameters that the API does not have are ""."""

    kind: str
    param: str = ""
    size: str = ""
    per_page: int = 100
    first: int = 1
    next: Follow | None = None


@dataclass(frozen=True, slots=True)
class Ordering:
    """How an order is asked for: our columns and theirs, by one parameter, or by a second one that
    says which way each goes."""

    param: str
    columns: Mapping[str, str]
    ascending: str
    descending: str
    direction: str = ""
    joined: bool = True

    def params(self, order: Sequence[OrderBy]) -> list[tuple[str, str]]:
        """The parameters of an order."""
        ways = [self.descending if by.descending else self.ascending for by in order]
        names = [self.columns[by.column] for by in order]
        if self.direction:
            return [*self._written(self.param, names), *self._written(self.direction, ways)]
        return self._written(self.param, [way.replace(_COLUMN, name) for way, name in zip(ways, names, strict=True)])

    def _written(self, param: str, texts: Sequence[str]) -> list[tuple[str, str]]:
        return [(param, ",".join(texts))] if self.joined else [(param, text) for text in texts]


@dataclass(frozen=True, slots=True)
class Layout:
    """What is declared of a dataset."""

    path: str
    rows: Follow
    total: Follow | None = None
    total_header: str | None = None
    error: Follow | None = None
    as_of: Follow | None = None
    params: tuple[tuple[str, str], ...] = ()
    empty: frozenset[int] = frozenset()
    keys: tuple[KeyWay, ...] = ()
    filters: Mapping[str, Mapping[Op, str]] = field(default_factory=lambda: MappingProxyType({}))
    joined: frozenset[str] = frozenset()
    paging: Paging | None = None
    ordering: Ordering | None = None
    strict: bool = False
    sparse: bool = False

    @property
    def counts(self) -> bool:
        """Whether it says how many rows there are."""
        return self.total is not None or self.total_header is not None

    def way(self, columns: Sequence[str]) -> KeyWay:
        """How keys of these columns are asked."""
        return next(way for way in self.keys if way.columns == tuple(columns))

    def _support(self, column: Column, op: Op) -> Support:
        """Equality is exact. The rest is checked again here, for an API compares null markers and
        what is damaged too, unless it is promised that there is none."""
        if op in (Op.EQ, Op.IN):
            return Support.EXACT
        promised = self.strict and op in _RANGES and not set(nulls(column)) - {""}
        return Support.EXACT if promised else Support.INEXACT

    def capabilities(self, dataset: Dataset, keys_per_call: int) -> Capabilities:
        """What can be asked of the dataset: keys, filters, orders and totals as declared; limits by
        reading no further pages, those of each key where a call asks for one key."""
        types = {dataset.columns[name].type for name in self.filters}
        everything = {kind: MappingProxyType(dict.fromkeys(OPERATORS[kind], Support.EXACT)) for kind in types}
        by_column = {
            name: MappingProxyType({op: self._support(dataset.columns[name], op) for op in ops})
            for name, ops in self.filters.items()
        }
        ordered = frozenset(self.ordering.columns) if self.ordering else frozenset[str]()
        each = bool(self.keys) and all(way.many == "each" for way in self.keys)
        return Capabilities(
            filters=MappingProxyType(everything),
            order=frozenset(dataset.columns[name].type for name in ordered),
            per_key=each,
            key_columns=max((len(way.columns) for way in self.keys), default=0),
            limit=True,
            count=self.counts and (each or not self.keys),
            requires_key=bool(columns_in(self.path)),
            keys_per_call=keys_per_call,
            columns=MappingProxyType(by_column),
            ordered=ordered,
            keyed=frozenset(way.columns for way in self.keys),
        )


def read_layout(dataset: Dataset) -> tuple[Layout, Sequence[Mistake]]:
    """The layout of a dataset, and what is wrong with it."""
    options = Options(dataset.options)
    filters, joined = _filters(options, dataset)
    layout = Layout(
        path=dataset.path,
        rows=_pointer(options, "rows") or pointers.compiled(""),
        total=_pointer(options, "total"),
        total_header=options.text("total_header"),
        error=_pointer(options, "error"),
        as_of=_pointer(options, "as_of"),
        params=tuple(options.texts("params").items()),
        empty=frozenset(options.counts("empty")),
        keys=tuple(_key(each, dataset) for each in options.listed("keys")),
        filters=filters,
        joined=joined,
        paging=_paging(options),
        ordering=_ordering(options, dataset),
        strict=options.flag("strict"),
        sparse=options.flag("sparse"),
    )
    if layout.total is not None and layout.total_header is not None:
        options.complain("options has both total and total_header; leave one out", "total_header")
    _check_path(options, dataset, layout)
    return layout, options.finish()


def _pointer(options: Options, name: str) -> Follow | None:
    text = options.text(name, empty=True)
    if text is None:
        return None
    if wrong := pointers.problem(text):
        options.complain(f"{options.named(name)}: {wrong}", name)
        return None
    return pointers.compiled(text)


def _key(table: Options, dataset: Dataset) -> KeyWay:
    columns = table.list("columns")
    if not columns:
        table.complain(f"{table.named('columns')} is missing: our columns that make the key", "columns")
    for name in columns:
        _known(table, "columns", name, dataset)
    inside = columns_in(dataset.path)
    outside = [name for name in columns if name not in inside]
    given = table.list("params") or tuple(_own(dataset, name) for name in outside)
    if len(given) != len(outside):
        places = ", ".join(outside) or "none; the path has them all"
        table.complain(f"{table.named('params')} takes one for each of: {places}", "params")
    by_name = dict(zip(outside, given, strict=False))
    many = table.choice("many", MANY, "each") or "each"
    if many != "each" and (len(columns) > 1 or inside):
        where = "the path" if inside else "several columns"
        table.complain(f'{table.named("many")} is "each" for keys in {where}', "many")
    return KeyWay(tuple(columns), tuple(by_name.get(name, "") for name in columns), many)


def _own(dataset: Dataset, name: str) -> str:
    column = dataset.columns.get(name)
    return column.source[0] if column else name


def _known(table: Options, at: str, name: str, dataset: Dataset) -> bool:
    if name in dataset.columns:
        return True
    table.complain(f'{table.named(at)} names "{name}", which is no column of {dataset.name}', at)
    return False


def _filters(options: Options, dataset: Dataset) -> tuple[Mapping[str, Mapping[Op, str]], frozenset[str]]:
    found: dict[str, Mapping[Op, str]] = {}
    joined: set[str] = set()
    for name, table in options.tables("filters").items():
        if table.choice("many", MANY[1:], "repeat") == "comma":
            joined.add(name)
        params = {op: table.text(word) for word, op in _OPERATORS.items()}
        if name not in dataset.columns:
            options.complain(f'options.filters names "{name}", which is no column of {dataset.name}', "filters", name)
            continue
        kind = dataset.columns[name].type
        for op in params:
            if params[op] is not None and op not in OPERATORS[kind]:
                table.complain(f"{table.named(op.value)}: {kind} has no {op}", op.value)
        found[name] = MappingProxyType({op: param for op, param in params.items() if param is not None})
    return MappingProxyType(found), frozenset(joined)


def _paging(options: Options) -> Paging | None:
    table = options.table("paging")
    if table is None:
        return None
    kind = table.choice("kind", PAGING)
    if kind is None and "kind" not in table:
        table.complain(f"{table.named('kind')} is missing: one of {', '.join(PAGING)}", "kind")
    param = table.text(kind, kind) if kind in ("page", "offset", "cursor") else ""
    following = _pointer(table, "next")
    if kind == "cursor" and following is None:
        table.complain(f"{table.named('next')} is missing: the JSON pointer to the next cursor", "next")
    if kind in ("page", "offset") and following is not None:
        table.complain(f"{table.named('next')} is for cursor and link", "next")
    return Paging(
        kind or "link",
        param or "",
        table.text("size") or "",
        table.count("per_page", 100),
        table.count("first", 1, least=0),
        following,
    )


def _ordering(options: Options, dataset: Dataset) -> Ordering | None:
    table = options.table("order")
    if table is None:
        return None
    columns = dict(table.texts("columns"))
    for name in list(columns):
        if not _known(table, "columns", name, dataset):
            del columns[name]
        elif not orderable(dataset.columns[name]) or set(nulls(dataset.columns[name])) - {""}:
            text = f'"{name}" is cleaned or has null markers, which no API knows: leave it out, it is ordered here'
            table.complain(f"{table.named('columns')}: {text}", "columns", name)
    direction = table.text("direction") or ""
    ascending = table.text("ascending", "asc" if direction else _COLUMN) or ""
    descending = table.text("descending", "desc" if direction else f"-{_COLUMN}") or ""
    for name, text in (("ascending", ascending), ("descending", descending)):
        if not direction and _COLUMN not in text:
            table.complain(f'{table.named(name)} needs the place of the column: "{_COLUMN}:asc"', name)
    joined = table.choice("many", MANY[1:], "comma") == "comma"
    return Ordering(table.needed("param", "what takes the order"), columns, ascending, descending, direction, joined)


def _check_path(options: Options, dataset: Dataset, layout: Layout) -> None:
    """Every column in the path belongs to every way to ask by key."""
    for name in columns_in(dataset.path):
        if name not in dataset.columns:
            options.mistakes.append(Mistake(("path",), f'path names "{name}", which is no column of {dataset.name}'))
        elif not layout.keys or any(name not in way.columns for way in layout.keys):
            text = f'path names "{name}", so options.keys needs it among its columns'
            options.mistakes.append(Mistake(("path",), text))
