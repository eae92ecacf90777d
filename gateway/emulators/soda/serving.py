"""Serving the portal on a socket, by a protocol that lets faults break the connection itself."""

import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.emulators.soda.faults import TRANSPORT


class _Breakable(HttpToolsProtocol):
    """Hands its transport to the application."""

    def on_message_begin(self) -> None:
        """A call begins."""
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}


class PortalServer(uvicorn.Server):
    """Says its address when it answers. Run it with `run([listener])` or `await serve([listener])`."""

    def __init__(self, app: ASGIApp, ready: Callable[[str], None] = lambda url: None) -> None:
        config = uvicorn.Config(
            app,
            http=_Breakable,
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            lifespan="off",
        )
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started and sockets:
            self._ready(url_of(sockets[0]))


def serve(app: ASGIApp, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM."""
    with suppress(KeyboardInterrupt):
        PortalServer(app, ready).run([listener])


def url_of(listener: socket.socket) -> str:
    """The address of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
