"""Asking an issuer: where its keys are (OpenID Connect Discovery 1.0), and for the keys.

Bounded in time and in bytes, without redirects, without a proxy or credentials from the
environment. Texts of errors are for the operator's log.
"""

import asyncio
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from adapters.http.destinations import literal_allowed
from gateway.policy.tokens.keyset import KeySet, read_keys

TIMEOUT = 5.0
MOST = 256 << 10
DISCOVERY = "/.well-known/openid-configuration"


class Unanswered(Exception):
    """The issuer gave no keys; the text says why, for the operator's log."""


def usable(url: str) -> bool:
    """Whether a URL is one that keys may come from: https, or http on this machine."""
    try:
        found = urlsplit(url)
        host, _ = found.hostname, found.port
    except ValueError:
        return False
    if not host or found.username is not None or found.fragment or not url.isascii() or not url.isprintable():
        return False
    return _here(host) if found.scheme == "http" else found.scheme == "https" and literal_allowed(host, private=True)


def _here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


async def fetch_keys(issuer: str, jwks: str | None, context: ssl.SSLContext) -> KeySet:
    """The keys of an issuer; by discovery where `jwks` is None. Raises `Unanswered`."""
    async with httpx.AsyncClient(verify=context, trust_env=False, timeout=TIMEOUT) as client:
        try:
            async with asyncio.timeout(TIMEOUT):
                where = jwks or await _discovered(client, issuer)
                keys = read_keys(await _document(client, where, "its keys"))
        except TimeoutError:
            raise Unanswered(f"it did not answer within {TIMEOUT:g} seconds") from None
    if not keys.keys:
        raise Unanswered("its keys hold none that we can use")
    return keys


async def _discovered(client: httpx.AsyncClient, issuer: str) -> str:
    found = await _document(client, issuer.rstrip("/") + DISCOVERY, "its discovery document")
    if found.get("issuer") != issuer:
        raise Unanswered("its discovery document is of another issuer; url must be the same to the letter")
    where = found.get("jwks_uri")
    if (
        not isinstance(where, str)
        or not usable(where)
        or (where.startswith("http:") and not issuer.startswith("http:"))
    ):
        raise Unanswered("its discovery document has no jwks_uri that can be used")
    return where


async def _document(client: httpx.AsyncClient, url: str, what: str) -> Mapping[str, Any]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "citygraph"}
    try:
        async with client.stream("GET", url, headers=headers) as response:
            if response.status_code != 200:
                raise Unanswered(f"{what}: status {response.status_code}")
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise Unanswered(f"{what}: packed, which was not asked for")
            body = await _read(response, what)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Unanswered(f"{what}: {type(error).__name__}: {str(error)[:200]}") from None
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Unanswered(f"{what}: no JSON") from None
    if not isinstance(found, dict):
        raise Unanswered(f"{what}: no JSON object")
    return found


async def _read(response: httpx.Response, what: str) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MOST:
            raise Unanswered(f"{what}: longer than {MOST >> 10} KiB")
    return bytes(body)
