"""Networks that a key may be used from, as ranges of numbers that are compared quickly."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

Place = tuple[int, int]
"""An address: its version, 4 or 6, and its number. (0, 0) is none that can be told."""
Range = tuple[int, int, int]
"""Version, first and last number."""

NOWHERE: Place = (0, 0)


def networks(texts: Iterable[str]) -> tuple[str, ...]:
    """Networks in CIDR notation in their usual spelling, each once. Raises `ValueError` with what to write."""
    return tuple(dict.fromkeys(_network(text.strip()) for text in texts))


def ranges(texts: Sequence[str]) -> tuple[Range, ...]:
    """The ranges of networks that `networks` spelt."""
    found = [ip_network(text) for text in texts]
    return tuple((each.version, int(each.network_address), int(each.broadcast_address)) for each in found)


@lru_cache(maxsize=4096)
def place(address: str | None) -> Place:
    """An address as numbers; an IPv4 address inside IPv6 (::ffff:192.0.2.1) is the IPv4 address."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return NOWHERE
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.version, int(found)


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        pass
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not a network; write it like 192.0.2.0/24, 192.0.2.7 or 2001:db8::/32") from None
    raise ValueError(f"{text!r} has bits beyond its length set; did you mean {meant}?")
