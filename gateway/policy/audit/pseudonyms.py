"""Identifiers and addresses as keyed hashes: without the pepper nobody can find or guess them.

HMAC-SHA-256 (RFC 2104) by a key for each purpose, derived from the pepper, cut to 128 bits.
"""

import hmac

_LENGTH = 32
"""Hexadecimal digits of a pseudonym."""


class Pseudonyms:
    """Pseudonyms by one pepper. Raises ValueError for a pepper of less than 32 bytes."""

    def __init__(self, pepper: bytes) -> None:
        if len(pepper) < 32:
            raise ValueError("the pepper takes at least 32 bytes")
        self._subjects = _keyed(pepper, b"citygraph audit subject")
        self._addresses = _keyed(pepper, b"citygraph audit address")

        self.proof = _hashed(_keyed(pepper, b"citygraph audit proof"), "")
        """Tells one pepper from another and says nothing of it; every segment begins with it."""

    def subject(self, identifier: str) -> str:
        """The pseudonym of an identifier ("hbt.resident:100000007")."""
        return _hashed(self._subjects, identifier)

    def address(self, address: str) -> str:
        """The pseudonym of a network address."""
        return _hashed(self._addresses, address)


def _keyed(pepper: bytes, purpose: bytes) -> hmac.HMAC:
    return hmac.new(hmac.digest(pepper, purpose, "sha256"), digestmod="sha256")


def _hashed(keyed: hmac.HMAC, text: str) -> str:
    # A copy spares the setting up of the key: 1.4 µs instead of 1.9 for hmac.digest.
    copy = keyed.copy()
    copy.update(text.encode("utf-8", "surrogatepass"))
    return copy.hexdigest()[:_LENGTH]
