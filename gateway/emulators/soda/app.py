"""The portal's HTTP: /resource/{id}.json, /api/views/{id}.json, and /__faults to spoil both."""

import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.emulators.soda.asking import MAX_LIMIT, asked
from gateway.emulators.soda.errors import SodaError
from gateway.emulators.soda.faults import Fault, Faults, early, fault, late
from gateway.emulators.soda.tables import Dataset, Portal

_TYPE = "application/json;charset=utf-8"


@dataclass(frozen=True, slots=True)
class Terms:
    """How the portal treats its callers.

    `tokens` are the app tokens it knows; none means that any is as good. Without a token a caller
    has `per_minute` calls (None: any number). `max_limit` is the most rows of an answer (as on 2.0
    endpoints; None: any number, as on 2.1), `max_url` the longest URL, in bytes."""

    tokens: frozenset[str] = field(default=frozenset(), repr=False)
    per_minute: int | None = None
    max_limit: int | None = MAX_LIMIT
    max_url: int = 8192


def create_app(portal: Portal, terms: Terms | None = None) -> Starlette:
    """The portal as an ASGI application."""
    pages = _Pages(portal, terms or Terms())
    app = Starlette(
        routes=[
            Route("/resource/{id}.json", pages.resource),
            Route("/resource/{id}", pages.resource),
            Route("/api/views/{id}.json", pages.view),
            Route("/api/views/{id}", pages.view),
            Route("/api/views.json", pages.views),
            Route("/api/views", pages.views),
            Route("/__faults", pages.faults, methods=["GET", "POST", "DELETE"]),
        ],
        middleware=[Middleware(_Gate, pages=pages), Middleware(GZipMiddleware, minimum_size=500)],
        exception_handlers={SodaError: _told, 404: _missing, 405: _method},
    )
    app.state.faults = pages.planned
    return app


class _Pages:
    def __init__(self, portal: Portal, terms: Terms) -> None:
        self.portal = portal
        self.terms = terms
        self.planned = Faults()
        self.calls: dict[str, deque[float]] = {}

    # --- before an answer

    def check(self, request: Request) -> None:
        """App token and throttle. `SodaError` where the call may not pass."""
        token = request.headers.get("x-app-token") or request.query_params.get("$$app_token")
        if token and self.terms.tokens and token not in self.terms.tokens:
            raise SodaError(403, "permission_denied", "Invalid app_token specified")
        if token or self.terms.per_minute is None:
            return
        calls = self.calls.setdefault(request.client.host if request.client else "", deque())
        now = time.monotonic()
        while calls and calls[0] <= now - 60:
            calls.popleft()
        if len(calls) >= self.terms.per_minute:
            wait = max(1, round(calls[0] + 60 - now))
            raise SodaError(429, "throttled", "Too many requests; use an app token", {"retryAfter": wait})
        calls.append(now)

    def fault(self, request: Request) -> Fault | None:
        """The fault of this call: its own, or a planned one."""
        own = request.headers.get("x-fault") or request.query_params.get("__fault")
        if own:
            return fault(own)
        return self.planned.next(request.url.path.rpartition("/")[2].removesuffix(".json"))

    def dataset(self, request: Request) -> Dataset:
        id = request.path_params["id"].removesuffix(".json")
        found = self.portal.datasets.get(id)
        if found is None:
            raise SodaError(404, "dataset.missing", "Not found", {"dataset": id})
        return found

    # --- answers

    async def resource(self, request: Request) -> Response:
        """Rows of a dataset."""
        dataset = self.dataset(request)
        headers = _freshness(dataset)
        if _unchanged(request, headers, dataset.updated):
            return Response(status_code=304, headers=headers)
        query = asked(request.query_params.multi_items(), dataset, self.terms.max_limit)
        page = await run_in_threadpool(self.portal.answer, dataset, query, query.limit or 0)
        body = b"[" + b"\n,".join(map(orjson.dumps, page.rows)) + b"]\n"
        headers["X-SODA2-Fields"] = orjson.dumps(page.fields).decode()
        headers["X-SODA2-Types"] = orjson.dumps(page.types).decode()
        return Response(body, headers=headers, media_type=_TYPE)

    async def view(self, request: Request) -> Response:
        """What the portal says of a dataset."""
        return _json(_described(self.dataset(request)))

    async def views(self, request: Request) -> Response:
        """The same of all of them."""
        return _json([_described(dataset) for dataset in self.portal.datasets.values()])

    async def faults(self, request: Request) -> Response:
        """See, set and clear faults of calls to come."""
        if request.method == "POST":
            try:
                self.planned.plan(orjson.loads(await request.body()))
            except orjson.JSONDecodeError:
                raise SodaError(400, "invalid_request", "The body is no JSON") from None
        elif request.method == "DELETE":
            self.planned.planned.clear()
        shown = [{"fault": _written(p.fault), "dataset": p.dataset, "times": p.times} for p in self.planned.planned]
        return _json(shown)


