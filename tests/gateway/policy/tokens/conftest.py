"""An issuer with one key, and the gateway's side of it with a clock that tests move."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.policy.tokens.claims import Mapped, Rule
from gateway.policy.tokens.issuer import Terms
from gateway.policy.tokens.issuers import Issuers
from tests.gateway.policy.tokens.provider import Provider, serving

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
RULES = (
    Rule({"client_id": frozenset({"benefits-app"})}, agreement="benefits-office"),
    Rule({"realm_access.roles": frozenset({"city-admin"})}, admin=True),
)


@cache
def rsa(number: int) -> RSAKey:
    """A pair, made once for all tests; making one takes a while."""
    return RSAKey.generate_key(2048, auto_kid=False)


@cache
def elliptic(curve: str) -> ECKey:
    return ECKey.generate_key(curve, auto_kid=False)


@cache
def edwards() -> OKPKey:
    return OKPKey.generate_key("Ed25519", auto_kid=False)


@dataclass
class Clock:
    """Seconds, moved by hand."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Floor:
    """A provider and the issuers that know it."""

    provider: Provider
    issuers: Issuers
    clock: Clock
    terms: Terms

    def token(self, **claims: Any) -> str:
        """A token as it should be, but for these claims."""
        return self.provider.token(NOW, "k1", "RS256", **claims)

    async def accepts(self, token: str, now: datetime = NOW) -> bool:
        return await self.issuers.check(token, now) is not None

    async def of(self, **changed: Any) -> Issuers:
        """Other issuers, whose one issuer has other terms."""
        return Issuers([replace(self.terms, **changed)], self.clock)


@pytest.fixture
async def floor() -> AsyncIterator[Floor]:
    async with serving() as provider:
        provider.rotate("k1", rsa(1))
        algorithms = frozenset({"RS256", "PS256", "ES256", "EdDSA", "Ed25519"})
        terms = Terms("city", provider.url, ("citygraph", "other"), algorithms, Mapped("city", rules=RULES))
        clock = Clock()
        made = Floor(provider, Issuers([terms], clock), clock, terms)
        yield made
        await made.issuers.aclose()
