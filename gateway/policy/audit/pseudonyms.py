"""Identifiers and addresses as keyed hashes: without the pepper nobody can find or guess them.

BLAKE2b (RFC 7693) by a key for each purpose, derived from the pepper, of 128 bits.
"""

import hmac
from hashlib import blake2b

_LENGTH = 16
"""Bytes of a pseudonym, which is written in hexadecimal digits."""

_RECENT = 256
"""Network addresses whose pseudonyms are at hand."""


class Pseudonyms:
    """Pseudonyms by one pepper. Raises ValueError for a pepper of less than 32 bytes."""

    def __init__(self, pepper: bytes) -> None:
        if len(pepper) < 32:
            raise ValueError("the pepper takes at least 32 bytes")
        self._subjects = _keyed(pepper, b"citygraph audit subject")
        self._addresses = _keyed(pepper, b"citygraph audit address")
        self._recent: dict[str, str] = {}  # a partner asks from few addresses

        self.proof = _hashed(_keyed(pepper, b"citygraph audit proof"), "")
        """Tells one pepper from another and says nothing of it; every segment begins with it."""

    def subject(self, identifier: str) -> str:
        """The pseudonym of an identifier ("hbt.resident:100000007")."""
        return _hashed(self._subjects, identifier)

    def address(self, address: str) -> str:
        """The pseudonym of a network address."""
        known = self._recent.get(address)
        if known is None:
            if len(self._recent) >= _RECENT:
                self._recent.clear()
            known = self._recent[address] = _hashed(self._addresses, address)
        return known


def _keyed(pepper: bytes, purpose: bytes) -> bytes:
    return hmac.digest(pepper, purpose, "sha256")


def _hashed(key: bytes, text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_LENGTH, key=key).hexdigest()
