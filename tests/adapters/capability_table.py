"""The table of capabilities in docs/adapters.md, written from what the adapters declare: `make docs`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from adapters.base import Capabilities, ColumnType, Dataset, Op, Source, Support, capabilities_of
from adapters.filters import OPERATORS
from adapters.kinds import open_adapter
from gateway.catalogue import load
from tests.adapters.pages import AGENCIES, CITY, PAGE

BEGIN, END = "<!-- capabilities: written by `make docs` -->", "<!-- end of capabilities -->"
WEB = MappingProxyType({"private": True})
SOURCES: Mapping[str, Source] = {
    "`sql`, SQLite": Source("s", "sql", "sqlite:///agency.db"),
    "`sql`, PostgreSQL": Source("s", "sql", "postgresql://reader@127.0.0.1/agency"),
    "`sql`, MariaDB": Source("s", "sql", "mariadb://reader@127.0.0.1/agency"),
    "`files`": Source("s", "files", "exports/"),
    "`datasette`": Source("s", "datasette", "http://127.0.0.1/agency", options=WEB),
    "`socrata`": Source("s", "socrata", "http://127.0.0.1", options=WEB),
    "`socrata`, `ordered_text`": Source("s", "socrata", "http://127.0.0.1", options={**WEB, "ordered_text": True}),
    "`memory`": Source("s", "memory", ""),
    "`faulty`, of `memory`": Source("s", "faulty", "", options={"of": "memory"}),
    "`rest`, nothing declared": Source("s", "rest", "http://127.0.0.1", options=WEB),
    "`graphql`, nothing declared": Source("s", "graphql", "http://127.0.0.1/graphql", options=WEB),
}
EXAMPLES = ("harbour.berths", "clerk.notices", "clerk.hearings")
"""Datasets of the page whose options decide what can be asked."""
HEADINGS = (
    *("", "filters", "OR", "columns in a key", "prefixes", "keys a call", "orders", "limit", "limit by key"),
    *("positions", "counts", "rows a call"),
)


def declared() -> Iterator[tuple[str, Capabilities]]:
    """What each row is about, and its capabilities."""
    for title, source in SOURCES.items():
        yield title, capabilities_of(open_adapter(source), Dataset("s.t", "s.s", "t", {}))
    with TemporaryDirectory() as folder:
        (Path(folder) / "city.toml").write_text(CITY, encoding="utf-8")
        for name in {example.partition(".")[0] for example in EXAMPLES}:
            (Path(folder) / f"{name}.toml").write_text(AGENCIES[f"{name}.toml"], encoding="utf-8")
        city = load(Path(folder), {})
    for example in EXAMPLES:
        dataset = city.tables[example].dataset
        source = city.sources[dataset.source]
        yield f"`{source.kind}`, `{example}` below", capabilities_of(open_adapter(source), dataset)


def table() -> str:
    """The table in Markdown."""
    rows = [HEADINGS, ["---"] * len(HEADINGS), *(_row(title, can) for title, can in declared())]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _row(title: str, can: Capabilities) -> Sequence[str]:
    return [
        title,
        _filters(can),
        _yes(can.any_of),
        _keys(can),
        _yes(can.prefix_keys and can.key_columns > 0),
        str(can.keys_per_call) if _keys(can) != "no" else "",
        _orders(can),
        _yes(can.limit),
        _yes(can.per_key),
        _yes(can.after),
        _yes(can.count),
        f"{can.rows_per_call:,}",
    ]


def _yes(can: bool) -> str:
    return "yes" if can else "no"


def _keys(can: Capabilities) -> str:
    if can.keyed is None:
        return f"up to {can.key_columns}" if can.key_columns else "no"
    told = " or ".join(f"`{', '.join(columns)}`" for columns in sorted(can.keyed)) or "no"
    return f"{told}, always" if can.requires_key and can.keyed else told


def _orders(can: Capabilities) -> str:
    if can.ordered is not None:
        return ", ".join(f"`{name}`" for name in sorted(can.ordered)) or "no"
    return _all_but(frozenset(ColumnType) - {ColumnType.POINT} - can.order) if can.order else "no"


def _filters(can: Capabilities) -> str:
    if can.columns is not None:
        return "; ".join(f"`{name}` {_ops(ops)}" for name, ops in can.columns.items()) or "no"
    types = {kind: _exact(can.filters.get(kind, {})) for kind in ColumnType}
    if not any(types.values()):
        return "no"
    lacking = {kind: OPERATORS[kind] - ops for kind, ops in types.items() if OPERATORS[kind] - ops}
    whole = _all_but(frozenset(kind for kind in lacking if types[kind] <= {Op.IS_NULL}))
    parts = [f"{kind} not {_words(ops)}" for kind, ops in lacking.items() if not types[kind] <= {Op.IS_NULL}]
    return "; ".join([whole, *parts])


def _exact(ops: Mapping[Op, Support]) -> frozenset[Op]:
    return frozenset(op for op, support in ops.items() if support is Support.EXACT)


def _ops(ops: Mapping[Op, Support]) -> str:
    again = frozenset(op for op, support in ops.items() if support is Support.INEXACT)
    return ", ".join(f"{op}*" if op in again else op.value for op in Op if op in ops)


def _words(ops: frozenset[Op]) -> str:
    return ", ".join(op.value for op in Op if op in ops)


def _all_but(kinds: frozenset[ColumnType]) -> str:
    named = ", ".join(kind.value for kind in ColumnType if kind in kinds)
    return f"all but {named}" if named else "all"


def written(page: str) -> str:
    """The page with the table as it is now."""
    between = re.compile(f"(?<={re.escape(BEGIN)}\n).*?(?={re.escape(END)})", re.DOTALL)
    return between.sub(lambda _: f"\n{table()}\n", page)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
