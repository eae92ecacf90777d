"""Small agencies over HTTP, as real servers on this machine."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, str, bytes]
Handle = Callable[[str, str, Mapping[str, list[str]], bytes], Answer]
"""From method, path, query and body to status, type and body."""


@contextmanager
def served(handle: Handle) -> Iterator[str]:
    """The address of a server that answers so."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            url = urlsplit(self.path)
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, body = handle(self.command, url.path, parse_qs(url.query), sent)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815 -- the names are those of http.server

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def as_json(found: object, status: int = 200) -> Answer:
    """An answer in JSON."""
    return status, "application/json", json.dumps(found).encode()


MISSING = as_json({"error": "not found"}, 404)
