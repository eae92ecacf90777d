"""An issuer of access tokens on a real port: discovery, key set, rotation, and its bad days."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Pair = RSAKey | ECKey | OKPKey


class Provider:
    """`published` is the key set as it is sent, `answers` replaces the answer of a path, `delay` holds
    every answer back, `asked` counts requests by path."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/city"
        self.pairs: dict[str, Pair] = {}
        self.published: list[Any] = []
        self.answers: dict[str, Response] = {}
        self.delay = 0.0
        self.asked: Counter[str] = Counter()
        self.gave_keys = asyncio.Event()
        routes = [
            Route("/city/.well-known/openid-configuration", self._discovery),
            Route("/city/keys", self._keys),
        ]
        self.app = Starlette(routes=routes)

    def rotate(self, kid: str, pair: Pair, **about: str) -> None:
        """Publish one pair's public key, and only that."""
        self.pairs[kid] = pair
        self.published = [{**pair.as_dict(private=False), "kid": kid, "use": "sig", **about}]

    def token(self, now: datetime, kid: str, alg: str, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """A token of five minutes; a claim of None is left out."""
        at = int(now.timestamp())
        known = {"iss": self.url, "aud": "citygraph", "sub": "app", "iat": at, "exp": at + 300}
        said = {name: value for name, value in {**known, **claims}.items() if value is not None}
        heading = {"alg": alg, "kid": kid, "typ": "at+jwt", **(header or {})}
        return jwt.encode(heading, said, self.pairs[kid], algorithms=[alg], registry=_Anything(algorithms=[alg]))

    async def _discovery(self, _request: Request) -> Response:
        found = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        return await self._answer("discovery", JSONResponse(found))

    async def _keys(self, _request: Request) -> Response:
        found = await self._answer("keys", JSONResponse({"keys": self.published}))
        self.gave_keys.set()
        return found

    async def _answer(self, what: str, usual: Response) -> Response:
        self.asked[what] += 1
        await asyncio.sleep(self.delay)
        return self.answers.get(what, usual)


class _Anything(JWSRegistry):
    """Signs with whatever it is asked to, as careless issuers do."""

    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]

    def check_header(self, header: dict[str, Any]) -> None:
        return


@asynccontextmanager
async def serving() -> AsyncIterator[Provider]:
    """A provider on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        provider = Provider(listening.getsockname()[1])
        config = uvicorn.Config(provider.app, http="httptools", log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        served = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        try:
            yield provider
        finally:
            server.should_exit = True
            await served
