"""How a key is written: `cg_`, 8 characters of public id, `_`, 43 of secret, 6 of checksum.

The secret is 256 random bits in base64url. The checksum is the CRC-32 of what stands before it, in
base 62: scanners of source code tell a key from what merely looks like one, as with GitHub's
tokens, and a mistyped key is recognised without asking the store. The id is what support, logs and
lists name a key by; it is no secret.
"""

import re
import secrets
import string
import zlib

PREFIX = "cg_"
LENGTH = 61
PATTERN = re.compile(r"cg_[0-9a-z]{8}_[0-9A-Za-z_-]{43}[0-9A-Za-z]{6}")
"""What scanners look for; `is_key` then checks the sum."""

_ID = re.compile(r"(?:cg_)?([0-9a-z]{8})")
_LOWER = string.digits + string.ascii_lowercase
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase


def new_id() -> str:
    """A random public id, of 36⁸ (41 bits)."""
    return "".join(secrets.choice(_LOWER) for _ in range(8))


def new_key(id: str) -> str:
    """A new secret for an id, as its holder presents it."""
    body = f"{PREFIX}{id}_{secrets.token_urlsafe(32)}"
    return body + _checksum(body)


def is_key(text: str) -> bool:
    """Whether a text is a complete key, every character right; not whether the key is known."""
    return PATTERN.fullmatch(text) is not None and _checksum(text[:-6]) == text[-6:]


def id_of(text: str) -> str | None:
    """The public id in "cg_k3v9x0aa", in "k3v9x0aa" or in a complete key; None in anything else."""
    if is_key(text):
        return text[len(PREFIX) : len(PREFIX) + 8]
    found = _ID.fullmatch(text)
    return found[1] if found else None


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits
