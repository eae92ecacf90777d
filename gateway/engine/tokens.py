"""Signed tokens: cursors, and the ids of records.

A token is base64url of a JSON array and the first 12 bytes of its HMAC-SHA-256 (RFC 2104).
Whoever lacks the key can't make one, so a token needs no further trust when it comes back;
its content is no secret.
"""

import base64
import binascii
import hmac
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from adapters.base import Damaged, Point, Scalar

_TAG = 12


class BadToken(ValueError):
    """Not a token that this gateway made, or not for this use."""


class Tokens:
    """Makes and reads tokens with one key. `use` keeps tokens of one purpose from another."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, use: str, content: list[Any]) -> str:
        """A token for JSON content."""
        body = orjson.dumps([use, *content])
        return base64.urlsafe_b64encode(self._tag(body) + body).decode().rstrip("=")

    def read(self, use: str, token: str) -> list[Any]:
        """The content. Raises `BadToken`."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise BadToken("it is not one that this gateway made") from None
        tag, body = raw[:_TAG], raw[_TAG:]
        if not hmac.compare_digest(tag, self._tag(body)):
            raise BadToken("it is not one that this gateway made, or was changed since")
        made_for, *content = orjson.loads(body)
        if made_for != use:
            raise BadToken("it was made for something else")
        return content  # type: ignore[no-any-return]

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_TAG]


def pack(value: Scalar | Damaged) -> Any:
    """A scalar as JSON that `unpack` restores with its type."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    if isinstance(value, Decimal):
        return ["m", str(value)]
    if isinstance(value, Point):
        return ["p", value.lat, value.lon]
    return None


def unpack(value: Any) -> Scalar:
    """The inverse of `pack`."""
    match value:
        case ["t", str(text)]:
            return datetime.fromisoformat(text)
        case ["d", str(text)]:
            return date.fromisoformat(text)
        case ["m", str(text)]:
            return Decimal(text)
        case ["p", lat, lon]:
            return Point(lat, lon)
    return value  # type: ignore[no-any-return]
