"""Where a source may lead: its own host, and no address of a private network unless it says so.

A name is judged by the addresses that it is about to be connected to, so that a name which is
public today and leads inside tomorrow is caught as well. Addresses of a link (169.254.0.0/16,
fe80::/10: the metadata services of clouds) and groups of receivers are no agency's; they are
refused always.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from itertools import zip_longest

_NAT64 = IPv6Network("64:ff9b::/96")


class Forbidden(OSError):
    """An address that this source may not lead to."""


def allowed(address: str, private: bool) -> bool:
    """Whether an address may be connected to. ValueError where it is none."""
    found = _inner(ip_address(address.partition("%")[0]))
    if found.is_link_local or found.is_multicast or found.is_unspecified:
        return False
    return private or found.is_global


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address within an IPv6 one, where translators would unwrap it."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def literal_allowed(host: str, private: bool) -> bool:
    """The same for the host of a URL; a name that is no address is judged when it is looked up."""
    if host.casefold().rstrip(".") == "localhost":
        return private
    try:
        return allowed(host, private)
    except ValueError:
        return True


async def addresses(host: str, port: int, private: bool) -> list[str]:
    """The allowed addresses of a name or address, in the order to try them in: of both families by
    turns (RFC 8305). `Forbidden` where it has none but others; OSError where it has none."""
    try:
        found = [str(ip_address(host))]
    except ValueError:
        loop = asyncio.get_running_loop()
        looked_up = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = list(dict.fromkeys(str(entry[4][0]) for entry in looked_up))
    kept = [address for address in found if allowed(address, private)]
    if not kept:
        raise Forbidden("the name leads to private addresses only")
    first = [address for address in kept if (":" in address) is (":" in kept[0])]
    other = [address for address in kept if address not in first]
    return [address for pair in zip_longest(first, other) for address in pair if address is not None]
