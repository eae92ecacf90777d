"""A gateway in this process whose clock a test moves; everything else as `citygraph serve` does it."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import uvicorn

from gateway.app import create_app
from gateway.office import Office
from gateway.reloading import open_edition
from gateway.settings import read_settings
from tests.partners.serving import Answer, Gateway, Key


@dataclass(slots=True)
class Clocked:
    """The gateway, and the moment that it takes for now."""

    gateway: Gateway
    now: datetime

    def ask(self, query: str, key: Key | None = None, **about: object) -> Answer:
        """As `Gateway.ask`."""
        return self.gateway.ask(query, key, **about)  # type: ignore[arg-type]


@contextmanager
def clocked(city: Path, environment: Mapping[str, str], now: datetime) -> Iterator[Clocked]:
    """Serve the city on a port of this machine, in a thread of its own."""
    made: Clocked | None = None
    settings = read_settings(environment)
    office = Office(settings, city, lambda: made.now if made is not None else now)
    edition = open_edition(city, environment, settings, bind=office.bind)
    app = create_app(edition.engine, edition.city, settings, edition.examples, office)
    server = uvicorn.Server(uvicorn.Config(app, http="httptools", log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listener, httpx.Client(timeout=30) as client:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the gateway did not start"
                time.sleep(0.01)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            made = Clocked(Gateway(url, None, Path(), environment, client), now)  # type: ignore[arg-type]
            yield made
        finally:
            server.should_exit = True
            thread.join(30)
