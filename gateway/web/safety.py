"""Header fields that keep browsers from making more of an answer than it is, on every answer.

An answer that has a field of its own keeps it: the GraphiQL page has a wider policy.
"""

from collections.abc import MutableMapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

HEADERS = (
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""As OWASP's REST security cheat sheet has them; `Strict-Transport-Security` is for what ends TLS."""


class SafeAnswers:
    """Adds `HEADERS` to each answer of an ASGI application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and add on the way back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def safely(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                own = {name for name, _ in given}
                message["headers"] = [*given, *(each for each in HEADERS if each[0] not in own)]
            await send(message)

        await self._app(scope, receive, safely)
