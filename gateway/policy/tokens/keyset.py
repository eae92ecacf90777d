"""The public keys of an issuer: JSON Web Key Sets (RFC 7517), and signatures checked with them.

Only keys for signatures of a pair are taken: RSA of 2048 bits and more, elliptic curves, Edwards
curves. A key of a kind that we don't know is passed over, as the standard asks, and so is one that
is published with its private half, for anyone can sign with it.
"""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import ECKey, OKPKey, RSAKey

PublicKey = RSAKey | ECKey | OKPKey

_MOST = 64
_RSA_BITS = range(2048, 8193)
_CURVES = MappingProxyType(
    {
        "ES256": ("EC", ("P-256",)),
        "ES384": ("EC", ("P-384",)),
        "ES512": ("EC", ("P-521",)),
        "EdDSA": ("OKP", ("Ed25519", "Ed448")),
        "Ed25519": ("OKP", ("Ed25519",)),
    }
)
_TYPES: Mapping[str, type[PublicKey]] = MappingProxyType({"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey})


@dataclass(frozen=True, slots=True)
class _Key:
    key: PublicKey
    kty: str
    curve: str | None
    kid: str | None
    alg: str | None

    def fits(self, kid: str | None, alg: str) -> bool:
        if (kid is not None and self.kid != kid) or self.alg not in (None, alg):
            return False
        kty, curves = _CURVES.get(alg, ("RSA", None))
        return self.kty == kty and (curves is None or self.curve in curves)


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of one issuer at one time. Equal sets hold the same keys."""

    thumbprints: frozenset[tuple[str, str | None]] = frozenset()
    keys: tuple[_Key, ...] = ()

    def fitting(self, kid: str | None, alg: str) -> list[PublicKey]:
        """The keys that a token with this header may be signed by."""
        return [each.key for each in self.keys if each.fits(kid, alg)]


def read_keys(document: Mapping[str, Any]) -> KeySet:
    """The usable keys of a key set; there may be none."""
    listed = document.get("keys")
    found = [key for data in (listed if isinstance(listed, list) else [])[:_MOST] if (key := _key(data)) is not None]
    return KeySet(frozenset((each.key.thumbprint(), each.kid) for each in found), tuple(found))


def _key(data: object) -> _Key | None:
    if not isinstance(data, dict) or "d" in data or not _for_signatures(data):
        return None
    kty, kid, alg = data.get("kty"), data.get("kid"), data.get("alg")
    if not isinstance(kty, str) or not isinstance(kid, str | None) or not isinstance(alg, str | None):
        return None
    try:
        if kty not in _TYPES or (kty == "RSA" and _bits(data["n"]) not in _RSA_BITS):
            return None
        key = _TYPES[kty].import_key({name: data[name] for name in ("kty", "n", "e", "crv", "x", "y") if name in data})
        curve = None if isinstance(key, RSAKey) else key.curve_name
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return _Key(key, kty, curve, kid, alg)


def _for_signatures(data: Mapping[str, Any]) -> bool:
    operations = data.get("key_ops")
    return data.get("use", "sig") == "sig" and (not isinstance(operations, list) or "verify" in operations)


def _bits(modulus: str) -> int:
    """How long a modulus is. ValueError where it is no base64url."""
    return int.from_bytes(urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))).bit_length()


class _Registry(jws.JWSRegistry):
    """Algorithms that an issuer may use, whatever the library recommends."""

    def get_alg(self, name: str) -> Any:
        if not self.allowed or name not in self.allowed:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


def signed(header: Mapping[str, Any], segments: tuple[str, str, str], key: PublicKey) -> bool:
    """Whether a token, in its three parts, was signed with the other half of a key."""
    registry = _Registry(algorithms=[header["alg"]], strict_check_header=False)
    token = jws.CompactSignature(dict(header), b"")
    token.segments.update(
        {"header": segments[0].encode(), "payload": segments[1].encode(), "signature": segments[2].encode()}
    )
    try:
        return jws.validate_compact(token, key, registry=registry)
    except (JoseError, ValueError, TypeError):
        return False
