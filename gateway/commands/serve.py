"""`citygraph serve`: one city over HTTP until it is told to stop."""

import logging
import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import click
import uvicorn

from gateway.app import create_app
from gateway.commands.opening import city_option, engine_of, open_city, settings_of_environment
from gateway.settings import Settings
from gateway.web.callers import HEADER
from gateway.web.examples import BadExamples, read_examples
from gateway.web.page import Example
from resolvers.city import City


@click.command(
    short_help="Serve a city over HTTP.",
    epilog="""\b
Examples:
  citygraph serve --city cities/demo
  citygraph serve --city cities/springfield --host 0.0.0.0 --port 8080
  CITYGRAPH_REQUEST_DEADLINE=5s citygraph serve --city cities/demo
""",
)
@city_option
@click.option("--host", metavar="HOST", help="Address to listen on. [default: 127.0.0.1, or CITYGRAPH_HOST]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one. [default: 8000]")
def serve(directory: Path, host: str | None, port: int | None) -> None:
    """Serve a city: GraphQL at /graphql (GraphiQL for browsers), /healthz, /readyz.

    A city whose files have problems does not start; an agency that can't be reached is no
    problem. Stopping (Ctrl+C, SIGTERM) lets requests under way finish. Settings come from the
    environment, see docs/settings.md.
    """
    settings = settings_of_environment(host=host, port=port)
    city = open_city(directory)
    run(city, settings, examples_of(directory), lambda url: announcement(city, url))


def examples_of(directory: Path) -> tuple[Example, ...]:
    """The queries that GraphiQL opens with."""
    try:
        return read_examples(directory)
    except BadExamples as error:
        raise click.ClickException(str(error)) from None


def announcement(city: City, url: str) -> str:
    """What the operator reads once requests are answered."""
    agencies = len(city.agencies)
    lines = [f"{city.name} ({agencies} {'agency' if agencies == 1 else 'agencies'}) answers at {url}/graphql"]
    if city.local_caller:
        scopes = ", ".join(city.local_caller.scopes)
        lines.append(f'Requests from this machine may add "{HEADER}: {city.local_caller.name}" to see: {scopes}')
    if "CITYGRAPH_SIGNING_KEY" not in os.environ:
        lines.append("CITYGRAPH_SIGNING_KEY is not set: ids and cursors hold until the gateway stops")
    return "\n".join(lines)


def run(city: City, settings: Settings, examples: Sequence[Example], announce: Callable[[str], str]) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is given the address once requests are answered."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")
    listener = _listen(settings.host, settings.port)
    with listener:
        app = create_app(engine_of(city, settings), city, settings, examples)
        config = uvicorn.Config(
            app,
            http="httptools",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=round(settings.shutdown_grace),
        )
        server = _Server(config, lambda: click.echo(announce(_url(listener))))
        with suppress(KeyboardInterrupt):
            server.run([listener])
    if not server.started:
        raise click.ClickException("the gateway did not start; its log says why")


class _Server(uvicorn.Server):
    """Says when it is ready, in our words."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        message = f"can't listen on {host} port {port}: {reason}; choose another with --host and --port"
        raise click.ClickException(message) from None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
