"""Datasette: an agency's SQLite databases behind its JSON API, asked by the SQL that it lets anyone send.

    [source.portal]
    adapter = "datasette"
    url = "https://data.agency.gov/permits"        # the address of one database
    token = "${DATASETTE_TOKEN}"                   # where it wants one

A stock Datasette runs any SELECT for a second and answers a thousand rows at a time; those are
fetched page by page. So it does whatever SQLite does: keys of several columns, filters, orders,
limits by key, counts. Values travel as one parameter, a JSON array, because Datasette makes text of
every parameter. They stand in the address of the call: an instance that logs addresses logs them.
One whose owner has forbidden SQL refuses the calls. Besides the options of `adapters.http`:

    strict = true               # as for `sql`: stored values fit, no text is empty
    max_url = 8000              # the longest address; more keys are split into several calls
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import orjson
import sqlalchemy as sa

from adapters.base import Answer, Capabilities, Column, Dataset, Scan, Shape, Source
from adapters.errors import Malformed, Refused, Rejected, SourceError, TimedOut, TooManyKeys
from adapters.http import Http, Reply
from adapters.http.session import escaped
from adapters.options import Options
from adapters.sql import CAN, SqlAdapter
from adapters.sql.flavour import Element, lost_column
from adapters.sql.sqlite import SqliteFlavour, column_shape, number

_MAX_URL = 8000
_REFUSED = frozenset({400})
_escaped_once = lru_cache(512)(escaped)


class DatasetteFlavour(SqliteFlavour):
    """SQLite, with all parameters in one."""

    inline = True

    def parameter(self, place: int, kind: sa.types.TypeEngine[Any]) -> Element:
        """A member of the array `:a`."""
        return sa.func.json_extract(sa.literal_column(":a"), sa.literal_column(f"'$[{place}]'"))

    def packed(self, values: object) -> object:
        """An array within the array."""
        return values


class _TooLong(Exception):
    """The address of a call is longer than may be; `share` of it would fit."""

    def __init__(self, share: float) -> None:
        self.share = share


class DatasetteDriver:
    """One database of an instance. A connection is the client itself."""

    def __init__(self, database: str, http: Http, max_url: int, capabilities: Capabilities) -> None:
        self.flavour = DatasetteFlavour(capabilities)
        self._path = f"{quote(database, safe='')}.json"
        self._http = http
        self._max_url = max_url

    async def open(self) -> Http:
        """Connections are the client's."""
        return self._http

    async def close(self, connection: Http) -> None:
        """A call that is given up is closed by the client."""

    def fresh(self, connection: Http) -> bool:
        """Always."""
        return True

    def broken(self, error: Exception) -> bool:
        """The client replaces dead connections itself."""
        return False

    def harmless(self, error: Exception) -> bool:
        """No call leaves anything behind."""
        return True

    async def fetch(self, connection: Http, text: str, arguments: Sequence[object]) -> Sequence[tuple[object, ...]]:
        """All rows of a statement, page by page: Datasette cuts what is longer than it likes."""
        rows: list[tuple[object, ...]] = []
        statement = text
        while True:
            page, cut = await self._page(statement, arguments)
            rows += page
            if not cut or not page:
                return rows
            statement = f"SELECT * FROM ({text}) LIMIT -1 OFFSET {len(rows)}"

    async def _page(self, text: str, arguments: Sequence[object]) -> tuple[list[tuple[object, ...]], bool]:
        values = escaped(orjson.dumps(arguments, default=number).decode())
        path = f"{self._path}?sql={_escaped_once(text)}&a={values}&_shape=arrays"
        if len(path) + 200 > self._max_url:
            self._check_length(path)
        return _table(await self._http.request("GET", path, accept=_REFUSED, timed=False))

    def _check_length(self, path: str) -> None:
        length = len(self._http.url(path))
        if length > self._max_url:
            raise _TooLong(self._max_url / length)

    def explained(self, error: Exception, place: str, columns: Sequence[Column]) -> SourceError | None:
        """What Datasette or SQLite says, in our words."""
        if isinstance(error, _Refusal):
            return error.explained(place, columns)
        if isinstance(error, SourceError):
            error.args = (f"{place}: {str(error).partition(': ')[2]}",)
            return error
        return None

    async def describe(self, connection: Http, schema: str | None, table: str) -> Shape | None:
        """From SQLite's own pragmas, as far as Datasette lets them through."""
        of = "pragma_table_info(json_extract(:a, '$[0]'))"
        columns = await self.fetch(connection, f"SELECT name, type, pk FROM {of} ORDER BY cid", (table,))
        if not columns:
            return None
        indexed = await self.fetch(connection, _INDEXES, (table,))
        parts: dict[str, tuple[bool, tuple[str, ...]]] = {}
        for name, unique, column in indexed:
            _, names = parts.get(str(name), (False, ()))
            parts[str(name)] = bool(unique), (*names, str(column))
        keyed = sorted((int(str(pk)), str(name)) for name, _, pk in columns if pk)
        if keyed:
            parts[""] = True, tuple(name for _, name in keyed)
        return Shape(
            tuple(column_shape(str(name), str(kind)) for name, kind, _ in columns),
            tuple(dict.fromkeys(names for _, names in parts.values())),
            tuple(dict.fromkeys(names for unique, names in parts.values() if unique)),
        )


