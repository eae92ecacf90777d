"""Sealed tokens: cursors, the ids of records, the ids of persons.

A token is base64url of a JSON array, encrypted and signed in one step with AES-SIV (RFC 5297). Who
lacks the key can neither make one nor read it: a cursor or an id holds keys of rows, which may be
somebody's number. The same content makes the same token, so that ids stay the same.
"""

import base64
import binascii
import hmac
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from adapters.base import Damaged, Point, Scalar

_PURPOSE = b"citygraph tokens, AES-SIV"


class BadToken(ValueError):
    """Not a token that this gateway made for this use. There is one message for all of them: who
    tries tokens learns nothing from how one is refused."""

    def __init__(self) -> None:
        super().__init__("it is not one that this gateway made for this, or was changed since")


class Tokens:
    """Makes and reads tokens with one key. `use` keeps tokens of one purpose from another."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(hmac.digest(key, _PURPOSE, "sha512"))

    def make(self, use: str, content: list[Any]) -> str:
        """A token for JSON content; the same one every time."""
        sealed = self._cipher.encrypt(orjson.dumps(content), [use.encode()])
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def read(self, use: str, token: str) -> list[Any]:
        """The content. Raises `BadToken`."""
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            return orjson.loads(self._cipher.decrypt(sealed, [use.encode()]))  # type: ignore[no-any-return]
        except (binascii.Error, ValueError, InvalidTag):
            raise BadToken from None


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
