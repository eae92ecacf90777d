"""Whose a token is: read without trust, held against its issuer's terms, then its signature.

What was found good is remembered by the token's hash until it ends or the issuer's keys change.
Everything else gets the same answer, None; the reason is in the log at the level `debug`.
"""

import logging
import re
import time
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson
from cachetools import LRUCache
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry

from gateway.policy.tokens.claims import Claims, Refused
from gateway.policy.tokens.files import read_terms
from gateway.policy.tokens.issuer import Issuer, Terms
from gateway.policy.tokens.keyset import signed

MOST_CHARACTERS = 16_384
MOST_REMEMBERED = 10_000

_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_OTHER_PURPOSES = ("at_hash", "c_hash", "s_hash", "events")

log = logging.getLogger("citygraph.tokens")


@dataclass(frozen=True, slots=True)
class _Token:
    """A token as it reads, of which nothing is proved."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    segments: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was good, and until when, as a time stamp."""

    claims: Claims
    until: float
    issuer: Issuer
    generation: int


class Issuers:
    """The issuers whose tokens are accepted. `clock` tells seconds, for the age of keys."""

    def __init__(self, terms: Iterable[Terms], clock: Callable[[], float] = time.monotonic) -> None:
        self._issuers = {each.url: Issuer(each, clock) for each in terms}
        self._known: LRUCache[bytes, _Known] = LRUCache(MOST_REMEMBERED)

    @classmethod
    def read(cls, path: str | Path) -> "Issuers":
        """The issuers of a TOML file. Raises `CatalogueError` with every problem at its line."""
        return cls(read_terms(Path(path)))

    def __repr__(self) -> str:
        return f"Issuers({[each.terms.name for each in self._issuers.values()]})"

    def known(self, token: str, now: datetime) -> Claims | None:
        """Whose a token is that was checked before; None where it must be checked (again)."""
        found = self._known.get(_digest(token))
        if found is None or now.timestamp() >= found.until or not found.issuer.holds(found.generation):
            return None
        return found.claims

    async def check(self, token: str, now: datetime) -> Claims | None:
        """Whose a token is; None for one that is not accepted, or can't be checked now. `now` is
        aware. Asks the issuer where its keys are not known."""
        known = self.known(token, now)
        if known is not None:
            return known
        try:
            return await self._check(token, now)
        except Refused as error:
            log.debug("token refused: %s", error)
            return None

    async def aclose(self) -> None:
        """Give up what is under way."""
        for issuer in self._issuers.values():
            await issuer.aclose()

    async def _check(self, text: str, now: datetime) -> Claims:
        token = _read(text)
        url = token.claims.get("iss")
        issuer = self._issuers.get(url) if isinstance(url, str) else None
        if issuer is None:
            raise Refused("its issuer is not among ours")
        name = issuer.terms.name
        try:
            _hold(token, issuer.terms, now)
            expires = datetime.fromtimestamp(token.claims["exp"], UTC)
            claims = issuer.terms.mapped.caller(token.claims, expires)
        except Refused as error:
            raise Refused(f"of issuer {name}: {error}") from None
        kid, alg = token.header.get("kid"), token.header["alg"]
        keys = await issuer.keys(kid, alg)
        if not keys:
            raise Refused(f"of issuer {name}: none of its keys is the one that it names")
        if not any(signed(token.header, token.segments, key) for key in keys):
            raise Refused(f"of issuer {name}: its signature is not the issuer's")
        until = expires.timestamp() + issuer.terms.leeway
        self._known[_digest(text)] = _Known(claims, until, issuer, issuer.generation)
        return claims


def _read(text: str) -> _Token:
    """Raises `Refused` for what is no signed token (RFC 7515, compact serialisation)."""
    if len(text) > MOST_CHARACTERS or not _SHAPE.fullmatch(text):
        raise Refused("it is no signed JSON Web Token")
    header, payload, signature = text.split(".")
    return _Token(_object(header), _object(payload), (header, payload, signature))


def _object(segment: str) -> Mapping[str, Any]:
    try:
        found = orjson.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (NotBase64, orjson.JSONDecodeError):
        found = None
    if not isinstance(found, dict):
        raise Refused("it is no signed JSON Web Token")
    return found


def _hold(token: _Token, terms: Terms, now: datetime) -> None:
    """Hold a token against its issuer's terms. Raises `Refused`."""
    _hold_header(token.header, terms)
    claims = token.claims
    if any(name in claims for name in _OTHER_PURPOSES):
        raise Refused("it is no access token but an ID token or a notice")
    if "cnf" in claims:
        raise Refused("it is bound to a key (cnf), and we can't ask its holder for a proof")
    moment = int(now.timestamp())
    registry = JWTClaimsRegistry(
        now=moment,
        leeway=int(terms.leeway),
        iss={"essential": True, "value": terms.url},
        aud={"essential": True, "values": list(terms.audience)},
        exp={"essential": True},
    )
    try:
        registry.validate(dict(claims))
    except JoseError as error:
        raise Refused(str(error)) from None
    if claims["exp"] - min(claims.get("iat", moment), moment) > terms.longest + terms.leeway:
        raise Refused("it lasts longer than `longest` allows")


def _digest(token: str) -> bytes:
    """What stands for a token where it is remembered."""
    return blake2b(token.encode("utf-8", "replace"), digest_size=32).digest()


def _hold_header(header: Mapping[str, Any], terms: Terms) -> None:
    alg, kind = header.get("alg"), header.get("typ", "JWT")
    if not isinstance(alg, str) or alg not in terms.algorithms:
        raise Refused("its algorithm is not among the issuer's")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise Refused("its type is not that of an access token")
    if "crit" in header or not isinstance(header.get("kid"), str | None):
        raise Refused("its header asks for what we don't do")
