"""Which answers caches between may keep, and how they ask whether one still holds (RFC 9110, RFC 9111).

Only public answers to GET of a persisted document are: what anyone gets who shows no key. All
others are `no-store`. The tag of an answer is made of its bytes.
"""

from collections.abc import Mapping
from hashlib import blake2b

VARY = "Accept, Authorization, X-API-Key, X-Citygraph-Caller"
"""The request's header fields that an answer depends on."""


def cache_headers(body: bytes, max_age: float | None) -> dict[str, str]:
    """The header fields of a public answer; without `max_age` (seconds) caches ask every time."""
    fresh = f"public, max-age={round(max_age)}" if max_age else "public, no-cache"
    return {"cache-control": fresh, "etag": f'"{blake2b(body, digest_size=12).hexdigest()}"', "vary": VARY}


def unchanged(headers: Mapping[bytes, bytes], tag: str) -> bool:
    """Whether the client has these bytes already, by its `If-None-Match`."""
    listed = headers.get(b"if-none-match")
    if listed is None:
        return False
    tags = [each.strip().removeprefix("W/") for each in listed.decode("latin-1").split(",")]
    return tag in tags or tags == ["*"]
