"""Looking at a GraphQL endpoint: every field of the query that leads to a list of objects is a dataset."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from adapters.base import ColumnType, Source
from adapters.http import Http
from adapters.http.destinations import literal_allowed
from adapters.kinds import open_adapter
from adapters.options import Options
from gateway.introspection.guessing.names import words
from gateway.introspection.looking.bounds import Bounds, Unseen
from gateway.introspection.looking.members import Member, read, unread
from gateway.introspection.looking.places import Address
from gateway.introspection.seen import Asked, Seen, SeenTable

_OF = "name kind ofType { " * 7 + "name kind" + " }" * 7
_QUERY = (
    "{ __schema { queryType { name } types { name kind description"
    f" fields {{ name description args {{ name defaultValue type {{ {_OF} }} }} type {{ {_OF} }} }} }} }} }}"
)
_TYPES = MappingProxyType(
    {"Int": ColumnType.INT, "Float": ColumnType.FLOAT, "Boolean": ColumnType.BOOL}
    | {"Date": ColumnType.DATE, "DateTime": ColumnType.DATETIME}
)
_ROWS = 200
_DEPTH = 2
_MOST = 60
_PAGED = frozenset({"first", "after", "last", "before"})


async def look(address: Address, wanted: Sequence[str], bounds: Bounds) -> Seen:
    """The datasets of an endpoint, or the fields wanted."""
    private = not literal_allowed(address.host, False)
    source = Source("source", "graphql", address.url, timeout=min(bounds.seconds, 10.0), options={"private": private})
    http = Http(source, Options({"private": private, "max_bytes": bounds.bytes}))
    try:
        answer = await http.json("POST", json={"query": _QUERY}, accept=range(400, 500), place="source")
    finally:
        await http.aclose()
    schema = (answer.get("data") or {}).get("__schema") if isinstance(answer, dict) else None
    if not isinstance(schema, dict):
        raise Unseen("the endpoint does not answer introspection; is it GraphQL, and may it be introspected?")
    types = _Types(schema)
    fields = [each for each in types.lists() if not wanted or each.name in wanted]
    if not fields:
        raise Unseen("no field of the query that is wanted leads to a list of objects; name fields with --table")
    adapter = open_adapter(source)
    try:
        tables = [await _table(adapter, types, each, bounds) for each in fields[: bounds.tables]]
    finally:
        await adapter.aclose()
    settings: Mapping[str, object] = {"options": {"private": True}} if private else {}
    return Seen("graphql", "api", address.shown, tuple(tables), address.secret, settings=settings)


async def _table(adapter: Any, types: "_Types", field: "_Listed", bounds: Bounds) -> SeenTable:
    members = list(types.members(field.row))[:_MOST]
    few = replace(bounds, rows=min(bounds.rows, _ROWS))
    if field.required:
        columns, rows, why = unread(members), 0, f"{', '.join(field.required)} must be given"
    else:
        columns, rows, why = await read(adapter, field.name, members, field.options, few)
    return SeenTable(
        path=field.name,
        columns=columns,
        rows=rows,
        name=field.name,
        description=field.description,
        settings=MappingProxyType({"options": field.options} if field.options else {}),
        asked=MappingProxyType(dict(field.asked(members))),
        notes=(f"no rows were sampled: {why}",) if why else (),
    )


@dataclass(frozen=True, slots=True)
class _Listed:
    """A field of the query whose value holds rows; `arguments` by name with whether they take lists."""

    name: str
    description: str
    row: str
    options: Mapping[str, object]
    arguments: Mapping[str, bool]
    required: tuple[str, ...]

    def asked(self, members: Sequence[Member]) -> Iterator[tuple[str, Asked]]:
        """Columns of the same words as an argument, a list's in the plural."""
        by_words = {words(each.source): each.source for each in members}
        for name, many in self.arguments.items():
            source = by_words.get(words(name)) or (by_words.get(words(name.removesuffix("s"))) if many else None)
            if source is not None:
                yield source, Asked(name, "list" if many else "one")


class _Types:
    """A schema as introspection gives it."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._types: dict[str, Mapping[str, Any]] = {str(each["name"]): each for each in schema["types"]}
        self._query = str(schema["queryType"]["name"])

    def _fields(self, name: str) -> dict[str, Mapping[str, Any]]:
        if name.startswith("__"):
            return {}
        return {each["name"]: each for each in self._types.get(name, {}).get("fields") or ()}

    def lists(self) -> Iterator[_Listed]:
        """Fields that are lists of objects, or connections."""
        for name, each in self._fields(self._query).items():
            inner, many = _named(each["type"])
            options: dict[str, object] = {}
            if not many:
                found = self._connection(inner)
                if found is None:
                    continue
                inner, options["rows"] = found
            if not self._fields(inner):
                continue
            arguments = {each["name"]: each for each in each.get("args") or ()}
            if (
                not many
                and {"first", "after"} <= arguments.keys()
                and "pageInfo" in self._fields(_named(each["type"])[0])
            ):
                options["pages"] = {"size": 100}
            asked = {arg: _named(one["type"])[1] for arg, one in arguments.items() if arg not in _PAGED}
            required = (
                arg
                for arg, one in arguments.items()
                if one["type"]["kind"] == "NON_NULL" and one.get("defaultValue") is None and arg not in _PAGED
            )
            yield _Listed(name, str(each.get("description") or ""), inner, options, asked, tuple(required))

    def _connection(self, name: str) -> tuple[str, str] | None:
        """The type of a connection's rows, and the path to them."""
        fields = self._fields(name)
        if "nodes" in fields and _named(fields["nodes"]["type"])[1]:
            return _named(fields["nodes"]["type"])[0], "nodes"
        if "edges" in fields and _named(fields["edges"]["type"])[1]:
            edge = self._fields(_named(fields["edges"]["type"])[0])
            return (_named(edge["node"]["type"])[0], "edges.node") if "node" in edge else None
        return None

    def members(self, name: str, path: str = "", depth: int = _DEPTH) -> Iterator[Member]:
        """The scalars of a type, and those of objects within it that take no arguments."""
        for field, each in self._fields(name).items():
            inner, many = _named(each["type"])
            if many or any(one["type"]["kind"] == "NON_NULL" for one in each.get("args") or ()):
                continue
            if self._types.get(inner, {}).get("kind") in ("SCALAR", "ENUM"):
                declared = _TYPES.get(inner, ColumnType.TEXT)
                text = inner not in ("Int", "Float", "Boolean")
                yield Member(f"{path}{field}", declared, text, str(each.get("description") or ""))
            elif depth and self._types.get(inner, {}).get("kind") == "OBJECT" and self._connection(inner) is None:
                yield from self.members(inner, f"{path}{field}.", depth - 1)


def _named(kind: Mapping[str, Any]) -> tuple[str, bool]:
    """The name within a type's wrappings, and whether there is a list among them."""
    many = False
    while kind.get("ofType"):
        many = many or kind["kind"] == "LIST"
        kind = kind["ofType"]
    return str(kind["name"]), many