def _written(each: Fault) -> str:
    return f"{each.kind}:{each.value}" if each.value else each.kind


class _Gate:
    """Before every page but /__faults: the length of the URL, faults, tokens, the throttle."""

    def __init__(self, app: ASGIApp, pages: _Pages) -> None:
        self.app = app
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/__faults":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        length = len(scope.get("raw_path") or b"") + len(scope["query_string"])
        if length > self.pages.terms.max_url:
            page = "<html><head><title>414 Request-URI Too Large</title></head></html>"
            await HTMLResponse(page, status_code=414)(scope, receive, send)
            return
        try:
            wanted = self.pages.fault(request)
            if wanted is not None and await early(wanted, scope, send):
                return
            self.pages.check(request)
        except SodaError as error:
            await (await _told(request, error))(scope, receive, send)
            return
        if wanted is not None and wanted.kind == "types":
            scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app(scope, receive, send if wanted is None else late(wanted, scope, send))


def _json(value: object) -> Response:
    return Response(orjson.dumps(value), media_type=_TYPE, headers=_common())


def _common() -> dict[str, str]:
    return {"Access-Control-Allow-Origin": "*", "X-Socrata-RequestId": uuid.uuid4().hex}


async def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, SodaError)
    headers = _common()
    if error.status == 429:
        headers["Retry-After"] = str(error.data["retryAfter"])
    return Response(orjson.dumps(error.body), error.status, headers, _TYPE)


async def _missing(request: Request, _error: Exception) -> Response:
    return await _told(request, SodaError(404, "not_found", "Not found"))


async def _method(request: Request, _error: Exception) -> Response:
    return await _told(request, SodaError(405, "method_not_allowed", "This portal is only read"))


def _freshness(dataset: Dataset) -> dict[str, str]:
    stamp = format_datetime(dataset.updated, usegmt=True)
    return _common() | {
        "Last-Modified": stamp,
        "X-SODA2-Truth-Last-Modified": stamp,
        "X-SODA2-Secondary-Last-Modified": stamp,
        "X-SODA2-Data-Out-Of-Date": "false",
        "ETag": f'"{dataset.id}-{dataset.table}-{int(dataset.updated.timestamp())}"',
    }


def _unchanged(request: Request, headers: Mapping[str, str], updated: datetime) -> bool:
    tag = request.headers.get("if-none-match")
    if tag is not None:
        return tag.removeprefix("W/") == headers["ETag"]
    since = request.headers.get("if-modified-since")
    if since is None:
        return False
    try:
        return updated.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def _described(dataset: Dataset) -> dict[str, object]:
    """As /api/views/{id}.json: times in seconds since 1970."""
    stamp = int(dataset.updated.timestamp())
    return {
        "id": dataset.id,
        "name": dataset.name,
        "description": dataset.description,
        "assetType": "dataset",
        "displayType": "table",
        "viewType": "tabular",
        "newBackend": True,
        "createdAt": stamp,
        "publicationDate": stamp,
        "viewLastModified": stamp,
        "rowsUpdatedAt": stamp,
        "columns": [
            {
                "id": 1000 + at,
                "name": each.title or each.name,
                "description": each.description,
                "fieldName": each.name,
                "dataTypeName": "number" if each.kind == "money" else each.kind,
                "renderTypeName": each.kind,
                "position": at,
                "cachedContents": {"count": str(dataset.count)},
            }
            for at, each in enumerate(dataset.fields, start=1)
        ],
    }
