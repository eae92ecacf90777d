"""The keyed hash of a secret: HMAC-SHA-256 over a text of one length, whatever was presented."""

import hmac

from gateway.policy.keys.text import LENGTH

_PADDED = LENGTH + 3


def digest(secret: bytes, presented: str) -> bytes:
    """The hash of what a caller presents. `secret` is the pepper's, derived for keys.

    Every text costs the same: it is cut or filled up to 64 bytes. Two texts of the length of a key
    have the same hash only if they are the same.
    """
    text = presented.encode("utf-8", "replace")[:_PADDED]
    return hmac.digest(secret, text.ljust(_PADDED, b"\0"), "sha256")
