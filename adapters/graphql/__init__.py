"""Any GraphQL API, asked by key: lists of them as an argument, or one alias for each. Another citygraph too.

    [source.clerk]
    adapter = "graphql"
    url = "https://api.agency.gov/graphql"
    token = "${CLERK_TOKEN}"

    [[dataset]]
    path = "permits"                        # the field of the query
    [dataset.options]
    rows = "edges.node"                     # from there to the rows; left out where it is a list of them
    keys = { lot = "lots" }                 # column = the argument that takes a list of its values
    pages = { size = 100 }                  # first, after; pageInfo { hasNextPage endCursor }
    [dataset.columns]
    lot = "lot.number"                      # a column's source is a path in the row
    status = "status"

A field that takes one key only has `each = { lot = "lot" }` instead (several columns are one key), and
is asked for many at once under aliases. Where it answers with a list that has a place for every key
(`aligned = true`, as citygraph's own `addresses(ids:)`), or where keys go one by one, the column
source "@key" is the key that was asked, and "^id" is a path from the field's value rather than the row.

    types = { lot = "[ID!]!" }              # the argument's type: then keys go as variables
    prefixes = { lot = "hbt.parcel:" }      # put before each key
    arguments = { status = "OPEN" }         # whatever else the field is to be asked with
    more = "sales.pageInfo.hasNextPage"     # true where not all rows of a key came
    aliases = 50                            # keys in one query, where they go one by one

An answer may come in part: null cells with an error are damaged, keys that an error took away are
incomplete. The options of `adapters.http` are the source's.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

from adapters.base import Answer, Capabilities, Dataset, Keys, Scan, Shape, Source
from adapters.errors import Malformed, Rejected
from adapters.graphql.layout import Layout, lost, of_dataset
from adapters.graphql.queries import selected, write
from adapters.graphql.replies import KeyValue, Reading
from adapters.graphql.shapes import INTROSPECTION, shape
from adapters.http import Http
from adapters.http import Reply as HttpReply
from adapters.http.failures import of_status
from adapters.keys import sendable
from adapters.options import Mistake, Options
from adapters.pushdown import admit
from adapters.remembered import Remembered
from adapters.scans import columns_of

_CAN = Capabilities(key_columns=16, limit=True, keyed=None)
_MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What stays the same for all scans of a dataset's columns."""

    dataset: Dataset
    selection: str
    reading: Reading


