"""One issuer of access tokens: what it must write in them, and its keys, kept fresh.

    REFRESH  after so long in use the keys are asked for again, in the background
    KEPT     so long they hold where the issuer does not answer; then its tokens are refused
    AGAIN    so long passes at least between two attempts (FIRST where there are no keys yet)

A token that names a key which is not known makes us ask at once, but for AGAIN: rotated keys are
found within seconds, and nobody can make us ask an issuer all the time.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from gateway.policy.tokens.claims import Mapped
from gateway.policy.tokens.fetching import Unanswered, fetch_keys
from gateway.policy.tokens.keyset import KeySet, PublicKey

REFRESH = 600.0
KEPT = 3600.0
AGAIN = 30.0
FIRST = 5.0

log = logging.getLogger("citygraph.tokens")


@dataclass(frozen=True, slots=True)
class Terms:
    """What is known of an issuer beforehand; times in seconds, `ca` a file's path."""

    name: str
    url: str
    audience: tuple[str, ...]
    algorithms: frozenset[str]
    mapped: Mapped
    jwks: str | None = None
    leeway: float = 30.0
    longest: float = 86400.0
    ca: str | None = None


class Issuer:
    """An issuer with its keys. Asks nothing before the first token; no method raises."""

    def __init__(self, terms: Terms, clock: Callable[[], float] = time.monotonic) -> None:
        self.terms = terms
        self.generation = 0
        self._clock = clock
        self._keys = KeySet()
        self._fetched = float("-inf")
        self._attempted = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self._context: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"Issuer({self.terms.name!r})"

    def holds(self, generation: int) -> bool:
        """Whether what keys of that generation have shown still holds. They are refreshed when due."""
        age = self._clock() - self._fetched
        if age > REFRESH:
            self._start()
        return generation == self.generation and age <= KEPT

    async def keys(self, kid: str | None, alg: str) -> list[PublicKey]:
        """The keys that a token with this header may be signed by, asked for where none is known."""
        found = self._fitting(kid, alg)
        if not found:
            self._start()
            if self._fetching is not None:
                await asyncio.shield(self._fetching)
                found = self._fitting(kid, alg)
        return found

    def _fitting(self, kid: str | None, alg: str) -> list[PublicKey]:
        return self._keys.fitting(kid, alg) if self.holds(self.generation) else []

    def _start(self) -> None:
        """Ask for the keys, unless that is under way or was just done."""
        pause = AGAIN if self._keys.keys else FIRST
        if self._fetching is None and self._clock() - self._attempted >= pause:
            self._attempted = self._clock()
            self._fetching = asyncio.get_running_loop().create_task(self._refresh())
            self._fetching.add_done_callback(self._done)

    def _done(self, _task: "asyncio.Task[None]") -> None:
        self._fetching = None

    async def _refresh(self) -> None:
        name = self.terms.name
        try:
            if self._context is None:
                self._context = await asyncio.to_thread(ssl.create_default_context, cafile=self.terms.ca)
            found = await fetch_keys(self.terms.url, self.terms.jwks, self._context)
        except Unanswered as error:
            left = max(0.0, KEPT - (self._clock() - self._fetched))
            log.warning("issuer %s: no keys: %s; those known hold for %d s more", name, error, left)
        except OSError as error:
            log.error("issuer %s: its certificates can't be read: %s", name, type(error).__name__)
        except Exception:
            log.exception("issuer %s: no keys: unexpected error", name)
        else:
            self._fetched = self._clock()
            if found.thumbprints != self._keys.thumbprints:
                self.generation += 1
                log.info("issuer %s: %d keys, changed", name, len(found.keys))
            self._keys = found

    async def aclose(self) -> None:
        """Give up what is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)