_INDEXES = """
    SELECT l.name, l."unique", i.name FROM pragma_index_list(json_extract(:a, '$[0]')) l
    JOIN pragma_index_info(l.name) i WHERE i.name IS NOT NULL ORDER BY l.name, i.seqno
"""


class _Refusal(Exception):
    """A statement that Datasette would not run."""

    def explained(self, place: str, columns: Sequence[Column]) -> SourceError:
        """SQLite's words are those of its errors."""
        detail = str(self)
        if "took too long" in detail or "interrupted" in detail.lower():
            return TimedOut(f"{place}: the source did not answer in time", detail=detail)
        if detail.startswith("no such table"):
            return Rejected(f"{place}: the source has no such dataset", detail=detail)
        if detail.startswith("no such column"):
            name = lost_column(columns, detail)
            return Rejected(f'{place}: the source has no column for "{name}"', detail=detail, column=name)
        return Rejected(f"{place}: the source refuses the call", detail=detail)


def _table(reply: Reply) -> tuple[list[tuple[object, ...]], bool]:
    answer = reply.json()
    if not isinstance(answer, dict):
        raise Malformed(f"{reply.place}: the source's answer is no table")
    if answer.get("error") or answer.get("ok") is False:
        raise _Refusal(str(answer.get("error"))[:200])
    rows = answer.get("rows")
    if not isinstance(rows, list) or not set(map(type, rows)) <= {list}:
        raise Malformed(f"{reply.place}: the source's answer is no table")
    return list(map(tuple, rows)), bool(answer.get("truncated"))


class DatasetteAdapter(SqlAdapter):
    """An `Adapter` over one database of a Datasette instance."""

    def __init__(self, source: Source, database: str, http: Http, max_url: int) -> None:
        super().__init__(source, DatasetteDriver(database, http, max_url, CAN))
        self._http = http

    async def scan(self, dataset: Dataset, scan: Scan) -> Answer:
        """Rows in stored terms. `TooManyKeys` where they make the address too long."""
        try:
            return await super().scan(dataset, scan)
        except _TooLong as error:
            keys = len(scan.keys.values) if scan.keys else 0
            fitting = int(keys * error.share * 0.8)
            if not fitting:
                raise Refused(f"{dataset.name}: the call is too long for the source") from None
            raise TooManyKeys(f"{dataset.name}: too many keys for one call", fitting=fitting) from None

    async def aclose(self) -> None:
        """Close all connections."""
        await super().aclose()
        await self._http.aclose()


def create(source: Source) -> DatasetteAdapter:
    """An adapter for a database's address. `BadOptions` for what it can't be made from."""
    options = Options(source.options)
    options.flag("strict")
    max_url = options.count("max_url", _MAX_URL, least=500)
    base, _, database = source.url.rstrip("/").rpartition("/")
    if base.endswith(("//", ":/", ":")) or not database:
        options.complain('the url is that of an instance; add its database: "https://data.agency.gov/permits"')
        base = source.url
    http = Http(replace(source, url=base), options)
    options.check(f"source {source.name}")
    return DatasetteAdapter(source, database, http, max_url)
