"""The GraphiQL page and its assets, as `web/` builds them into `static/`.

The page loads nothing from elsewhere and runs no inline script. Its policy lets in style
elements that carry the page's nonce (Monaco makes them at run time) and `data:` images (Monaco's
underlines). Assets are stored compressed, named by content, and cached for good.
"""

import gzip
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from mimetypes import guess_type
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from gateway.web.negotiation import accepts_encoding

STATIC = Path(__file__).parent / "static"

_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "style-src-attr 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SAFE = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer"}
_FOREVER = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"} | _SAFE
_CODINGS = (("br", ".br"), ("gzip", ".gz"))


@dataclass(frozen=True, slots=True)
class Example:
    """A query that the page opens in a tab; the tab is called like its operation."""

    query: str
    variables: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    extensions: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Page:
    """The page without its nonce."""

    html: str

    def response(self) -> Response:
        """The page under a nonce of its own."""
        nonce = secrets.token_urlsafe(16)
        policy = {"content-security-policy": _POLICY.format(nonce=nonce), "cache-control": "no-store", "vary": "accept"}
        return HTMLResponse(self.html.replace("{{nonce}}", nonce), headers=policy | _SAFE)


def load_page(title: str, endpoint: str, examples: Sequence[Example]) -> Page:
    """The page for a city; `endpoint` is where it sends queries, relative to itself."""
    tabs = [{"query": e.query, "variables": dict(e.variables), "headers": dict(e.headers)} for e in examples]
    data = orjson.dumps({"title": title, "endpoint": endpoint, "examples": tabs}).decode().replace("<", "\\u003c")
    template = (STATIC / "index.html").read_text(encoding="utf-8")
    return Page(template.replace("{{title}}", escape(title)).replace("{{page}}", data))


@dataclass(frozen=True, slots=True)
class Assets:
    """ASGI application for the page's assets; only the files that were there at the start are served."""

    files: Mapping[str, Path]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the file named in the path, compressed as the client likes it."""
        response = self._response(scope["path_params"]["name"], Headers(scope=scope).get("accept-encoding", ""))
        await response(scope, receive, send)

    def _response(self, name: str, accepted: str) -> Response:
        path = self.files.get(name)
        if path is None:
            return PlainTextResponse("There is no such asset.", 404)
        media_type = guess_type(name)[0] or "application/octet-stream"
        for coding, suffix in _CODINGS:
            if accepts_encoding(accepted, coding):
                headers = _FOREVER | {"content-encoding": coding}
                return FileResponse(path.with_name(name + suffix), headers=headers, media_type=media_type)
        plain = gzip.decompress(path.with_name(f"{name}.gz").read_bytes())
        return Response(plain, headers=_FOREVER, media_type=media_type)


def load_assets() -> Assets:
    """The assets that come with the package."""
    stored = (STATIC / "graphiql").glob("*.gz")
    return Assets(MappingProxyType({path.name.removesuffix(".gz"): path.with_suffix("") for path in stored}))
