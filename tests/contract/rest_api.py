"""A small JSON API, as an agency might have one: filters by parameters, pages, totals."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from adapters.base import Stored

Tests = Mapping[str, Callable[[Any, Any], bool]]
TESTS: Tests = {
    "eq": lambda a, b: bool(a == b),
    "lt": lambda a, b: bool(a < b),
    "lte": lambda a, b: bool(a <= b),
    "gt": lambda a, b: bool(a > b),
    "gte": lambda a, b: bool(a >= b),
}
ASIDE = frozenset({"page", "per_page", "offset", "limit", "after", "sort", "by", "way"})


def jsonable(value: Stored) -> Stored:
    """A stored value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


class RestApi:
    """Rows by table: `/v1/{table}?name=a&name=b&n__gte=3&page=2&per_page=50`. Values of one parameter
    are alternatives, also joined by commas; a parameter that it does not know is ignored. See
    `_sorted` for orders.
    `asked` counts the calls."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self.asked = 0

    def app(self) -> web.Application:
        app = web.Application(client_max_size=1 << 20, handler_args={"max_line_size": 16_384})
        app.router.add_get("/v1/{table}", self.list)
        return app

    async def list(self, request: web.Request) -> web.Response:
        self.asked += 1
        rows = self.tables.get(request.match_info["table"])
        if rows is None:
            return web.json_response({"error": "no such table"}, status=404)
        names = {name for row in rows for name in row}
        for parameter in set(request.query) - ASIDE:
            name, _, op = parameter.partition("__")
            if name in names:
                texts = {part for text in request.query.getall(parameter) for part in (text, *text.split(","))}
                rows = [row for row in rows if _holds(row.get(name), op or "eq", texts)]
        return web.json_response(_page(_sorted(rows, request.query), request.query))


def _sorted(rows: list[dict[str, Any]], query: MultiMapping[str]) -> list[dict[str, Any]]:
    """By `sort=a,-b`, or by `by=a&by=b&way=up&way=down`; what is null comes last."""
    ways = [(name.removeprefix("-"), name.startswith("-")) for name in filter(None, query.get("sort", "").split(","))]
    ways += [(name, way == "down") for name, way in zip(query.getall("by", []), query.getall("way", []), strict=True)]
    for name, descending in reversed(ways):
        rows = [
            *sorted((row for row in rows if row[name] is not None), key=lambda row: row[name], reverse=descending),
            *(row for row in rows if row[name] is None),
        ]
    return rows


def _holds(value: Any, op: str, texts: set[str]) -> bool:
    if op == "eq" and isinstance(value, str | int) and not isinstance(value, bool):
        return str(value) in texts
    return value is not None and any(_test(value, op, text) for text in texts)


def _test(value: Any, op: str, text: str) -> bool:
    if isinstance(value, bool):
        return text == ("true" if value else "false")
    try:
        return TESTS[op](
            value, float(text) if isinstance(value, float) else int(text) if isinstance(value, int) else text
        )
    except ValueError:
        return False


def _page(rows: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    size = int(query.get("per_page") or query.get("limit") or 25)
    if "page" in query:
        start = (int(query["page"]) - 1) * size
    else:
        start = int(query.get("offset") or query.get("after", "c0").removeprefix("c"))
    following = f"c{start + size}" if start + size < len(rows) else None
    return {"data": {"items": rows[start : start + size], "total": len(rows)}, "next": following, "error": None}