class GraphqlAdapter:
    """An `Adapter` over one endpoint. Filters and orders are done by the gateway."""

    def __init__(self, source: Source, http: Http) -> None:
        self._source = source
        self._http = http
        self._layouts: dict[int, tuple[Dataset, Layout, Capabilities]] = {}
        self._prepared: Remembered[Hashable, _Prepared] = Remembered(512)

    @property
    def capabilities(self) -> Capabilities:
        """Keys, and a bound on rows."""
        return _CAN

    def capabilities_for(self, dataset: Dataset) -> Capabilities:
        """Keys of the columns that the field has arguments for."""
        return self._known(dataset)[2]

    def _layout(self, dataset: Dataset) -> Layout:
        return self._known(dataset)[1]

    def _known(self, dataset: Dataset) -> tuple[Dataset, Layout, Capabilities]:
        """From the dataset's options, once; the entry keeps the dataset, so that the id stays its own."""
        found = self._layouts.get(id(dataset))
        if found is None:
            layout, mistakes = of_dataset(dataset)
            if mistakes:
                raise Rejected(f"{dataset.name}: the options are not understood", detail=mistakes[0].text)
            keys = layout.aliases if layout.each else _CAN.keys_per_call
            listed = layout.pages is not None or not (layout.keys or layout.each)
            can = replace(_CAN, keyed=layout.keyed, keys_per_call=keys, requires_key=not listed, limit=True)
            found = self._layouts[id(dataset)] = dataset, layout, can
        return found

    def _prepare(self, dataset: Dataset, layout: Layout, scan: Scan) -> _Prepared:
        """From the cache. `Rejected` for a column that no path leads to."""
        key = (id(dataset), scan.columns, scan.keys.columns if scan.keys else ())
        found = self._prepared.get(key)
        if found is None:
            missing = lost(dataset)
            for name in columns_of(replace(scan, filters=(), order=())) if missing else ():
                if name in missing:
                    message = f'{dataset.name}: the source has no column for "{name}"'
                    raise Rejected(message, detail=missing[name], column=name)
            columns = [dataset.columns[name] for name in scan.columns]
            found = _Prepared(dataset, selected(layout, columns), Reading(layout, columns, dataset.name))
            self._prepared[key] = found
        return found

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        """Rows in stored terms. `Refused` outside the capabilities, or a `SourceError`."""
        admit(dataset, scan, self.capabilities_for(dataset))
        layout = self._layout(dataset)
        prepared = self._prepare(dataset, layout, scan)
        if scan.limit == 0:
            return Answer(rows=[], calls=0)
        keys = scan.keys
        if keys is not None and (values := sendable(keys.values)) is not keys.values:
            keys = replace(keys, values=tuple(values))
        if keys is not None and not keys.values:
            return Answer(rows=[], calls=0)
        return await self._read(prepared, scan, layout, keys)

    async def _read(self, prepared: _Prepared, scan: Scan, layout: Layout, keys: Keys | None) -> Answer:
        """Page by page, until there is enough."""
        dataset = prepared.dataset
        bound = min(_CAN.rows_per_call, dataset.rows_per_call or _CAN.rows_per_call)
        wanted = bound + 1 if scan.limit is None else min(scan.limit, bound + 1)
        asked: Sequence[KeyValue] = keys.values if keys is not None else ()
        aliased = keys is not None and layout.aliased(keys.columns)
        rows: list[tuple[object, ...]] = []
        incomplete: set[KeyValue] = set()
        partial, cursor, calls = False, None, 0
        while True:
            query = write(layout, prepared.selection, keys, cursor, None if aliased else wanted - len(rows))
            body = {"query": query.text, "variables": dict(query.variables)}
            reply = await self._http.request("POST", json=body, accept=range(400, 600), place=dataset.name)
            found = prepared.reading.reply(_answer(reply)).read(query.aliases, asked, aliased)
            calls += 1
            rows += found.rows
            incomplete |= found.incomplete
            partial = partial or found.partial
            if aliased or not found.more or len(rows) >= wanted or calls == _MOST_PAGES:
                break
            if found.cursor is None or found.cursor == cursor:
                raise Malformed(f"{dataset.name}: the source's pages lead nowhere")
            cursor = found.cursor
        cut = len(rows) > bound or calls == _MOST_PAGES
        complete = not (cut or partial or incomplete)
        return Answer(
            rows=rows[: min(bound, wanted)],
            complete=complete,
            incomplete=frozenset() if cut or partial else frozenset(incomplete),
            calls=calls,
        )

    async def describe(self, dataset: Dataset) -> Shape | None:
        """From introspection, where the endpoint allows that; None where it does not."""
        layout = self._layout(dataset)
        reply = await self._http.request(
            "POST", json={"query": INTROSPECTION}, accept=range(400, 600), place=dataset.name
        )
        return shape(dataset, layout, _answer(reply))

    async def ping(self) -> None:
        """Return if the endpoint answers a query."""
        await self._http.json("POST", json={"query": "{ __typename }"})

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


def create(source: Source) -> GraphqlAdapter:
    """An adapter for an endpoint. `BadOptions` for what it can't be made from."""
    options = Options(source.options)
    http = Http(source, options)
    options.check(f"source {source.name}")
    return GraphqlAdapter(source, http)


def problems(dataset: Dataset) -> Sequence[Mistake]:
    """What is wrong with a dataset's options and paths."""
    return of_dataset(dataset)[1] + [Mistake(("columns", name), text) for name, text in lost(dataset).items()]


def _answer(reply: HttpReply) -> object:
    """The decoded answer; a 4xx that is none of GraphQL is a refusal of the server itself."""
    try:
        answer = reply.json()
    except Malformed:
        answer = None
    if reply.status >= 400 and not (isinstance(answer, dict) and ("errors" in answer or "data" in answer)):
        raise of_status(reply.place, reply.status, reply.headers, f"status {reply.status}")
    if answer is None:
        return reply.json()
    if reply.status in (401, 403, 429):
        raise of_status(reply.place, reply.status, reply.headers, f"status {reply.status}")
    return answer
