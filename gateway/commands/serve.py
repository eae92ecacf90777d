"""`citygraph serve`: one city over HTTP until it is told to stop."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import click
import uvicorn

from gateway.app import create_app
from gateway.catalogue import CatalogueError
from gateway.commands.opening import city_option, refused, settings_of_environment
from gateway.documents import ManifestError
from gateway.engine.requests import Engine
from gateway.office import Office
from gateway.reloading import Edition, ReloadingEngine, open_edition
from gateway.settings import Settings
from gateway.weaknesses import weaknesses
from gateway.web.callers import HEADER
from gateway.web.examples import BadExamples
from gateway.web.protocol import HTTP
from gateway.workers import Crew, Line, NotStarted
from resolvers.city import City

log = logging.getLogger("citygraph")


@click.command(
    epilog="""\b
Examples:
  citygraph serve --city cities/demo
  citygraph serve --city cities/springfield --host 0.0.0.0 --port 8080
  citygraph serve --city cities/springfield --workers 4
  CITYGRAPH_REQUEST_DEADLINE=5s citygraph serve --city cities/demo
""",
)
@city_option
@click.option("--host", metavar="HOST", help="Address to listen on. [default: 127.0.0.1, or CITYGRAPH_HOST]")
@click.option("--port", type=click.IntRange(0, 65535), help="Port; 0 takes a free one. [default: 8000]")
@click.option("--workers", type=click.IntRange(min=1), help="Processes that serve it; SIGHUP replaces them.")
def serve(directory: Path, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve a city: GraphQL at /graphql (GraphiQL for browsers), /healthz, /readyz.

    A city whose files have problems does not start; an agency that can't be reached is no
    problem. Changed files are served without a restart, unless they have problems: then the city
    stays as it was, and the log says why. Stopping (Ctrl+C, SIGTERM) lets requests under way
    finish. Settings come from the environment, see docs/settings.md.

    With workers it is served by several processes that share the address and nothing else; SIGHUP
    replaces them one by one without a failed request, see docs/performance.md.
    """
    settings = settings_of_environment(host=host, port=port, workers=workers)
    if settings.workers is None:
        run(directory, os.environ, settings, _announcement)
        return
    if settings.workers > 1 and settings.redis is None:
        _log(settings)
        log.warning("%d workers without CITYGRAPH_REDIS: each counts rates and quotas for itself", settings.workers)
    with _listen(settings.host, settings.port) as listener:
        crew = Crew(settings.workers, _work, (listener, directory, settings), settings.shutdown_grace)
        try:
            crew.run(click.echo)
        except NotStarted as error:
            raise click.ClickException(str(error)) from None


def _work(line: Line, listener: socket.socket, directory: Path, settings: Settings) -> None:
    """One worker: the city at a listener that others share, until its crew tells it to leave."""
    try:
        _serve(directory, os.environ, settings, _announcement, listener, line)
    except click.ClickException as error:
        line.failed(error.format_message())


def open_first(directory: Path, environment: Mapping[str, str], settings: Settings, office: Office) -> Edition:
    """The city as its files are now; with problems it is not opened, all of them are shown instead."""
    try:
        return open_edition(directory, environment, settings, bind=office.bind)
    except CatalogueError as error:
        raise refused(directory, error) from None
    except BadExamples as error:
        raise click.ClickException(str(error)) from None


def _announcement(edition: Edition, url: str) -> str:
    return announcement(edition.city, url)


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


_DISCREET = ("alembic", "aiosqlite", "asyncmy", "asyncpg", "httpx", "httpcore", "sqlalchemy", "oracledb")
"""Libraries whose talk is not for the log: drivers write down every question with its values, which
may be a person's name, at levels below a warning. (Alembic would tell of tables that are there.)"""


def run(
    directory: Path, environment: Mapping[str, str], settings: Settings, announce: Callable[[Edition, str], str]
) -> None:
    """Serve the city in `directory`, its `${…}` from `environment`, until SIGINT or SIGTERM.

    It is this one process that serves. `announce` is given the first edition and the address once
    requests are answered.
    """
    _serve(directory, environment, replace(settings, workers=None), announce)


def _serve(
    directory: Path,
    environment: Mapping[str, str],
    settings: Settings,
    announce: Callable[[Edition, str], str],
    listener: socket.socket | None = None,
    line: Line | None = None,
) -> None:
    _log(settings)
    office = _office(settings, directory)
    first = open_first(directory, environment, settings, office)
    _consider(settings, first.city)
    listener = listener or _listen(settings.host, settings.port)
    with listener:
        engine: Engine = first.engine
        if settings.reload:
            engine = ReloadingEngine(directory, environment, settings, first)
        app = create_app(engine, first.city, settings, first.examples, office)
        config = uvicorn.Config(
            app,
            http=HTTP,
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=settings.proxies is not None,
            forwarded_allow_ips=settings.proxies,
            server_header=False,
            timeout_graceful_shutdown=round(settings.shutdown_grace),
        )
        tell: Callable[[str], object] = click.echo if line is None else line.ready
        server = _Server(config, lambda: tell(announce(first, _url(listener))))
        if line is not None:
            line.follow(server.leave)
        with suppress(KeyboardInterrupt):
            server.run([listener])
    if not server.started:
        raise click.ClickException("the gateway did not start; its log says why")


def _log(settings: Settings) -> None:
    for name in _DISCREET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.basicConfig(level=settings.log_level.upper(), format="%(levelname)s %(name)s: %(message)s")


def _office(settings: Settings, directory: Path) -> Office:
    try:
        return Office(settings, directory)
    except CatalogueError as error:
        raise click.ClickException(f"{settings.oidc} can't be used:\n{error}") from None
    except ManifestError as error:
        raise click.ClickException(f"the persisted documents can't be used:\n{error}") from None


def _consider(settings: Settings, city: City) -> None:
    """Refuse to serve with weak settings, or, where no production is meant, say what is weak."""
    weak = weaknesses(settings, city)
    if not weak:
        return
    told = "\n".join(f"  {each}" for each in weak)
    if settings.mode == "production":
        raise click.ClickException(
            f"{city.name} is not served, because these settings are too weak for production:\n{told}\n"
            "Change them, or set CITYGRAPH_MODE=development where nobody but you can ask."
        )
    if settings.mode == "demo":
        return  # it says so itself
    log.warning("not for production (CITYGRAPH_MODE=%s):\n%s", settings.mode, told)


class _Server(uvicorn.Server):
    """Says when it is ready, in our words; leaves without a failed request."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready
        self._leaves = False

    def leave(self) -> None:
        """End once nobody is connected: others answer at this address. From any thread."""
        self._leaves = True
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop. A connection that is closed while its client asks would be a failed request: one that
        leaves has every client told to close after its next answer, and waits for those that ask no more."""
        if self._leaves:
            for server in self.servers:
                server.close()
            ends = time.monotonic() + self.config.timeout_keep_alive + (self.config.timeout_graceful_shutdown or 0)
            while self.server_state.connections and not self.force_exit and time.monotonic() < ends:
                self.server_state.default_headers = [(b"connection", b"close")]
                await asyncio.sleep(0.05)
        await super().shutdown(sockets)


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
