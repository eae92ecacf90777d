"""The keyed hash of a secret: BLAKE2b (RFC 7693) over a text of one length, whatever was presented.

A hash of OpenSSL costs the first caller after other work some 20 µs more (docs/decisions/067).
"""

from hashlib import blake2b

from gateway.policy.keys.text import LENGTH

_PADDED = LENGTH + 3


def digest(secret: bytes, presented: str) -> bytes:
    """The hash of what a caller presents. `secret` is the pepper's, derived for keys.

    Every text costs the same: it is cut or filled up to 64 bytes. Two texts of the length of a key
    have the same hash only if they are the same.
    """
    text = presented.encode("utf-8", "replace")[:_PADDED]
    return blake2b(text.ljust(_PADDED, b"\0"), digest_size=32, key=secret).digest()
